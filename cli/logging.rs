//! What the libraries tell of their work, on standard error.

use std::io;

use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging: warnings, with `-v` each step, with `-vv` each detail, with `-vvv` other libraries too.
pub(crate) fn start(verbose: u8) {
    use tracing::Level;
    let (ours, others) = match verbose {
        0 => (Level::WARN, Level::ERROR),
        1 => (Level::INFO, Level::WARN),
        2 => (Level::DEBUG, Level::WARN),
        _ => (Level::TRACE, Level::DEBUG),
    };
    let filter = Targets::new().with_default(others).with_target("skyfeed", ours);
    tracing_subscriber::registry()
        .with(fmt::layer().with_writer(io::stderr).with_target(verbose > 1))
        .with(filter)
        .init();
}
