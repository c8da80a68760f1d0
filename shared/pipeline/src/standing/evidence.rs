//! What both stores hold of one image.

use bytes::Bytes;
use jiff::Timestamp;
use skyfeed_ports::{
    ledger::Attempt,
    store::{ObjectMeta, Store, StoreError},
};

use crate::{
    decisions::{Decision, Found, Refused},
    environment::Environment,
    id::ImageId,
    inbox::Inbox,
    names::Revision,
    record::{Live, Published, PutOff, Unusable},
    records::Records,
    staged::Study,
};

/// The largest decision or other small record that is read, in bytes; the first edition's manifests name each tile.
const LARGEST_RECORD: u64 = 1 << 20;
const LARGEST_MANIFEST: u64 = 256 << 20;

/// A record of the work store, or why it cannot be read.
#[derive(Clone, Debug)]
pub struct Record<T> {
    /// What the store knows of it.
    pub meta: ObjectMeta,
    /// What it says.
    pub content: Result<T, String>,
}

/// A complete revision.
#[derive(Clone, Debug)]
pub struct StagedRevision {
    /// The revision.
    pub revision: Revision,
    /// What the store knows of its manifest.
    pub meta: ObjectMeta,
    /// What the manifest says, or why it cannot be read; `None` if nobody needs to know.
    pub study: Option<Result<Study, String>>,
}

/// All that the standing of an image is derived from.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The image.
    pub id: ImageId,
    /// `candidates/<id>.json`.
    pub candidate: Option<ObjectMeta>,
    /// `fetched/<id>.json`.
    pub fetched: Option<ObjectMeta>,
    /// `put-off/<id>.json`.
    pub put_off: Option<Record<PutOff>>,
    /// What lies in `inbox/<id>/`.
    pub inbox: Inbox,
    /// `unusable/<id>.json`.
    pub unusable: Option<Record<Unusable>>,
    /// The complete revisions.
    pub staged: Vec<StagedRevision>,
    /// What lies in `decisions/<id>/`, as far as it matters.
    pub decisions: Vec<Found>,
    /// `published/<id>.json`.
    pub published: Option<Record<Published>>,
    /// When the image's `index.wtml` on the site was written; only looked at where no record tells.
    pub index: Option<Timestamp>,
    /// When the image's `skip.flag` was written; only looked at where no record tells, or if the image was asked for by its id.
    pub skip_flag: Option<Timestamp>,
    /// The last attempt that failed or is still running.
    pub open_attempt: Option<Attempt>,
}

impl Evidence {
    /// Nothing at all.
    pub fn none(id: ImageId) -> Self {
        Self {
            id,
            candidate: None,
            fetched: None,
            put_off: None,
            inbox: Inbox::default(),
            unusable: None,
            staged: Vec::new(),
            decisions: Vec::new(),
            published: None,
            index: None,
            skip_flag: None,
            open_attempt: None,
        }
    }

    /// A staged study; `None` if it is not there, or was not looked at.
    ///
    /// # Errors
    /// Why its manifest cannot be read.
    pub(crate) fn study(&self, revision: &Revision) -> Result<Option<&Study>, &str> {
        let staged = self.staged.iter().find(|staged| staged.revision == *revision);
        staged.and_then(|staged| staged.study.as_ref()).map(|study| study.as_ref().map_err(String::as_str)).transpose()
    }

    /// What is live by the published record, if that can be read.
    pub(super) fn live(&self) -> Option<&Live> {
        self.published.as_ref()?.content.as_ref().ok()?.live()
    }

    /// The revision that is live.
    pub(super) fn live_revision(&self) -> Option<&Revision> {
        self.live().map(|live| &live.revision)
    }
}

/// Reads what a listing or a head found.
pub(super) struct Reading<'a> {
    pub(super) env: &'a Environment,
}

impl Reading<'_> {
    /// Reads a record of one image, which must say the same id as its key. `None` if it was deleted meanwhile.
    pub(super) async fn record<T: serde::de::DeserializeOwned>(
        &self,
        id: &ImageId,
        meta: ObjectMeta,
        said: impl Fn(&T) -> &ImageId,
    ) -> Result<Option<Record<T>>, StoreError> {
        Ok(match self.bytes(&meta, LARGEST_RECORD).await? {
            Some(bytes) => Some(Record { content: bytes.and_then(|bytes| read(id, &bytes, said)), meta }),
            None => None,
        })
    }

    /// Reads a record of one image by its key; `None` if there is none. That it cannot be read is an error of the image that was asked for.
    pub(super) async fn record_at<T: serde::de::DeserializeOwned>(
        &self,
        id: &ImageId,
        key: String,
        said: impl Fn(&T) -> &ImageId,
    ) -> Result<Option<Record<T>>, StoreError> {
        let object = self.env.work.get(&key).await?;
        Ok(object.map(|object| Record { content: read(id, &object.bytes, said), meta: object.meta }))
    }

    /// Reads a decision; `None` if it was deleted meanwhile. What no decision can be is not read.
    pub(super) async fn decision(&self, id: &ImageId, meta: ObjectMeta) -> Result<Option<Found>, StoreError> {
        let about = match Decision::about(id, &meta.key) {
            Ok(about) => about,
            Err(refused) => return Ok(Some(Err(refused))),
        };
        Ok(match self.bytes(&meta, LARGEST_RECORD).await? {
            Some(Ok(bytes)) => Some(Decision::read(id, &meta, &bytes)),
            Some(Err(reason)) => Some(Err(Refused { key: meta.key, reason, might_reject: Some(about) })),
            None => None,
        })
    }

    /// Reads a manifest; `None` if it was deleted meanwhile.
    pub(super) async fn study(
        &self,
        id: &ImageId,
        mut staged: StagedRevision,
    ) -> Result<Option<StagedRevision>, StoreError> {
        let Some(bytes) = self.bytes(&staged.meta, LARGEST_MANIFEST).await? else { return Ok(None) };
        staged.study = Some(bytes.and_then(|bytes| Study::read(id, &staged.revision, &bytes)));
        Ok(Some(staged))
    }

    /// The content of an object, or why it cannot be had: what is wrong with one object is nothing against the others.
    async fn bytes(&self, meta: &ObjectMeta, most: u64) -> Result<Option<Result<Bytes, String>>, StoreError> {
        if meta.size_bytes > most {
            return Ok(Some(Err(format!("it has {} bytes, more than {most}", meta.size_bytes))));
        }
        let (records, work): (&Records, &dyn Store) = (&self.env.records, &*self.env.work);
        match records.get(work, meta).await {
            Ok(bytes) => Ok(bytes.map(Ok)),
            Err(error) if error.is_transient() => Err(error),
            Err(error) => Ok(Some(Err(skyfeed_ports::chain(&error).join(": ")))),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(
    id: &ImageId,
    bytes: &[u8],
    said: impl Fn(&T) -> &ImageId,
) -> Result<T, String> {
    let record: T = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let other = said(&record);
    if other == id { Ok(record) } else { Err(format!("it is a record of `{other}`")) }
}
