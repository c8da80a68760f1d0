//! The function `fetch`: a schedule finds new images, messages download them into `inbox/`.

use std::{any::Any, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use skyfeed_aws::{
    function::{Handler, InvocationError},
    sqs::{BATCH, Queue},
};
use skyfeed_pipeline::{
    batch::{Event, Failure, Observer},
    config::{Config, SourceConfig},
    environment::Environment,
    id::ImageId,
    refresh::refresh,
    source::{self, ImageSource, SourceError},
    standing::Standings,
    walk::fetch_all,
};
use skyfeed_ports::store::{LocalStore, Store};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{Instant, timeout_at},
};

/// Requests to the queue under way at a time.
const SENDS: usize = 8;
/// How long an id waits for others that come slowly.
const PATIENCE: Duration = Duration::from_secs(1);

/// The handler.
#[derive(Clone, Copy, Debug)]
pub struct Fetch;

#[async_trait]
impl Handler for Fetch {
    const NAME: &'static str = "fetch";

    /// No object sets it off: messages name images.
    fn image_of(&self, key: &str) -> Result<Option<ImageId>, Failure> {
        Err(Failure::permanent(key, "objects do not set off a fetch: send {\"image\": \"ID\"}"))
    }

    async fn work(&self, env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
        fetch_all(env, ids, false, observer).await
    }

    /// Asks the source what is new and sends a message for each image that is due, while the source still tells of the others: the only place that sends to the queue. Without a queue
    /// the images are fetched here.
    async fn scheduled(
        &self,
        env: &Environment,
        queue: Option<&Queue>,
        observer: &dyn Observer,
    ) -> Result<Value, InvocationError> {
        let standings = Standings::all(env).await?;
        let (due, ids) = mpsc::unbounded_channel();
        let refreshing = async {
            // What nobody receives any more is fetched here, or is due again the next time.
            let found = refresh(env, &standings, false, |id| drop(due.send(id.clone()))).await;
            drop(due);
            Ok::<_, InvocationError>(found?)
        };
        let (found, queued) = futures::try_join!(refreshing, send(queue, ids))?;
        let events = match queue {
            Some(_) => Vec::new(),
            None => fetch_all(env, &found.due, false, observer).await,
        };
        let (offered, due, postponed) = (found.offered, found.due.len(), found.postponed);
        tracing::info!(offered, due, queued, postponed, "refreshed");
        if found.out_of_time {
            tracing::warn!(
                queued,
                "there was not time enough for all that the source offers; the next schedule goes on from there"
            );
        }
        for failure in &found.failures {
            tracing::error!(item = failure.item, causes = failure.causes.join(": "), "refresh");
        }
        // What is due is under way; a source that failed is asked again.
        if let Some(failure) = found.failures.iter().find(|failure| failure.is_transient()) {
            return Err(InvocationError::Item(failure.clone()));
        }
        Ok(json!({
            "offered": offered,
            "due": found.due,
            "queued": queued,
            "postponed": postponed,
            "out_of_time": found.out_of_time,
            "unusable": found.unusable,
            "failures": found.failures,
            "events": events,
        }))
    }

    fn source(&self, config: &Config, work: &dyn Store) -> Result<Arc<dyn ImageSource>, SourceError> {
        let work: &dyn Any = work;
        let feed = work.downcast_ref::<LocalStore>().and_then(|work| work.root().parent());
        source::from_config(&from_folder(&config.source, feed), &config.http)
    }
}

/// Sends a message for each id that comes, several at a time, and answers how many.
async fn send(queue: Option<&Queue>, ids: UnboundedReceiver<ImageId>) -> Result<usize, InvocationError> {
    let Some(queue) = queue else { return Ok(0) };
    let batches = stream::unfold(ids, async |mut ids| Some((next_batch(&mut ids).await?, ids)));
    let sent = batches.map(|batch| async move { queue.send_images(&batch).await.map(|()| batch.len()) });
    let sent: Vec<usize> = sent.buffer_unordered(SENDS).try_collect().await?;
    Ok(sent.iter().sum())
}

/// As many ids as a request takes, or those that came within a second; `None` when no more come.
async fn next_batch(ids: &mut UnboundedReceiver<ImageId>) -> Option<Vec<ImageId>> {
    let mut batch = vec![ids.recv().await?];
    let end = Instant::now() + PATIENCE;
    while batch.len() < BATCH
        && let Ok(Some(id)) = timeout_at(end, ids.recv()).await
    {
        batch.push(id);
    }
    Some(batch)
}

/// A relative directory is relative to the folder of the feed, which holds the work store.
fn from_folder(source: &SourceConfig, feed: Option<&Path>) -> SourceConfig {
    match (source, feed) {
        (SourceConfig::Directory { path }, Some(feed)) => {
            SourceConfig::Directory { path: feed.join(path).to_string_lossy().into_owned() }
        }
        (other, _) => other.clone(),
    }
}
