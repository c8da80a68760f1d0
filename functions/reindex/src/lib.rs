//! The function `reindex`: images were published or taken down, the feed's index follows.

use async_trait::async_trait;
use serde_json::{Value, json};
use skyfeed_aws::function::{Call, Handler, InvocationError};
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{
    batch::{Ending, Event, Failure, Observer, tell},
    environment::Environment,
    id::ImageId,
    layout,
    reindex::{Reindex, Reindexed, reindex},
};

/// The handler.
#[derive(Clone, Copy, Debug)]
pub struct Reindexer;

#[async_trait]
impl Handler for Reindexer {
    const NAME: &'static str = "reindex";
    const CATCHES_UP: bool = true;

    fn image_of(&self, key: &str) -> Result<Option<ImageId>, Failure> {
        let problem = "a record belongs in published/ID.json; `publish` writes it";
        layout::id_of_json(layout::PUBLISHED, key).map(Some).ok_or_else(|| Failure::permanent(key, problem))
    }

    /// Folds all images into the index at once, so that many that are published together cost one write.
    async fn work(&self, env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
        let reindexed = reindex(env, &Reindex::Changed(ids.to_vec())).await;
        let event = |id| {
            let ending = match &reindexed {
                Ok(reindexed) => of_image(id, reindexed),
                Err(error) => Ending::Failed(Failure::of(ImageId::as_str(id), error)),
            };
            Event::ended(Stage::Reindex, id, ending)
        };
        let events: Vec<Event> = ids.iter().map(event).collect();
        events.iter().for_each(|event| tell(observer, event));
        events
    }

    /// Brings into the index whatever its events did not bring.
    async fn catch_up(&self, call: Call<'_>) -> Result<Value, InvocationError> {
        let Reindexed { written, images, skipped } = reindex(call.env, &Reindex::CatchUp).await?;
        tracing::info!(written, images, "caught up");
        for skipped in &skipped {
            tracing::error!(image = skipped.id, reason = skipped.reason, "skipped");
        }
        call.metrics.count_if_any("FailedPermanent", skipped.len());
        Ok(json!({"written": written, "images": images, "skipped": skipped}))
    }
}

/// How it went for one image of a fold.
fn of_image(id: &ImageId, reindexed: &Reindexed) -> Ending {
    match reindexed.skipped.iter().find(|skipped| skipped.id == id.as_str()) {
        Some(skipped) => Ending::Failed(Failure::permanent(id.as_str(), &skipped.reason)),
        None if reindexed.written => Ending::Done { result: String::new() },
        None => Ending::AlreadyDone { result: String::new() },
    }
}
