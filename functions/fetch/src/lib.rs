//! The function `fetch`: a schedule finds new images, messages download them into `inbox/`.

use std::{any::Any, path::Path, sync::Arc};

use async_trait::async_trait;
use serde_json::{Value, json};
use skyfeed_aws::{
    function::{Handler, InvocationError},
    sqs::Queue,
};
use skyfeed_pipeline::{
    batch::{Event, Failure, Observer},
    config::{Config, SourceConfig},
    environment::Environment,
    id::ImageId,
    refresh::refresh,
    source::{self, ImageSource, SourceError},
    walk::fetch_all,
};
use skyfeed_ports::store::{LocalStore, Store};

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
        fetch_all(env, ids, observer).await
    }

    /// Asks the source what is new and sends a message for each image that is due: the only place that sends to the queue. Without a queue the images are
    /// fetched here.
    async fn scheduled(
        &self,
        env: &Environment,
        queue: Option<&Queue>,
        observer: &dyn Observer,
    ) -> Result<Value, InvocationError> {
        let found = refresh(env, false).await?;
        let events = match queue {
            Some(queue) => {
                queue.send_images(&found.due).await?;
                Vec::new()
            }
            None => fetch_all(env, &found.due, observer).await,
        };
        tracing::info!(offered = found.offered, due = found.due.len(), postponed = found.postponed, "refreshed");
        for failure in &found.failures {
            tracing::error!(item = failure.item, causes = failure.causes.join(": "), "refresh");
        }
        // What is due is under way; a source that failed is asked again.
        if let Some(failure) = found.failures.iter().find(|failure| failure.transient) {
            return Err(InvocationError::Item(failure.clone()));
        }
        Ok(json!({
            "offered": found.offered,
            "due": found.due,
            "postponed": found.postponed,
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

/// A relative directory is relative to the folder of the feed, which holds the work store.
fn from_folder(source: &SourceConfig, feed: Option<&Path>) -> SourceConfig {
    match (source, feed) {
        (SourceConfig::Directory { path }, Some(feed)) => {
            SourceConfig::Directory { path: feed.join(path).to_string_lossy().into_owned() }
        }
        (other, _) => other.clone(),
    }
}
