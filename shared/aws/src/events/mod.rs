//! What sets a function off: notifications of S3, directly or through SNS, SQS or EventBridge; schedules; and people.
//!
//! An event is a hint (the object is the truth), so this keeps the little that a function needs and ignores the rest: missing fields that are of no use
//! here are no error. The forms are those of the S3, SQS, SNS and EventBridge user guides; `events/` in the repository has one of each.

mod bridge;
mod error;
mod excerpt;
mod json;
mod queue;
mod request;
mod s3;

pub use error::EventError;
pub use excerpt::{excerpt, key_in};
pub use queue::{BatchItemFailure, BatchResponse, Message};
pub use request::{ObjectChange, ObjectChangeKind, Request, Schedule};

use serde_json::Value;

/// What a function was invoked with.
#[derive(Debug)]
pub enum Event {
    /// One request, to be answered as a whole.
    Direct(Request),
    /// Messages of an SQS queue, each to be answered for itself by a [`BatchResponse`].
    Queue(Vec<Message>),
}

impl Event {
    /// Reads an event. A message that cannot be read is an error of that message only.
    ///
    /// # Errors
    /// It has none of the known forms, or lacks something that is needed.
    ///
    /// ```
    /// use serde_json::json;
    /// use skyfeed_aws::events::{Event, Request};
    ///
    /// let event = Event::read(&json!({"image": "eso1907a"}))?;
    /// assert!(matches!(event, Event::Direct(Request::Image(id)) if id.as_str() == "eso1907a"));
    /// let error = Event::read(&json!({"picture": "eso1907a"})).unwrap_err();
    /// assert!(error.to_string().starts_with("the event has none of the known forms"));
    /// # Ok::<(), skyfeed_aws::events::EventError>(())
    /// ```
    pub fn read(event: &Value) -> Result<Self, EventError> {
        match queue::read(event)? {
            Some(messages) => Ok(Self::Queue(messages)),
            None => Request::read(event).map(Self::Direct),
        }
    }
}
