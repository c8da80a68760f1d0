#![doc = include_str!("../README.md")]

pub mod config;
#[cfg(feature = "http")]
pub mod http;
pub mod id;
pub mod ledger;
pub mod record;
pub mod source;
pub mod store;
