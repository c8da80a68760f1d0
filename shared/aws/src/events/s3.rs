//! Notifications of S3.

use serde_json::Value;

use super::{
    EventError, ObjectChange, ObjectChangeKind,
    json::{Node, kind},
};
use crate::form;

/// The bucket of the event that S3 sends when a notification is set up, which has no records.
pub(super) fn test(event: &Node<'_>) -> Result<Option<String>, EventError> {
    if event.value.get("Event").and_then(Value::as_str) != Some("s3:TestEvent") {
        return Ok(None);
    }
    event.field("Bucket").name().map(|bucket| Some(bucket.to_owned()))
}

/// Reads a record, of version 2.x of the message structure.
pub(super) fn change(record: &Node<'_>) -> Result<ObjectChange, EventError> {
    let version = record.field("eventVersion");
    match version.optional_text()? {
        Some(found) if !found.starts_with("2.") => return Err(EventError::Version { path: version.path(), found }),
        _ => {}
    }
    let (bucket, object) = (record.field("s3").field("bucket"), record.field("s3").field("object"));
    let key = object.field("key");
    let encoded = key.name()?;
    let decoded = form::decode(encoded).map_err(|problem| EventError::Key {
        path: key.path(),
        text: encoded.to_owned(),
        problem,
    })?;
    Ok(ObjectChange {
        kind: change_kind(record.field("eventName").name()?),
        bucket: bucket.field("name").name()?.to_owned(),
        key: decoded,
        version: object.field("versionId").optional_text()?,
        etag: object.field("eTag").optional_text()?.map(unquoted),
        size_bytes: size(&object.field("size"))?,
        sequencer: object.field("sequencer").optional_text()?,
    })
}

fn change_kind(name: &str) -> ObjectChangeKind {
    // Configurations and some emulators write `s3:` before it, records do not.
    let name = name.strip_prefix("s3:").unwrap_or(name);
    match name.split(':').next() {
        Some("ObjectCreated") => ObjectChangeKind::Created,
        Some("ObjectRemoved" | "LifecycleExpiration") => ObjectChangeKind::Removed,
        _ => ObjectChangeKind::Other(name.to_owned()),
    }
}

/// A size that may be missing, as it is when an object was deleted.
pub(super) fn size(node: &Node<'_>) -> Result<Option<u64>, EventError> {
    match node.value {
        Value::Null => Ok(None),
        value => match value.as_u64() {
            Some(size) => Ok(Some(size)),
            None => Err(EventError::Field {
                path: node.path(),
                found: if value.is_number() { "a negative or broken number" } else { kind(value) },
                expected: "a number of bytes",
            }),
        },
    }
}

/// Some emulators quote the tag.
pub(super) fn unquoted(etag: String) -> String {
    etag.trim_matches('"').to_owned()
}
