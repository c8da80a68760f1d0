//! What people decide: only added, never changed, one object each.

mod read;

pub use read::{Decision, Found, Refused};
