//! Tells what happens to each image.

use skyfeed_pipeline::batch::{Ending, Event, Observer};
use skyfeed_pipeline::stage::Stage;
use tracing::{error, info, warn};

/// Writes a line for each image.
#[derive(Debug)]
pub(super) struct Log;

impl Observer for Log {
    fn planned(&self, _: Stage, _: usize) {}

    /// The span around it names stage, image and revision.
    fn ended(&self, event: &Event) {
        match &event.ending {
            Ending::Done { result } => info!(result, "done"),
            Ending::AlreadyDone { result } => info!(result, "already done"),
            Ending::Unusable { reason } => warn!(reason, "unusable"),
            Ending::Waiting { reason } => info!(reason, "waiting"),
            Ending::Busy { until } => info!(%until, "somebody else is working on it"),
            Ending::Failed(failure) => {
                error!(code = failure.code, remedy = ?failure.remedy, causes = failure.causes.join(": "), "failed");
            }
        }
    }
}
