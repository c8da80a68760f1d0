//! The real program, from the outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(feature = "aws")]
mod aws;
mod demo;
mod feed;
mod fetch;
mod help;
mod place;
mod plan;
#[cfg(feature = "aws")]
mod redrive;
mod serve;
mod support;
mod tile_study;
mod usage;
