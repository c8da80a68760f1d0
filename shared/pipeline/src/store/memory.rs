//! Objects in memory, for tests and trials.

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {}
