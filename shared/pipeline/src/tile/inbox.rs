//! The image that waits in an inbox folder, and what is known of it.

use std::path::Path;

use jiff::Timestamp;
use skyfeed_ports::store::ObjectMeta;

use crate::{
    environment::Environment, error::StepError, id::ImageId, layout, objects::parse_record, put_off,
    record::SourceRecord,
};

/// Changes when an image or its record does.
pub(crate) fn version(image: &ObjectMeta, record: Option<&ObjectMeta>) -> String {
    format!("{} {}", image.etag.0, record.map_or("", |record| &record.etag.0))
}

/// What lies in `inbox/<id>/`.
pub(super) struct Inbox {
    image: ObjectMeta,
    record: Option<ObjectMeta>,
}

impl Inbox {
    /// Looks what is there now.
    pub(super) async fn find(env: &Environment, id: &ImageId) -> Result<Self, StepError> {
        let folder = layout::inbox(id);
        let record_key = layout::source_record(id);
        let (records, mut images): (Vec<_>, Vec<_>) =
            env.work.list(&folder, true).await?.objects.into_iter().partition(|object| object.key == record_key);
        let Some(image) = images.pop() else {
            return Err(StepError::Missing(format!(
                "there is no image in `{folder}`; links and folders there are not followed"
            )));
        };
        if let Some(other) = images.pop() {
            let (one, two) = (&other.key, &image.key);
            return Err(StepError::Refused(format!("there are two images for `{id}`: delete `{one}` or `{two}`")));
        }
        Ok(Self { image, record: records.into_iter().next() })
    }

    /// Changes when the image or its record does.
    pub(super) fn version(&self) -> String {
        version(&self.image, self.record.as_ref())
    }

    /// Size of the image file.
    pub(super) fn image_bytes(&self) -> u64 {
        self.image.size_bytes
    }

    /// Whether the image came after something else was written.
    pub(super) fn is_newer_than(&self, written: Timestamp) -> bool {
        put_off::is_over(written, &self.image)
    }

    /// Copies the image to local disk.
    pub(super) async fn spool(&self, env: &Environment, file: &Path) -> Result<(), StepError> {
        match env.work.get_to_file(&self.image.key, file).await? {
            Some(_) => Ok(()),
            None => Err(StepError::Missing(format!("`{}` was deleted meanwhile", self.image.key))),
        }
    }

    /// Reads the record: its bytes, which decide the revision, and what they say.
    pub(super) async fn record(
        &self,
        env: &Environment,
        id: &ImageId,
    ) -> Result<Option<(bytes::Bytes, SourceRecord)>, StepError> {
        let Some(meta) = &self.record else { return Ok(None) };
        let Some(object) = env.work.get(&meta.key).await? else { return Ok(None) };
        let record = parse_record(&meta.key, &object.bytes, id, |record: &SourceRecord| &record.id)?;
        Ok(Some((object.bytes, record)))
    }
}
