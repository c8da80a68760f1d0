//! Logs.

use skyfeed_ports::Remedy;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// What is told unless the settings say otherwise: each step of ours, and what worries others, but for what the SDK says of each object that was uploaded in parts: that it cannot check it
/// by the sum of its parts' checksums.
const FILTER: &str = "warn,skyfeed=info,aws_sdk_s3::http_response_checksum=error";

/// A filter that cannot be understood. Code `settings-log`.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{filter}` is no log filter: write a level such as `debug`, or levels by crate such as `warn,skyfeed_pipeline=debug`"
)]
pub struct FilterError {
    filter: String,
    #[source]
    source: tracing_subscriber::filter::ParseError,
}

impl FilterError {
    /// What cures it: a person.
    pub fn remedy(&self) -> Remedy {
        Remedy::Person
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        "settings-log"
    }
}

/// Starts logging. Each line has the fields of the spans around it at its top level: `request_id`, `image`, `revision`.
///
/// # Errors
/// `filter` is no filter.
pub fn start(filter: Option<&str>) -> Result<(), FilterError> {
    let filter = filter.unwrap_or(FILTER);
    let targets: Targets = filter.parse().map_err(|source| FilterError { filter: filter.to_owned(), source })?;
    let lines = json_subscriber::layer()
        .flatten_event(true)
        .flatten_span_list_on_top_level(true)
        .with_current_span(false)
        .with_span_list(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
    Ok(())
}
