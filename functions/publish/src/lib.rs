//! The function `publish`: somebody decided on a staged study; if it is approved, it goes to the site.

use async_trait::async_trait;
use skyfeed_aws::function::Handler;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{
    batch::{Ending, Event, Failure, Observer, tell},
    environment::Environment,
    id::ImageId,
    layout,
    walk::{may_be_published, publish_all},
};

/// The handler.
#[derive(Clone, Copy, Debug)]
pub struct Publish;

#[async_trait]
impl Handler for Publish {
    const NAME: &'static str = "publish";

    fn image_of(&self, key: &str) -> Result<Option<ImageId>, Failure> {
        let problem = "a decision belongs in decisions/ID/REVISION/NAME.json; `skyfeed approve` writes it";
        layout::id_of_folder(layout::DECISIONS, key).map(Some).ok_or_else(|| Failure::permanent(key, problem))
    }

    /// A decision may also be a reject, or the first of several approvals that it takes: then there is nothing to publish.
    async fn work(&self, env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
        let mut approved = Vec::new();
        let mut events = Vec::new();
        for id in ids {
            let ending = match may_be_published(env, id).await {
                Ok(true) => {
                    approved.push(id.clone());
                    continue;
                }
                Ok(false) => Ending::Waiting { reason: "no revision may be published".to_owned() },
                Err(error) => Ending::Failed(Failure::of(id.as_str(), &error)),
            };
            let event = Event::ended(Stage::Publish, id, ending);
            tell(observer, &event);
            events.push(event);
        }
        events.append(&mut publish_all(env, &approved, observer).await);
        events
    }
}
