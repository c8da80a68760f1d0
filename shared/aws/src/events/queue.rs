//! Batches of SQS messages, and the answer to them.

use serde::Serialize;
use serde_json::Value;

use super::{EventError, Request, excerpt, json::Node, key_in, request::service};

/// A message of a batch.
#[derive(Debug)]
pub struct Message {
    /// The message's id.
    pub id: String,
    /// What a change of its visibility needs.
    pub receipt_handle: String,
    /// The ARN of the queue.
    pub queue_arn: String,
    /// How often it was received, this time included; 1 if it does not say.
    pub receive_count: u32,
    /// Its text as it came.
    pub body: String,
    /// What it asks for, or why that cannot be understood.
    pub request: Result<Request, EventError>,
}

impl Message {
    /// The beginning of its text, for people.
    pub fn excerpt(&self) -> String {
        excerpt(&self.body)
    }

    /// The key that it seems to be about, as it stands there, also if the rest cannot be understood.
    pub fn key(&self) -> Option<String> {
        key_in(&self.body)
    }
}

/// Which messages of a batch are to come again. For its queue the event source mapping needs `ReportBatchItemFailures`; without it, SQS takes every answer
/// for success.
///
/// ```
/// use skyfeed_aws::events::BatchResponse;
///
/// let answer = BatchResponse::failed(["b", "d"]);
/// let text = r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"d"}]}"#;
/// assert_eq!(serde_json::to_string(&answer)?, text);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// One for each message that failed; none if all are done.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// A message that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// The message's id.
    pub item_identifier: String,
}

impl BatchResponse {
    /// The answer when the messages with these ids failed.
    pub fn failed<I: Into<String>>(ids: impl IntoIterator<Item = I>) -> Self {
        let failure = |id: I| BatchItemFailure { item_identifier: id.into() };
        Self { batch_item_failures: ids.into_iter().map(failure).collect() }
    }
}

/// Reads the messages of a queue; `None` if the event is something else.
pub(super) fn read(event: &Value) -> Result<Option<Vec<Message>>, EventError> {
    let records = Node::root(event).field("Records");
    if !records.value.is_array() {
        return Ok(None);
    }
    let records = records.elements()?;
    if !matches!(records.first().map(service), Some(Ok("aws:sqs"))) {
        return Ok(None);
    }
    let mut messages = Vec::with_capacity(records.len());
    for record in &records {
        match service(record)? {
            "aws:sqs" => messages.push(message(record)?),
            other => return Err(EventError::Mixed { path: record.path(), found: other.to_owned() }),
        }
    }
    Ok(Some(messages))
}

/// Without its id a message cannot be answered, so that is an error of the whole event.
fn message(record: &Node<'_>) -> Result<Message, EventError> {
    let count = record.field("attributes").field("ApproximateReceiveCount").optional_text()?;
    Ok(Message {
        id: record.field("messageId").name()?.to_owned(),
        receipt_handle: record.field("receiptHandle").optional_text()?.unwrap_or_default(),
        queue_arn: record.field("eventSourceARN").optional_text()?.unwrap_or_default(),
        receive_count: count.and_then(|count| count.parse().ok()).unwrap_or(1),
        body: record.field("body").value.as_str().unwrap_or_default().to_owned(),
        request: Request::of_text(&record.field("body")),
    })
}
