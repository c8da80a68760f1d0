//! The image that waits in an inbox folder, and what is known of it.

use std::path::Path;

use skyfeed_ports::{ledger::Work, store::ObjectMeta};

use crate::{
    environment::Environment, error::StepError, id::ImageId, inbox::Inbox, layout, objects::parse_record,
    record::SourceRecord,
};

/// The one image of an inbox.
pub(super) struct Waiting {
    /// What tiling it is called: another name when the image, its record or what the configuration says of tiling is another.
    pub(super) work: Work,
    pub(super) image: ObjectMeta,
    record: Option<ObjectMeta>,
}

impl Waiting {
    /// Looks what is there now.
    pub(super) async fn find(env: &Environment, id: &ImageId) -> Result<Self, StepError> {
        let inbox = Inbox::find(env, id).await?;
        if let Some(problem) = inbox.two_images(id) {
            return Err(StepError::Refused(problem));
        }
        match (inbox.tiling(id, &env.config), inbox.images.into_iter().next()) {
            (Some(work), Some(image)) => Ok(Self { work, image, record: inbox.record }),
            _ => Err(StepError::Missing(format!(
                "there is no image in `{}`; links and folders there are not followed",
                layout::inbox(id)
            ))),
        }
    }

    /// Copies the image to local disk.
    pub(super) async fn spool(&self, env: &Environment, file: &Path) -> Result<(), StepError> {
        match env.work.get_to_file(&self.image.key, file).await? {
            Some(_) => Ok(()),
            None => Err(StepError::gone(&self.image.key)),
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
