//! The real program, from the outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(feature = "aws")]
mod aws;
mod clean;
mod decisions;
mod demo;
mod dry_runs;
mod feed;
mod fetch;
mod first_edition;
mod help;
mod kills;
mod place;
mod plan;
mod preview;
#[cfg(feature = "aws")]
mod redrive;
mod serve;
mod standing;
mod support;
mod takedown;
mod tile_study;
mod unpack;
mod usage;
#[cfg(unix)]
mod watch;
