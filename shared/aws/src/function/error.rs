//! Why a function cannot start, or an invocation fails as a whole.

use std::error::Error;

use skyfeed_pipeline::{batch::Failure, config::ConfigError, error::StepError, source::SourceError};
use skyfeed_ports::store::StoreError;

use super::SettingsError;
use crate::{events::EventError, open::OpenError, sqs::QueueError, telemetry::FilterError};

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment variables.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The log filter.
    #[error(transparent)]
    Log(#[from] FilterError),
    /// A store or the ledger.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Why there is nothing to work with.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// There is no configuration.
    #[error("the work store has no `toasty-pipeline-config.yaml`: put the feed's configuration there")]
    NoConfig,
    /// The configuration is not text.
    #[error("`toasty-pipeline-config.yaml` is not UTF-8")]
    ConfigEncoding,
    /// The configuration cannot be used.
    #[error("cannot use `toasty-pipeline-config.yaml`")]
    Config(#[source] ConfigError),
    /// The source cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The work store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an invocation failed as a whole: Lambda tries those again that were not waited for, and tells those who wait.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The configuration, or what it names.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The function has no schedule.
    #[error("`{function}` has no schedule: invoke it with an object, or with {{\"image\": \"ID\"}}")]
    Unscheduled {
        /// The function.
        function: &'static str,
    },
    /// The work as a whole.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// One image, and it may pass.
    #[error("`{}` failed{}: {}", .0.item, if .0.transient { ", try again" } else { "" }, .0.causes.join(": "))]
    Item(Failure),
    /// Somebody else is working on an image.
    #[error("somebody else is working on `{0}`, try again")]
    Busy(String),
}

/// An error and its causes, outermost first.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
