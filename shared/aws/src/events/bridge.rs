//! Events of EventBridge.

use super::{
    EventError, ObjectChange, ObjectChangeKind, Request, Schedule,
    json::Node,
    s3::{size, unquoted},
};

/// Reads an event that has a `detail-type`.
pub(super) fn read(event: &Node<'_>) -> Result<Request, EventError> {
    let (source, kind) = (event.field("source").text()?, event.field("detail-type").text()?);
    match (source, kind) {
        // A rule, or EventBridge Scheduler.
        ("aws.events" | "aws.scheduler", "Scheduled Event") => schedule(event).map(Request::Schedule),
        ("aws.s3", _) => Ok(Request::Objects(vec![change(event, kind)?])),
        _ => Err(EventError::Unknown {
            found: format!("`{}` of `{}` from EventBridge", kind.escape_debug(), source.escape_debug()),
        }),
    }
}

fn schedule(event: &Node<'_>) -> Result<Schedule, EventError> {
    let resources = event.field("resources");
    let rule = if resources.value.is_null() { None } else { resources.elements()?.into_iter().next() };
    Ok(Schedule {
        id: event.field("id").optional_text()?,
        time: event.field("time").optional_text()?,
        rule: rule.map(|rule| rule.text().map(str::to_owned)).transpose()?,
    })
}

/// Unlike those of notifications, keys of these events are not encoded.
fn change(event: &Node<'_>, kind: &str) -> Result<ObjectChange, EventError> {
    let detail = event.field("detail");
    let object = detail.field("object");
    Ok(ObjectChange {
        kind: match kind {
            "Object Created" => ObjectChangeKind::Created,
            "Object Deleted" => ObjectChangeKind::Removed,
            other => ObjectChangeKind::Other(other.to_owned()),
        },
        bucket: detail.field("bucket").field("name").name()?.to_owned(),
        key: object.field("key").name()?.to_owned(),
        version: object.field("version-id").optional_text()?,
        etag: object.field("etag").optional_text()?.map(unquoted),
        size_bytes: size(&object.field("size"))?,
        sequencer: object.field("sequencer").optional_text()?,
    })
}
