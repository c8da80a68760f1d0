//! What people decide: only added, never changed, one object each.

mod decide;
mod read;

pub use decide::{Decide, Decided, decide, plan};
pub use read::{Decision, Found, Refused};
