//! What every store must do, as a suite that runs on any of them.

use bytes::Bytes;

use super::{Body, Condition, ETag, Headers, Listing, Object, ObjectMeta, Store, StoreError};

mod composes;
mod copies;
mod keys;
mod lists;
mod reads;
mod writes;

const HEADERS: Headers = Headers { content_type: "application/octet-stream", cache_control: "no-cache" };

/// Runs the suite on a store that is empty; it is empty again afterwards.
///
/// # Errors
/// An operation that has to succeed failed.
///
/// # Panics
/// The store did something else than [`Store`] promises.
pub async fn contract(store: &dyn Store) -> Result<(), StoreError> {
    assert_eq!(store.list("", false).await?, Listing::default(), "the suite needs an empty store");
    reads::run(store).await?;
    writes::run(store).await?;
    lists::run(store).await?;
    copies::run(store).await?;
    composes::run(store).await?;
    keys::run(store).await?;
    assert_eq!(store.list("", false).await?, Listing::default(), "something is left behind");
    Ok(())
}

async fn put(store: &dyn Store, key: &str, content: &str, condition: Condition) -> Result<ETag, StoreError> {
    let bytes = Bytes::copy_from_slice(content.as_bytes());
    store.put(key, Body::Bytes(&bytes), HEADERS, condition).await
}

async fn get(store: &dyn Store, key: &str) -> Result<Object, StoreError> {
    Ok(store.get(key).await?.unwrap_or_else(|| panic!("`{key}` is not there")))
}

async fn head(store: &dyn Store, key: &str) -> Result<ObjectMeta, StoreError> {
    Ok(store.head(key).await?.unwrap_or_else(|| panic!("`{key}` is not there")))
}

async fn delete(store: &dyn Store, keys: &[&str]) -> Result<(), StoreError> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    store.delete(&keys).await
}

fn keys(listing: &Listing) -> Vec<&str> {
    listing.objects.iter().map(|meta| meta.key.as_str()).collect()
}

/// A file that is deleted when dropped, and its folder.
fn temporary_file(content: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let written = tempfile::tempdir().and_then(|folder| {
        let path = folder.path().join("content");
        std::fs::write(&path, content).map(|()| (folder, path))
    });
    written.unwrap_or_else(|error| panic!("no temporary file: {error}"))
}
