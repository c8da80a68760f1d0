//! What a function tells of its work, as JSON lines on standard output: logs, and metrics in CloudWatch's embedded metric format.

mod log;
mod metrics;

pub use log::{FilterError, start};
pub use metrics::Metrics;
