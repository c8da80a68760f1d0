//! One download: what is asked for, what comes, and where it goes.

use skyfeed_ports::store::Condition;

use super::{
    Wanted, damaged,
    parts::{self, Parts},
    place::{self, Place, RecordToPut},
    receive::{self, Content, Received},
};
use crate::{
    claim::Settled,
    environment::Environment,
    error::StepError,
    id::ImageId,
    inbox::Inbox,
    layout,
    objects::{read_json, write_json},
    put_off,
    record::{Candidate, FetchedRecord, SECOND_FORMAT, SourceRecord},
    source::{Ask, Begun, Fetched},
    unusable,
};

/// How often a download starts over because the source's record changed meanwhile.
const ROUNDS: u32 = 3;

/// An image in the inbox, and whether anything of it came now.
pub(super) struct Here {
    pub(super) image: String,
    pub(super) is_new: bool,
}

impl Here {
    pub(super) fn before(image: String) -> Self {
        Self { image, is_new: false }
    }
}

/// Downloads, and again if the source's record changed meanwhile: what is noted last has to be of the newest.
pub(super) async fn download(env: &Environment, mut wanted: Wanted, again: bool) -> Result<Settled<Here>, StepError> {
    let id = wanted.candidate.id.clone();
    let (mut came, mut rounds) = (false, 0);
    loop {
        rounds += 1;
        let mut downloaded = download_once(env, &wanted.candidate, again).await?;
        if let Settled::Done { value, .. } = &mut downloaded {
            value.is_new |= came;
            came = value.is_new;
        }
        match env.work.head(&layout::candidate(&id)).await? {
            Some(meta) if meta.etag != wanted.etag && rounds < ROUNDS => (wanted, _) = super::wanted(env, &id).await?,
            _ => return Ok(downloaded),
        }
    }
}

async fn download_once(env: &Environment, candidate: &Candidate, again: bool) -> Result<Settled<Here>, StepError> {
    let id = &candidate.id;
    let before = fetched_before(env, id).await?;
    let inbox = Inbox::find(env, id).await?;
    let begun = Parts::load(env, id).await?;
    let known = before.as_ref().filter(|_| !again && inbox.images.len() == 1);
    let ask = Ask {
        known: known.map(|before| before.version.clone()),
        begun: begun.as_ref().map(|parts| Begun { version: parts.version.clone(), bytes: parts.bytes }),
    };
    let had_parts = begun.is_some();
    let fetched = match env.source.fetch(candidate, &ask).await {
        Ok(fetched) => fetched,
        Err(error) => return Err(failed(env, id, &inbox, error.into()).await?),
    };
    let (record, content, received) = match (fetched, known) {
        (Fetched::Unusable(found), _) => {
            unusable::set_aside_now(env, id, &found.reason).await?;
            if let Some(before) = before {
                note(env, &FetchedRecord { asked: env.clock.now(), ..before }).await?;
            }
            return Ok(Settled::Unusable(found.reason));
        }
        (Fetched::Unchanged { record }, Some(known)) => (record, Content::of(known), None),
        (Fetched::Unchanged { .. }, None) => {
            return Err(StepError::Missing(format!(
                "the source says that `{id}` did not change, and it was never here"
            )));
        }
        (Fetched::Image(mut image), _) => {
            let record = image.record.take();
            let (content, received) = match receive::receive(env, id, image, begun).await {
                Ok(received) => received,
                Err(error @ StepError::Source(_)) => return Err(failed(env, id, &inbox, error).await?),
                Err(error) => return Err(error),
            };
            (record, content, Some(received))
        }
    };
    let arrival = Arrived { record, content, received, again };
    let here = arrival.put(env, id, &inbox, before).await?;
    if had_parts || arrival.received.is_some_and(|received| received.has_parts()) {
        parts::forget(env, id).await?;
    }
    Ok(Settled::Done { receipt: here.image.clone(), value: here })
}

/// What the source has, and the image if that came.
struct Arrived {
    record: Option<SourceRecord>,
    content: Content,
    received: Option<Received>,
    /// Whether somebody asked for it, whatever is there.
    again: bool,
}

impl Arrived {
    /// Puts what came where it belongs: the record, then the image, and a note of both.
    async fn put(
        &self,
        env: &Environment,
        id: &ImageId,
        inbox: &Inbox,
        before: Option<FetchedRecord>,
    ) -> Result<Here, StepError> {
        let Self { content, again, .. } = self;
        let place = match again {
            true => place::whatever_is_there(inbox, id, &content.extension),
            false => place::of(env, id, inbox, content, before.as_ref()).await?,
        };
        let record_before = before.and_then(|before| before.record_sha256);
        let record = match (&self.record, &place) {
            (Some(record), Place::Put { .. } | Place::Same(_)) => {
                let is_ours = |there: &str| *again || record_before.as_deref() == Some(there);
                RecordToPut::of(env, id, record, is_ours).await?
            }
            _ => None,
        };
        let fetched = FetchedRecord {
            format: SECOND_FORMAT,
            id: id.clone(),
            version: content.version.clone(),
            sha256: content.sha256.clone(),
            size_bytes: content.size_bytes,
            record_sha256: record.as_ref().map(|record| record.sha256.clone()).or(record_before),
            asked: env.clock.now(),
        };
        // Without an image, the note says whose the record is; beside an older one, that this one need not come.
        if inbox.images.is_empty() {
            note(env, &fetched).await?;
        }
        if let Some(record) = record {
            record.put(env, id).await?;
        }
        let here = match (place, &self.received) {
            (Place::Put { key, condition }, Some(received)) => {
                received.put(env, &key, condition).await?;
                if *again {
                    place::keep_only(env, inbox, &key).await?;
                }
                Here { image: key, is_new: true }
            }
            (Place::Put { key, .. }, None) => return Err(StepError::Missing(format!("`{key}` was deleted meanwhile"))),
            (Place::Same(image), _) => {
                let is_new = place::touch(env, id, &image).await?;
                Here { image: image.key, is_new }
            }
            (Place::LeftAlone(image), _) => {
                tracing::warn!(key = image.key, "a person put it there, so what the source has now is passed over");
                Here::before(image.key)
            }
        };
        if !inbox.images.is_empty() {
            note(env, &fetched).await?;
        }
        Ok(here)
    }
}

/// What was downloaded before. A damaged record counts as none: the image is compared in another way then.
async fn fetched_before(env: &Environment, id: &ImageId) -> Result<Option<FetchedRecord>, StepError> {
    match read_json::<FetchedRecord>(&*env.work, &layout::fetched(id)).await {
        Err(StepError::Json { .. }) => Ok(None),
        read => Ok(read?.filter(|record| record.id == *id)),
    }
}

async fn note(env: &Environment, record: &FetchedRecord) -> Result<(), StepError> {
    write_json(&*env.work, &layout::fetched(&record.id), record, Condition::Always).await?;
    Ok(())
}

/// Puts a download off that failed; that there is a damaged image stays known.
async fn failed(env: &Environment, id: &ImageId, inbox: &Inbox, error: StepError) -> Result<StepError, StepError> {
    let damaged = match inbox.images.first() {
        Some(image) => damaged(env, id, image).await?,
        None => None,
    };
    put_off::put_off(env, id, error, damaged).await
}
