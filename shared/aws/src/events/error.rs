//! Why an event cannot be understood.

use skyfeed_pipeline::id::IdError;
use skyfeed_ports::Remedy;

/// Why an event, or a message in one, cannot be understood. None of them passes by waiting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// It is of no known form. Code `event-unknown`.
    #[error(
        "the event has none of the known forms (S3, SQS, SNS, EventBridge, or {{\"image\": \"ID\"}}): it is {found}"
    )]
    Unknown {
        /// What it is.
        found: String,
    },
    /// A field is missing or of the wrong type. Code `event-field`.
    #[error("`{path}` of the event is {found} instead of {expected}")]
    Field {
        /// Where the field is or should be, such as `Records[0].s3.object.key`.
        path: String,
        /// What is there.
        found: &'static str,
        /// What should be there.
        expected: &'static str,
    },
    /// A key cannot be decoded. Code `event-key`.
    #[error("`{path}` of the event, `{}`, {problem}", text.escape_debug())]
    Key {
        /// Where it is.
        path: String,
        /// The key as it came.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The records of one event are of different services. Code `event-mixed`.
    #[error("`{path}` of the event is of `{found}`, unlike the records before it")]
    Mixed {
        /// The record.
        path: String,
        /// Its service.
        found: String,
    },
    /// A later form of S3's notifications. Code `event-version`.
    #[error("`{path}` of the event is `{found}`, and this version of skyfeed knows 2.x")]
    Version {
        /// Where it is.
        path: String,
        /// The version.
        found: String,
    },
    /// The body of a message is not JSON. Code `event-json`.
    #[error("`{path}` of the event is not JSON")]
    Json {
        /// Where it is.
        path: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A message holds a message that holds a message, and so on. Code `event-depth`.
    #[error("the event has more messages within messages than SQS and SNS make")]
    Depth,
    /// Something else beside the image. Code `event-beside`.
    #[error("`{field}` stands beside `image` in the event: write {{\"image\": \"ID\"}}")]
    Beside {
        /// The field.
        field: String,
    },
    /// It is no image id. Code `event-image`.
    #[error("`image` of the event is no image id")]
    Id(#[from] IdError),
}

impl EventError {
    /// What cures it: a person.
    pub fn remedy(&self) -> Remedy {
        Remedy::Person
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "event-unknown",
            Self::Field { .. } => "event-field",
            Self::Key { .. } => "event-key",
            Self::Mixed { .. } => "event-mixed",
            Self::Version { .. } => "event-version",
            Self::Json { .. } => "event-json",
            Self::Depth => "event-depth",
            Self::Beside { .. } => "event-beside",
            Self::Id(_) => "event-image",
        }
    }
}
