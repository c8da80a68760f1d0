//! The one way to the network: an HTTP client for feeds and images that others made.
//!
//! Everything is bounded: sizes, times, redirects, attempts, requests at once to a host. What may pass (a lost connection, a timeout, a busy
//! server) is tried again after a growing pause; the rest is an error at once. Every address is checked by the [`rules`], also behind a
//! redirect and after the name was resolved. Proxies are not used, because a proxy would resolve names out of reach of these rules.

mod client;
mod content;
mod download;
mod error;
mod options;
mod resolve;
mod retry;
pub mod rules;

pub use client::{Client, Conditional, Document, Validators};
pub use content::Content;
pub use download::{Arrival, Download};
pub use error::HttpError;
pub use options::HttpOptions;
