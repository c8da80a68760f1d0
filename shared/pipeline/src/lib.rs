#![doc = include_str!("../README.md")]

pub mod batch;
pub mod blocking;
pub mod budget;
pub mod capacity;
mod claim;
pub mod clean;
pub mod config;
pub mod decide;
pub mod decisions;
pub mod environment;
pub mod error;
pub mod fetch;
#[cfg(feature = "http")]
pub mod http;
pub mod id;
pub mod ignore;
pub mod inbox;
mod kept;
pub mod layout;
pub mod names;
mod objects;
pub mod open_claims;
pub mod outcome;
pub mod plan;
pub mod publish;
mod put_off;
pub mod record;
pub mod records;
pub mod refresh;
pub mod reindex;
pub mod restore;
pub mod retract;
pub mod scratch;
mod site_folder;
mod sort_date;
pub mod source;
pub mod stage;
pub mod staged;
pub mod standing;
pub mod study;
pub mod tile;
mod turn;
pub mod unusable;
pub mod walk;
pub mod whole_feed;

pub use objects::sha256_hex;
