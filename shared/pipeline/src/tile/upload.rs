//! Carries tiles from the threads that make them to the store, with a bound on what is under way.

use std::{collections::HashMap, io, sync::Mutex};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::record::ManifestObject;
use skyfeed_ports::store::{Body, Condition, Headers, Store, StoreError};

/// Puts under way at a time. A tile is about 100 kB, so this bounds memory too.
pub(crate) const IN_FLIGHT: usize = 64;

/// Staged objects are private and never change.
pub(super) fn headers(content_type: &'static str) -> Headers {
    Headers { content_type, cache_control: "no-store" }
}

/// The end of the channel that the tiling threads hold.
pub(super) struct Outbox {
    sender: mpsc::Sender<(String, Bytes)>,
    sent: Mutex<Vec<ManifestObject>>,
}

/// Makes both ends.
pub(super) fn channel() -> (Outbox, mpsc::Receiver<(String, Bytes)>) {
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    (Outbox { sender, sent: Mutex::new(Vec::new()) }, receiver)
}

impl Outbox {
    /// Sends one tile; blocks while too many are under way.
    ///
    /// # Errors
    /// The other end gave up because a put failed.
    pub(super) fn send(&self, name: String, bytes: Vec<u8>) -> io::Result<()> {
        let entry = manifest_object(&name, &bytes);
        self.sent.lock().map_err(|_| io::Error::other("another tile failed"))?.push(entry);
        self.sender.blocking_send((name, bytes.into())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// What was sent.
    pub(super) fn into_sent(self) -> Vec<ManifestObject> {
        self.sent.into_inner().unwrap_or_default()
    }
}

/// Describes one object of a revision.
pub(super) fn manifest_object(name: &str, bytes: &[u8]) -> ManifestObject {
    ManifestObject { key: name.to_owned(), size_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) }
}

/// The objects that an attempt before this one left below `folder`, with their sizes in bytes.
pub(super) async fn present(store: &dyn Store, folder: &str) -> Result<HashMap<String, u64>, StoreError> {
    let objects = store.list(folder, false).await?.objects;
    let name = |key: &str| key.get(folder.len()..).unwrap_or_default().to_owned();
    Ok(objects.iter().map(|object| (name(&object.key), object.size_bytes)).collect())
}

/// Puts every tile that arrives below `folder`, but for those that are `present`: a revision has only one content for each name. Ends when the
/// other end is dropped. Stops at the first failure, which lets the tiling stop too.
pub(super) async fn put_all(
    store: &dyn Store,
    folder: &str,
    headers: Headers,
    present: &HashMap<String, u64>,
    receiver: mpsc::Receiver<(String, Bytes)>,
) -> Result<(), StoreError> {
    let tiles =
        futures::stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|tile| (tile, receiver)) });
    tiles
        .filter(|(name, bytes)| std::future::ready(present.get(name) != Some(&(bytes.len() as u64))))
        .map(|(name, bytes)| async move {
            store.put(&format!("{folder}{name}"), Body::Bytes(&bytes), headers, Condition::Always).await
        })
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(|_| async { Ok(()) })
        .await
}
