//! Deletes.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use skyfeed_ports::store::StoreError;

use super::{
    S3Store,
    error::{NotDeleted, failed},
};
use crate::sdk::{self, Failure};

/// As many keys as S3 takes in one request.
const BATCH: usize = 1000;

pub(super) async fn delete(store: &S3Store, keys: &[String]) -> Result<(), StoreError> {
    let paths = keys.iter().map(|key| store.path(key)).collect::<Result<Vec<_>, _>>()?;
    for (keys, paths) in keys.chunks(BATCH).zip(paths.chunks(BATCH)) {
        batch(store, keys, paths).await?;
    }
    Ok(())
}

async fn batch(store: &S3Store, keys: &[String], paths: &[String]) -> Result<(), StoreError> {
    let first = keys.first().map_or("", String::as_str);
    let objects: Result<Vec<_>, _> = paths.iter().map(|path| ObjectIdentifier::builder().key(path).build()).collect();
    let objects = objects.and_then(|objects| Delete::builder().set_objects(Some(objects)).quiet(true).build());
    let objects = objects.map_err(|error| failed("delete", first, false, error))?;
    let sent = store.client.delete_objects().bucket(&store.bucket).delete(objects).send().await;
    let answer = sent.map_err(|error| Failure::from(error).at("delete", first))?;
    match answer.errors().first() {
        None => Ok(()),
        Some(error) => {
            let path = error.key().unwrap_or_default();
            let key = path.strip_prefix(&store.prefix).unwrap_or(path);
            let transient = answer.errors().iter().all(|error| sdk::is_transient(200, error.code()));
            let text = |text: Option<&str>| text.unwrap_or("nothing").to_owned();
            let (code, message) = (text(error.code()), text(error.message()));
            Err(failed("delete", key, transient, NotDeleted { code, message }))
        }
    }
}
