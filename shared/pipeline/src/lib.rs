#![doc = include_str!("../README.md")]

pub mod id;
pub mod ledger;
pub mod record;
pub mod source;
pub mod store;
