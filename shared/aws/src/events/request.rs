//! What an event asks for.

use serde_json::Value;
use skyfeed_pipeline::id::ImageId;

use super::{
    EventError, bridge,
    json::{Node, kind},
    s3,
};

/// SNS in SQS is one envelope within another; nobody sends more.
const MAX_DEPTH: u32 = 3;
/// How many field names an error lists.
const MAX_NAMES: usize = 8;

/// What an event asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// To look at objects.
    Objects(Vec<ObjectChange>),
    /// To do what is due.
    Schedule(Schedule),
    /// To do what events should have set off, and did not.
    CatchUp,
    /// To work on one image; also the form of the messages of `refresh` to `fetch`.
    Image(ImageId),
    /// Nothing: S3 tries whether a new notification arrives.
    Test {
        /// The bucket.
        bucket: String,
    },
}

/// Something happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectChange {
    /// What happened.
    pub kind: ObjectChangeKind,
    /// The bucket's name.
    pub bucket: String,
    /// The key in the bucket, decoded. It can be one that no store uses, such as `inbox/a/`.
    pub key: String,
    /// The version, in a bucket that keeps versions.
    pub version: Option<String>,
    /// The tag, without quotes.
    pub etag: Option<String>,
    /// The size in bytes.
    pub size_bytes: Option<u64>,
    /// Hexadecimal digits that tell which of two events of one key is the later one: padded to the same length with zeros on the right, the larger.
    pub sequencer: Option<String>,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectChangeKind {
    /// It was created or replaced, whichever way.
    Created,
    /// It was deleted, or got a delete marker.
    Removed,
    /// Something else, in the words of S3.
    Other(String),
}

/// A schedule fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The id of the event.
    pub id: Option<String>,
    /// When it was due, as it is written.
    pub time: Option<String>,
    /// The ARN of the rule or schedule.
    pub rule: Option<String>,
}

impl Request {
    /// Reads one request: the event of a direct invocation, or the body of a message.
    ///
    /// # Errors
    /// It has none of the known forms, or lacks something that is needed.
    pub fn read(event: &Value) -> Result<Self, EventError> {
        Self::within(event, MAX_DEPTH)
    }

    /// Reads the whole text of a message.
    ///
    /// # Errors
    /// As [`Request::read`], or it is not JSON.
    pub fn of_body(body: &str) -> Result<Self, EventError> {
        Self::of_text(&Node::named(&Value::from(body), "body"))
    }

    /// Reads the text of a message.
    pub(super) fn of_text(node: &Node<'_>) -> Result<Self, EventError> {
        Self::of_text_within(node, MAX_DEPTH)
    }

    fn of_text_within(node: &Node<'_>, depth: u32) -> Result<Self, EventError> {
        let depth = depth.checked_sub(1).ok_or(EventError::Depth)?;
        let value: Value =
            serde_json::from_str(node.text()?).map_err(|source| EventError::Json { path: node.path(), source })?;
        Self::within(&value, depth)
    }

    fn within(event: &Value, depth: u32) -> Result<Self, EventError> {
        let node = Node::root(event);
        let Some(fields) = event.as_object() else {
            let found = if event.is_null() { "null" } else { kind(event) };
            return Err(EventError::Unknown { found: found.to_owned() });
        };
        if fields.contains_key("Records") {
            return records(&node.field("Records"), depth);
        }
        if let Some(bucket) = s3::test(&node)? {
            return Ok(Self::Test { bucket });
        }
        if event.get("Type").and_then(Value::as_str) == Some("Notification") {
            return Self::of_text_within(&node.field("Message"), depth);
        }
        if fields.contains_key("detail-type") {
            return bridge::read(&node);
        }
        if let Some(wanted) = fields.get("catch-up") {
            return match wanted {
                Value::Bool(true) if fields.len() == 1 => Ok(Self::CatchUp),
                _ => Err(unknown(event)),
            };
        }
        if fields.contains_key("image") {
            if let Some(field) = fields.keys().find(|field| *field != "image") {
                return Err(EventError::Beside { field: field.clone() });
            }
            return Ok(Self::Image(ImageId::new(node.field("image").text()?)?));
        }
        Err(unknown(event))
    }
}

/// Reads the records of S3, or the one record of SNS.
fn records(records: &Node<'_>, depth: u32) -> Result<Request, EventError> {
    let records = records.elements()?;
    let Some(first) = records.first() else {
        return Err(EventError::Unknown { found: "an object without any records".to_owned() });
    };
    match (service(first)?, records.as_slice()) {
        ("aws:s3", all) => {
            let mut changes = Vec::with_capacity(all.len());
            for record in all {
                match service(record)? {
                    "aws:s3" => changes.push(s3::change(record)?),
                    other => return Err(EventError::Mixed { path: record.path(), found: other.to_owned() }),
                }
            }
            Ok(Request::Objects(changes))
        }
        // SNS invokes a function with one record.
        ("aws:sns", [only]) => Request::of_text_within(&only.field("Sns").field("Message"), depth),
        ("aws:sns", _) => Err(EventError::Unknown { found: "a list of several records of `aws:sns`".to_owned() }),
        (other, _) => Err(EventError::Unknown { found: format!("a list of records of `{}`", other.escape_debug()) }),
    }
}

/// The service of a record; SNS begins its fields with capitals.
pub(super) fn service<'a>(record: &Node<'a>) -> Result<&'a str, EventError> {
    let capital = record.field("EventSource");
    if capital.value.is_null() { record.field("eventSource").text() } else { capital.text() }
}

fn unknown(event: &Value) -> EventError {
    let Some(fields) = event.as_object().filter(|fields| !fields.is_empty()) else {
        return EventError::Unknown { found: "an empty object".to_owned() };
    };
    let names: Vec<String> = fields.keys().take(MAX_NAMES).map(|name| format!("`{}`", name.escape_debug())).collect();
    let more = if fields.len() > MAX_NAMES { ", …" } else { "" };
    EventError::Unknown { found: format!("an object of {}{more}", names.join(", ")) }
}
