//! The conditions of writes, and the tags that they answer.

use skyfeed_ports::store::{Condition, ETag, StoreError};

use super::error::{Incomplete, failed};

/// The headers `If-None-Match` and `If-Match`.
pub(super) fn preconditions(condition: &Condition) -> (Option<String>, Option<String>) {
    match condition {
        Condition::Always => (None, None),
        Condition::IfAbsent => (Some("*".to_owned()), None),
        Condition::IfMatch(etag) => (None, Some(etag.0.clone())),
    }
}

pub(super) fn tag(key: &str, etag: Option<String>) -> Result<ETag, StoreError> {
    // The object may be there: a repetition finds out.
    etag.map(ETag).ok_or_else(|| failed("write", key, true, Incomplete("the tag")))
}
