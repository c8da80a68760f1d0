#![doc = include_str!("../README.md")]

#[cfg(feature = "http")]
pub mod http;
pub mod id;
pub mod ledger;
pub mod record;
pub mod source;
pub mod store;
