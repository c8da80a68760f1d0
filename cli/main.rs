//! The `skyfeed` program.

fn main() {}
