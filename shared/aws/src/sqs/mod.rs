//! The queue that feeds a function.

use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Builder},
    error::BuildError,
    types::{ChangeMessageVisibilityBatchRequestEntry, QueueAttributeName, SendMessageBatchRequestEntry},
};
use aws_types::SdkConfig;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use skyfeed_pipeline::id::ImageId;

mod error;

pub use error::QueueError;
use error::Rejected;

/// As many messages as SQS takes in one request.
pub const BATCH: usize = 10;
const REQUESTS_IN_FLIGHT: usize = 8;
/// How often messages that SQS did not take are sent again.
const ROUNDS: u32 = 5;
const BACK_OFF: Duration = Duration::from_millis(200);

/// An SQS queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A received message, and for how long nobody else is to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The handle of this receipt of the message.
    pub receipt_handle: String,
    /// In whole seconds; SQS takes up to 12 hours.
    pub seconds: i32,
}

impl Queue {
    /// The queue with this URL; nothing is asked of it yet.
    pub fn new(url: &str, config: &SdkConfig) -> Self {
        let mut builder = Builder::from(config);
        if config.behavior_version().is_none() {
            builder.set_behavior_version(Some(BehaviorVersion::latest()));
        }
        Self { client: Client::from_conf(builder.build()), url: url.to_owned() }
    }

    /// Sends a message `{"image": ID}` for each image. SQS may take a part of a batch: the rest is sent again.
    ///
    /// # Errors
    /// SQS failed, or did not take some messages although they were sent several times. Others may have been sent.
    pub async fn send_images(&self, ids: &[ImageId]) -> Result<(), QueueError> {
        let batches: Vec<_> = ids.chunks(BATCH).map(|ids| self.send_batch(ids)).collect();
        stream::iter(batches).buffer_unordered(REQUESTS_IN_FLIGHT).try_collect().await
    }

    async fn send_batch(&self, ids: &[ImageId]) -> Result<(), QueueError> {
        let mut entries = ids
            .iter()
            .enumerate()
            .map(|(number, id)| {
                let body = json!({"image": id}).to_string();
                SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(body).build()
            })
            .collect::<Result<Vec<_>, BuildError>>()
            .map_err(|error| self.failed("send to", false, error))?;
        for round in 1..=ROUNDS {
            let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries.clone()));
            let answer = request.send().await.map_err(|error| self.refused("send to", error))?;
            let Some(first) = answer.failed.first() else { return Ok(()) };
            if first.sender_fault || round == ROUNDS {
                return Err(self.failed("send to", !first.sender_fault, Rejected::from(first)));
            }
            entries.retain(|entry| answer.failed.iter().any(|failed| failed.id == entry.id));
            tokio::time::sleep(BACK_OFF * round).await;
        }
        Ok(())
    }

    /// Sends the message `{"catch-up": true}`.
    ///
    /// # Errors
    /// SQS failed.
    pub async fn send_catch_up(&self) -> Result<(), QueueError> {
        let body = json!({"catch-up": true}).to_string();
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        request.send().await.map(drop).map_err(|error| self.refused("send to", error))
    }

    /// Whether messages wait that nobody works on, as far as SQS knows.
    ///
    /// # Errors
    /// SQS failed.
    pub async fn has_waiting(&self) -> Result<bool, QueueError> {
        let count = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(count.clone());
        let answer = request.send().await.map_err(|error| self.refused("look at", error))?;
        let waiting = answer.attributes.and_then(|mut attributes| attributes.remove(&count));
        Ok(waiting.is_some_and(|waiting| waiting != "0"))
    }

    /// Sets for how long received messages stay invisible, from now on.
    ///
    /// # Errors
    /// SQS failed. That it knows nothing of some of the messages any more is none.
    pub async fn hide(&self, messages: &[Hidden]) -> Result<(), QueueError> {
        let batches: Vec<_> = messages.chunks(BATCH).map(|messages| self.hide_batch(messages)).collect();
        stream::iter(batches).buffer_unordered(REQUESTS_IN_FLIGHT).try_collect().await
    }

    async fn hide_batch(&self, messages: &[Hidden]) -> Result<(), QueueError> {
        let entries = messages
            .iter()
            .enumerate()
            .map(|(number, message)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&message.receipt_handle)
                    .visibility_timeout(message.seconds)
                    .build()
            })
            .collect::<Result<Vec<_>, BuildError>>()
            .map_err(|error| self.failed("hide messages of", false, error))?;
        let request = self.client.change_message_visibility_batch().queue_url(&self.url).set_entries(Some(entries));
        request.send().await.map_err(|error| self.refused("hide messages of", error))?;
        Ok(())
    }
}
