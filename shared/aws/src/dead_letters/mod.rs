//! Queues of the messages that a function could not deal with: what lies there, and back to where it came from.

use std::{error::Error, sync::Arc};

use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Builder},
    types::QueueAttributeName,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use skyfeed_ports::Remedy;

mod peek;
mod redrive;

pub use peek::Letter;

use crate::sdk::Failure;

/// The dead-letter queue of another queue.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    client: Client,
    name: Arc<str>,
    url: String,
    arn: String,
}

/// Why nothing can be done with a dead-letter queue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeadLetterError {
    /// There is no such queue. Code `queue-missing`.
    #[error("there is no queue `{name}` in this account and region")]
    Missing {
        /// Its name.
        name: String,
    },
    /// The service gave up moving messages. Code `queue-not-moved`.
    #[error("the messages of `{name}` were not all moved back: {status}, {reason}")]
    NotMoved {
        /// The queue's name.
        name: String,
        /// How the task ended, in the words of SQS.
        status: String,
        /// Why.
        reason: String,
    },
    /// A request failed. Code `queue-unavailable` if that may pass, else `queue-refused`.
    #[error("cannot {action} the queue `{name}`")]
    Request {
        /// What was tried.
        action: &'static str,
        /// The queue's name.
        name: String,
        /// Whether trying again may help.
        transient: bool,
        /// What happened.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DeadLetterError {
    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        Remedy::retry_if(matches!(self, Self::Request { transient: true, .. }))
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "queue-missing",
            Self::NotMoved { .. } => "queue-not-moved",
            Self::Request { transient: true, .. } => "queue-unavailable",
            Self::Request { transient: false, .. } => "queue-refused",
        }
    }
}

/// An answer of SQS without something that it always has.
#[derive(Debug, thiserror::Error)]
#[error("the answer lacks {0}")]
struct Incomplete(&'static str);

impl DeadLetters {
    /// Finds the queue by its name.
    ///
    /// # Errors
    /// There is none of this name, or it cannot be asked.
    pub async fn find(name: &str, config: &SdkConfig) -> Result<Self, DeadLetterError> {
        let mut builder = Builder::from(config);
        if config.behavior_version().is_none() {
            builder.set_behavior_version(Some(BehaviorVersion::latest()));
        }
        let mut queue = Self {
            client: Client::from_conf(builder.build()),
            name: name.into(),
            url: String::new(),
            arn: String::new(),
        };
        let found = queue.client.get_queue_url().queue_name(name).send().await.map_err(|error| {
            if error.as_service_error().is_some_and(|error| error.is_queue_does_not_exist()) {
                return DeadLetterError::Missing { name: name.to_owned() };
            }
            queue.refused("find", error)
        })?;
        queue.url = found.queue_url.ok_or_else(|| queue.incomplete("find", "the URL"))?;
        queue.arn = queue.attribute(QueueAttributeName::QueueArn).await?;
        Ok(queue)
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// About how many messages can be received from it now.
    ///
    /// # Errors
    /// The request failed.
    pub async fn count(&self) -> Result<u64, DeadLetterError> {
        let count = self.attribute(QueueAttributeName::ApproximateNumberOfMessages).await?;
        count.parse().map_err(|_| self.incomplete("count the messages of", "a number of messages"))
    }

    async fn attribute(&self, attribute: QueueAttributeName) -> Result<String, DeadLetterError> {
        let request = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(attribute.clone());
        let answer = request.send().await.map_err(|error| self.refused("describe", error))?;
        let found = answer.attributes.and_then(|mut attributes| attributes.remove(&attribute));
        found.ok_or_else(|| self.incomplete("describe", "an attribute that was asked for"))
    }

    fn incomplete(&self, action: &'static str, lacks: &'static str) -> DeadLetterError {
        let source = Box::new(Incomplete(lacks));
        DeadLetterError::Request { action, name: self.name.to_string(), transient: true, source }
    }

    fn refused<E>(&self, action: &'static str, error: SdkError<E, HttpResponse>) -> DeadLetterError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let Failure { transient, source, .. } = Failure::from(error);
        DeadLetterError::Request { action, name: self.name.to_string(), transient, source }
    }
}
