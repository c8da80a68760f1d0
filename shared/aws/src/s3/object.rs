//! How S3 describes an object.

use aws_sdk_s3::primitives::DateTime;
use jiff::Timestamp;
use skyfeed_ports::store::{ETag, ObjectMeta, StoreError};

use super::error::{Incomplete, failed};

/// Makes a description of the parts of an answer.
pub(super) fn describe(
    action: &'static str,
    key: &str,
    size: Option<i64>,
    etag: Option<String>,
    modified: Option<&DateTime>,
) -> Result<ObjectMeta, StoreError> {
    let lacks = |what| failed(action, key, false, Incomplete(what));
    let size_bytes = size.and_then(|size| u64::try_from(size).ok()).ok_or_else(|| lacks("the size"))?;
    let etag = ETag(etag.ok_or_else(|| lacks("the tag"))?);
    // Whole seconds are all that a header tells; a listing must not say more.
    let modified = modified.and_then(|time| Timestamp::from_second(time.secs()).ok());
    Ok(ObjectMeta { key: key.to_owned(), size_bytes, etag, modified: modified.ok_or_else(|| lacks("the time"))? })
}
