//! Reading and writing the JSON objects and small texts of a store.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use skyfeed_ports::store::{Body, Condition, ETag, Headers, Store, StoreError};

use crate::{error::StepError, id::ImageId};

/// Objects that nobody outside reads: never cached.
pub(crate) const PRIVATE_JSON: Headers = Headers { content_type: "application/json", cache_control: "no-store" };

/// The digest of bytes, in hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Reads a JSON object; `None` if there is none.
pub(crate) async fn read_json<T: DeserializeOwned>(store: &dyn Store, key: &str) -> Result<Option<T>, StepError> {
    let Some(object) = store.get(key).await? else { return Ok(None) };
    parse_json(key, &object.bytes).map(Some)
}

/// Parses a JSON object; the error names its key.
pub(crate) fn parse_json<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, StepError> {
    serde_json::from_slice(bytes).map_err(|source| StepError::Json { key: key.to_owned(), source })
}

/// Parses a record of one image, which must say the same id as its key.
pub(crate) fn parse_record<T: DeserializeOwned>(
    key: &str,
    bytes: &[u8],
    id: &ImageId,
    said: impl Fn(&T) -> &ImageId,
) -> Result<T, StepError> {
    let record = parse_json(key, bytes)?;
    let other = said(&record);
    if other == id {
        Ok(record)
    } else {
        Err(StepError::Refused(format!("`{key}` is a record of `{other}`; mend or delete it")))
    }
}

/// The bytes of a JSON object as people like to read it.
pub(crate) fn to_json<T: Serialize>(key: &str, value: &T) -> Result<Bytes, StepError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|source| StepError::Json { key: key.to_owned(), source })?;
    bytes.push(b'\n');
    Ok(bytes.into())
}

/// Writes a private JSON object.
pub(crate) async fn write_json<T: Serialize>(
    store: &dyn Store,
    key: &str,
    value: &T,
    condition: Condition,
) -> Result<ETag, StepError> {
    let bytes = to_json(key, value)?;
    Ok(store.put(key, Body::Bytes(&bytes), PRIVATE_JSON, condition).await?)
}

/// How many times a write starts over when others write the same object.
const ROUNDS: u32 = 10;

/// Writes an object unless it has these bytes already, so that nothing is triggered for nothing. Answers whether it was written.
///
/// If another writer comes between, it looks again: two workers often write the same.
///
/// # Errors
/// [`StoreError::Precondition`] if others were faster too many times.
pub(crate) async fn write_if_changed(
    store: &dyn Store,
    key: &str,
    bytes: &Bytes,
    headers: Headers,
) -> Result<bool, StoreError> {
    for _ in 0..ROUNDS {
        let condition = match store.get(key).await? {
            Some(there) if there.bytes == *bytes => return Ok(false),
            Some(there) => Condition::IfMatch(there.meta.etag),
            None => Condition::IfAbsent,
        };
        match store.put(key, Body::Bytes(bytes), headers, condition).await {
            Ok(_) => return Ok(true),
            Err(StoreError::Precondition { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Precondition { key: key.to_owned() })
}
