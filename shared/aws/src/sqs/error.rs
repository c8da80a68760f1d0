//! Why a request to a queue failed.

use std::error::Error;

use aws_sdk_sqs::types::BatchResultErrorEntry;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use skyfeed_ports::Remedy;

use super::Queue;
use crate::sdk::Failure;

/// A request to a queue failed. Code `queue-unavailable` if that may pass, else `queue-refused`.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the queue `{url}`")]
#[non_exhaustive]
pub struct QueueError {
    /// What was tried.
    pub action: &'static str,
    /// The queue.
    pub url: String,
    /// Whether trying again may help.
    pub transient: bool,
    /// What happened.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

impl QueueError {
    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        Remedy::retry_if(self.transient)
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        if self.transient { "queue-unavailable" } else { "queue-refused" }
    }
}

/// SQS did not take a message.
#[derive(Debug, thiserror::Error)]
#[error("the service answered {code} for a message, {message}")]
pub(super) struct Rejected {
    code: String,
    message: String,
}

impl From<&BatchResultErrorEntry> for Rejected {
    fn from(entry: &BatchResultErrorEntry) -> Self {
        Self { code: entry.code.clone(), message: entry.message.clone().unwrap_or_default() }
    }
}

impl Queue {
    pub(super) fn failed(
        &self,
        action: &'static str,
        transient: bool,
        source: impl Error + Send + Sync + 'static,
    ) -> QueueError {
        QueueError { action, url: self.url.clone(), transient, source: Box::new(source) }
    }

    pub(super) fn refused<E>(&self, action: &'static str, error: SdkError<E, HttpResponse>) -> QueueError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let Failure { transient, source, .. } = Failure::from(error);
        QueueError { action, url: self.url.clone(), transient, source }
    }
}
