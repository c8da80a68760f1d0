//! The function `tile`: an image arrived in `inbox/`, its pyramid goes to `pixels/` and what people decide on to `staged/`.

use async_trait::async_trait;
use skyfeed_aws::function::Handler;
use skyfeed_pipeline::{
    batch::{Event, Failure, Observer},
    environment::Environment,
    id::ImageId,
    layout,
    walk::{misplacement, tile_all},
};

/// The handler.
#[derive(Clone, Copy, Debug)]
pub struct Tile;

#[async_trait]
impl Handler for Tile {
    const NAME: &'static str = "tile";

    /// `source.json` comes before the image and sets off nothing.
    fn image_of(&self, key: &str) -> Result<Option<ImageId>, Failure> {
        match layout::id_of_folder(layout::INBOX, key) {
            Some(id) if key == layout::source_record(&id) => Ok(None),
            Some(id) => Ok(Some(id)),
            None if !key.starts_with(layout::INBOX) => {
                Err(Failure::permanent(key, "only what lies in inbox/ is tiled: see the notifications of the bucket"))
            }
            None => Err(misplacement(key)),
        }
    }

    async fn work(&self, env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
        tile_all(env, ids, observer).await
    }
}
