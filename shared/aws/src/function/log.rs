//! Tells what happens to each image.

use skyfeed_pipeline::{
    batch::{Ending, Event, Observer},
    ledger::Stage,
};
use tracing::{error, info, warn};

/// Writes a line for each image.
#[derive(Debug)]
pub(super) struct Log;

impl Observer for Log {
    fn planned(&self, _: Stage, _: usize) {}

    fn ended(&self, event: &Event) {
        let (stage, image) = (event.stage.as_str(), event.id.as_str());
        match &event.ending {
            Ending::Done { result } => info!(stage, image, result, "done"),
            Ending::AlreadyDone { result } => info!(stage, image, result, "already done"),
            Ending::Unusable { reason } => warn!(stage, image, reason, "unusable"),
            Ending::Waiting { reason } => info!(stage, image, reason, "waiting"),
            Ending::Busy { until } => info!(stage, image, %until, "somebody else is working on it"),
            Ending::Failed(failure) => {
                error!(stage, image, transient = failure.transient, causes = failure.causes.join(": "), "failed");
            }
        }
    }
}
