//! The function `publish`: somebody decided on a staged study; if it is approved, it goes to the site.

use async_trait::async_trait;
use skyfeed_aws::function::Handler;
use skyfeed_pipeline::{
    batch::{Event, Failure, Observer},
    environment::Environment,
    id::ImageId,
    layout,
    walk::publish_decided,
};

/// The handler.
#[derive(Clone, Copy, Debug)]
pub struct Publish;

#[async_trait]
impl Handler for Publish {
    const NAME: &'static str = "publish";

    fn image_of(&self, key: &str) -> Result<Option<ImageId>, Failure> {
        let problem = "no decision has such a name: one belongs in decisions/ID/REVISION/NUMBER-NAME.json; `skyfeed approve` writes it";
        let id = layout::id_of_folder(layout::DECISIONS, key).filter(|id| layout::decision::parse(id, key).is_some());
        id.map(Some).ok_or_else(|| Failure::permanent(key, problem))
    }

    /// A decision may also be a reject, or the first of several approvals that it takes: then there is nothing to publish.
    async fn work(&self, env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
        publish_decided(env, ids, observer).await
    }
}
