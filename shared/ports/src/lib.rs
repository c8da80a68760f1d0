#![doc = include_str!("../README.md")]

pub mod clock;
#[cfg(feature = "contract")]
pub mod counted;
pub mod ledger;
pub mod opener;
pub mod remedy;
pub mod store;

pub use remedy::{Remedy, chain};
