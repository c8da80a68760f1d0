//! The function `fetch`: a schedule finds new images, messages download them into `inbox/`. The schedule also finds what events should have moved on and did not.

use std::{any::Any, path::Path, sync::Arc};

use async_trait::async_trait;
use serde_json::{Value, json};
use skyfeed_aws::{
    function::{Call, Handler, InvocationError},
    sqs::Queue,
    telemetry::Metrics,
};
use skyfeed_pipeline::{
    batch::{Event, Failure, Observer},
    config::{Config, SourceConfig},
    environment::Environment,
    id::ImageId,
    refresh::refresh,
    source::{self, ImageSource, SourceError},
    standing::Standings,
    walk::{Fetching, fetch_all},
};
use skyfeed_ports::store::{LocalStore, Store};
use tokio::sync::mpsc;

mod catch_up;
mod send;

use catch_up::catch_up;
use send::send_each;

/// The handler.
#[derive(Clone, Copy, Debug)]
pub struct Fetch;

#[async_trait]
impl Handler for Fetch {
    const NAME: &'static str = "fetch";
    const CATCHES_UP: bool = true;

    /// No object sets it off: messages name images.
    fn image_of(&self, key: &str) -> Result<Option<ImageId>, Failure> {
        Err(Failure::permanent(key, "objects do not set off a fetch: send {\"image\": \"ID\"}"))
    }

    async fn work(&self, env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
        // A message may be a person's, who need not wait.
        fetch_all(env, ids, Fetching::Asked, observer).await
    }

    /// First what others left, which takes seconds; then the source is asked what is new, and a message sent for each image that is due, while it still tells of the others. Without a
    /// queue the images are fetched here.
    async fn scheduled(&self, call: Call<'_>) -> Result<Value, InvocationError> {
        let Call { env, queues, observer, metrics } = call;
        let standings = Standings::all(env).await?;
        metrics.standings(&standings, env.clock.now());
        let caught_up = catch_up(env, &standings, queues).await;
        let refreshed = self.refresh(env, &standings, queues.own.as_ref(), observer, metrics).await;
        // Whatever could be done is under way: now it may fail.
        let (caught_up, mut answer) = (caught_up?, refreshed?);
        answer["caught_up"] = json!(caught_up);
        Ok(answer)
    }

    async fn catch_up(&self, call: Call<'_>) -> Result<Value, InvocationError> {
        let Call { env, queues, metrics, .. } = call;
        let standings = Standings::all(env).await?;
        metrics.standings(&standings, env.clock.now());
        Ok(json!(catch_up(env, &standings, queues).await?))
    }

    fn source(&self, config: &Config, work: &dyn Store) -> Result<Arc<dyn ImageSource>, SourceError> {
        let work: &dyn Any = work;
        let feed = work.downcast_ref::<LocalStore>().and_then(|work| work.root().parent());
        source::from_config(&from_folder(&config.source, feed), &config.http)
    }
}

impl Fetch {
    async fn refresh(
        &self,
        env: &Environment,
        standings: &Standings,
        queue: Option<&Queue>,
        observer: &dyn Observer,
        metrics: &mut Metrics,
    ) -> Result<Value, InvocationError> {
        let (due, ids) = mpsc::unbounded_channel();
        let refreshing = async {
            // What nobody receives any more is fetched here, or is due again the next time.
            let found = refresh(env, standings, false, |id| drop(due.send(id.clone()))).await;
            drop(due);
            let found = found?;
            metrics.refreshed(&found);
            Ok::<_, InvocationError>(found)
        };
        // Those that wait there are among those that are due.
        let free = match queue {
            Some(queue) if queue.has_waiting().await? => None,
            queue => queue,
        };
        let (found, queued) = futures::try_join!(refreshing, send_each(free, ids))?;
        let events = match queue {
            Some(_) => Vec::new(),
            None => fetch_all(env, &found.due, Fetching::Due, observer).await,
        };
        let (offered, due, postponed, put_off) = (found.offered, found.due.len(), found.postponed, found.put_off);
        if free.is_none() && queue.is_some() {
            tracing::warn!(due, "messages wait, so none was sent: the next schedule sends what is due then");
        }
        tracing::info!(offered, due, queued, postponed, put_off, "refreshed");
        if found.out_of_time {
            tracing::warn!(
                queued,
                "there was not time enough for all that the source offers; the next schedule goes on from there"
            );
        }
        for failure in &found.failures {
            tracing::error!(item = failure.item, causes = failure.causes.join(": "), "refresh");
        }
        // One bad record is told, and nothing against the others; a source that does not answer as it should is a failure, however long it lasts.
        if let Some(failure) = found.source_failure() {
            return Err(InvocationError::Item(failure.clone()));
        }
        Ok(json!({
            "offered": offered,
            "due": found.due,
            "queued": queued,
            "postponed": postponed,
            "put_off": put_off,
            "out_of_time": found.out_of_time,
            "unusable": found.unusable,
            "failures": found.failures,
            "events": events,
        }))
    }
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
