//! Puts.

use skyfeed_ports::store::{Body, Condition, ETag, Headers, StoreError};
use tokio::fs;

use super::{
    S3Store,
    condition::{preconditions, tag},
    multipart,
};
use crate::sdk::Failure;

pub(super) async fn put(
    store: &S3Store,
    key: &str,
    body: Body<'_>,
    headers: Headers,
    condition: &Condition,
) -> Result<ETag, StoreError> {
    let path = store.path(key)?;
    let from_io = |error| StoreError::from_io("write", key, error);
    let size = match body {
        Body::Bytes(bytes) => bytes.len() as u64,
        Body::File(file) => fs::metadata(file).await.map_err(from_io)?.len(),
    };
    if size > store.sizes.part_bytes {
        return multipart::put(store, key, path, body, size, headers, condition).await;
    }
    let bytes = match body {
        Body::Bytes(bytes) => bytes.clone(),
        Body::File(file) => fs::read(file).await.map_err(from_io)?.into(),
    };
    let (if_none_match, if_match) = preconditions(condition);
    let request = store.client.put_object().bucket(&store.bucket).key(path).body(bytes.into());
    let request = request.content_type(headers.content_type).cache_control(headers.cache_control);
    let sent = request.set_if_none_match(if_none_match).set_if_match(if_match).send().await;
    let answer = sent.map_err(|error| Failure::from(error).of_put(key, condition))?;
    tag(key, answer.e_tag)
}
