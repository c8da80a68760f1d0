//! An image's place on the site: one worker at a time has it, and says in the record what it is about to do before it does it.

use jiff::Timestamp;
use skyfeed_ports::store::{Condition, ETag};

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::write_json,
    record::{Live, Published, PublishedState, SECOND_FORMAT},
    standing::Evidence,
};

/// The published record of an image as its writer saw it last. Each write takes place only if nobody else wrote meanwhile, so whoever lost its turn writes nothing more.
#[derive(Debug)]
pub(crate) struct RecordInTurn {
    id: ImageId,
    record: Option<Published>,
    /// `None` if there is no record.
    etag: Option<ETag>,
}

impl RecordInTurn {
    /// Reads the record. One that is damaged counts as none, and can be replaced.
    pub(crate) async fn read(env: &Environment, id: &ImageId) -> Result<Self, StepError> {
        let object = env.work.get(&layout::published(id)).await?;
        let record = object.as_ref().and_then(|object| serde_json::from_slice::<Published>(&object.bytes).ok());
        let record = record.filter(|record| record.id == *id);
        Ok(Self { id: id.clone(), record, etag: object.map(|object| object.meta.etag) })
    }

    /// The record as it stands in what was gathered of the image.
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let found = evidence.published.as_ref();
        let record = found.and_then(|found| found.content.as_ref().ok()).cloned();
        Self { id: evidence.id.clone(), record, etag: found.map(|found| found.meta.etag.clone()) }
    }

    /// Of which image it is.
    pub(crate) fn id(&self) -> &ImageId {
        &self.id
    }

    /// What it says.
    pub(crate) fn state(&self) -> Option<&PublishedState> {
        self.record.as_ref().map(|record| &record.state)
    }

    /// What is live by it, also while something newer is on its way.
    pub(crate) fn live(&self) -> Option<&Live> {
        self.record.as_ref()?.live()
    }

    /// Where in the index the image stands or stood.
    pub(crate) fn sort_date(&self) -> Option<Timestamp> {
        self.record.as_ref()?.sort_date()
    }

    /// Writes it anew.
    ///
    /// # Errors
    /// [`StoreError::Precondition`](skyfeed_ports::store::StoreError::Precondition) if somebody else wrote it meanwhile.
    pub(crate) async fn write(&mut self, env: &Environment, state: PublishedState) -> Result<(), StepError> {
        let record = Published { format: SECOND_FORMAT, id: self.id.clone(), state };
        let condition = self.etag.clone().map_or(Condition::IfAbsent, Condition::IfMatch);
        let etag = write_json(&*env.work, &layout::published(&self.id), &record, condition).await?;
        (self.record, self.etag) = (Some(record), Some(etag));
        Ok(())
    }

    /// Deletes it, if nobody else wrote it meanwhile as far as a look before tells.
    ///
    /// # Errors
    /// As [`RecordInTurn::write`].
    pub(crate) async fn forget(&mut self, env: &Environment) -> Result<(), StepError> {
        let key = layout::published(&self.id);
        let there = env.work.head(&key).await?.map(|meta| meta.etag);
        if there != self.etag {
            return Err(skyfeed_ports::store::StoreError::Precondition { key }.into());
        }
        if there.is_some() {
            env.work.delete(&[key]).await?;
        }
        (self.record, self.etag) = (None, None);
        Ok(())
    }
}
