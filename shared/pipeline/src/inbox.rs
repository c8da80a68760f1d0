//! `inbox/<id>/`: the image that waits to be tiled, and what is known of it.

use skyfeed_ports::{
    ledger::Work,
    store::{ObjectMeta, StoreError},
};

use crate::{config::Config, environment::Environment, id::ImageId, layout, names::tile_input, stage::Stage};

/// What lies directly in `inbox/<id>/`.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    /// The images: should be one.
    pub images: Vec<ObjectMeta>,
    /// `source.json`.
    pub record: Option<ObjectMeta>,
}

impl Inbox {
    /// Looks what is there now.
    pub(crate) async fn find(env: &Environment, id: &ImageId) -> Result<Self, StoreError> {
        let mut inbox = Self::default();
        for object in env.work.list(&layout::inbox(id), true).await?.objects {
            inbox.add(id, object);
        }
        Ok(inbox)
    }

    /// Adds an object of the folder.
    pub(crate) fn add(&mut self, id: &ImageId, object: ObjectMeta) {
        if object.key == layout::source_record(id) {
            self.record = Some(object);
        } else {
            self.images.push(object);
        }
    }

    /// The image, if there is exactly one.
    pub(crate) fn image(&self) -> Option<&ObjectMeta> {
        match self.images.as_slice() {
            [image] => Some(image),
            _ => None,
        }
    }

    /// What is wrong, and what to do, if there are several images.
    pub(crate) fn two_images(&self, id: &ImageId) -> Option<String> {
        let [one, two, ..] = self.images.as_slice() else { return None };
        Some(format!("there are two images for `{id}`: delete `{}` or `{}`", one.key, two.key))
    }

    /// The work of tiling the image, if there is exactly one: another work when the image, its record or what the configuration says of tiling is another.
    pub(crate) fn tiling(&self, id: &ImageId, config: &Config) -> Option<Work> {
        let record = self.record.as_ref().map_or("", |record| &record.etag.0);
        let version = format!("{} {record}", self.image()?.etag.0);
        Some(Stage::Tile.work(id, tile_input(&version, config)))
    }

    /// All that lies there.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectMeta> {
        self.images.iter().chain(&self.record)
    }
}
