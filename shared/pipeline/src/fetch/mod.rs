//! `fetch`: download one candidate into the inbox, for the first time or because the source has another by now.

use skyfeed_ports::{
    ledger::Work,
    store::{Condition, ETag, ObjectMeta},
};

use crate::stage::Stage;
use crate::{
    claim::{Settled, perform},
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{parse_record, read_json, sha256_hex, write_json},
    outcome::Outcome,
    put_off,
    record::{Candidate, FetchedRecord, SECOND_FORMAT, SourceRecord},
    source::{Ask, Begun, Fetched},
    standing::{Standing, State},
    unusable,
};

mod inbox;
mod parts;
mod receive;

use inbox::{Inbox, Place};
use parts::Parts;
use receive::{Content, Received};

pub use parts::PART_BYTES;

/// How often a download starts over because the source's record changed meanwhile.
const ROUNDS: u32 = 3;

/// Downloads a candidate: `source.json` first, the image last, because the image's creation triggers `tile`. If it was downloaded before and changed at the source, the source is asked whether
/// its file is another; what is staged or published stays.
///
/// The outcome carries the key of the image.
///
/// # Errors
/// There is no such candidate, or a store failed. What the source does not give is put off: [`StepError::PutOff`] says until when.
pub async fn fetch(env: &Environment, id: &ImageId) -> Result<Outcome<String>, StepError> {
    match due(env, id).await? {
        Due::Settled(settled) => return Ok(settled),
        Due::Again => return fetch_again(env, id).await,
        Due::Now => {}
    }
    let (candidate, work) = wanted(env, id).await?;
    let confirm = |_| async { Ok(confirm(env, id).await?.map(|there| there.map(Here::before))) };
    let fetched = perform(env, work, confirm, |env| async move { download(&env, candidate, false).await }).await?;
    Ok(match fetched {
        Outcome::Done(Here { image, is_new: false }) => Outcome::AlreadyDone(image),
        fetched => fetched.map(|here| here.image),
    })
}

/// An image in the inbox, and whether anything of it came now.
struct Here {
    image: String,
    is_new: bool,
}

impl Here {
    fn before(image: String) -> Self {
        Self { image, is_new: false }
    }
}

/// What [`fetch`] would come to; with `again`, [`fetch_again`]. Writes nothing.
///
/// # Errors
/// As [`fetch`].
pub async fn plan(env: &Environment, id: &ImageId, again: bool) -> Result<Outcome<()>, StepError> {
    if again {
        refuse_if_turned_away(id, Standing::of(env, id).await?.as_ref())?;
    }
    let is_due = if again { Due::Again } else { due(env, id).await? };
    if let Due::Settled(settled) = is_due {
        return Ok(settled.map(drop));
    }
    let (_, work) = wanted(env, id).await?;
    let settled = if matches!(is_due, Due::Again) || env.ledger.receipt(&work).await?.is_none() {
        None
    } else {
        confirm(env, id).await?
    };
    Ok(settled.map_or(Outcome::Done(()), |settled| settled.map(drop)))
}

/// Downloads a candidate anew, whatever is there. What is in the inbox, and why it was set aside, stays until the new image is there; what is staged or published stays in any case.
///
/// # Errors
/// There is no such candidate: an image that a person put into the inbox is not replaced. Else as [`fetch`].
pub async fn fetch_again(env: &Environment, id: &ImageId) -> Result<Outcome<String>, StepError> {
    refuse_if_turned_away(id, Standing::of(env, id).await?.as_ref())?;
    let (candidate, work) = wanted(env, id).await?;
    let nothing_confirms = |_| async { Ok(None) };
    perform(env, work, nothing_confirms, |env| async move {
        let downloaded = download(&env, candidate, true).await?;
        if matches!(downloaded, Settled::Done { .. }) {
            unusable::forget(&env, id).await?;
        }
        Ok(downloaded)
    })
    .await
    .map(|fetched| fetched.map(|here| here.image))
}

/// What is to be done for an image.
enum Due {
    /// Nothing: it is here.
    Settled(Outcome<String>),
    /// To ask the source.
    Now,
    /// To download it, whatever is here.
    Again,
}

async fn due(env: &Environment, id: &ImageId) -> Result<Due, StepError> {
    let standing = Standing::of(env, id).await?;
    let image = Inbox::find(env, id).await?.images.into_iter().next();
    if let Some(image) = &image
        && damaged(env, id, image).await?.is_some()
    {
        refuse_if_turned_away(id, standing.as_ref())?;
        return Ok(Due::Again);
    }
    if standing.as_ref().is_some_and(|standing| standing.changed_at_source) {
        return Ok(Due::Now);
    }
    if let Some(image) = image {
        return Ok(Due::Settled(Outcome::AlreadyDone(image.key)));
    }
    refuse_if_turned_away(id, standing.as_ref())?;
    Ok(Due::Now)
}

/// The digest of the image in the inbox if it was found damaged, so that it is to be downloaded again.
async fn damaged(env: &Environment, id: &ImageId, image: &ObjectMeta) -> Result<Option<String>, StepError> {
    let found = put_off::read(env, id).await?.filter(|(meta, _)| !put_off::is_over(meta.modified, image));
    Ok(found.and_then(|(_, record)| record.image_sha256))
}

/// Puts a download off that failed; that there is a damaged image stays known.
async fn failed(env: &Environment, id: &ImageId, inbox: &Inbox, error: StepError) -> Result<StepError, StepError> {
    let damaged = match inbox.images.first() {
        Some(image) => damaged(env, id, image).await?,
        None => None,
    };
    put_off::put_off(env, id, error, damaged).await
}

/// A message may come after somebody rejected the image or took it down.
fn refuse_if_turned_away(id: &ImageId, standing: Option<&Standing>) -> Result<(), StepError> {
    match standing {
        Some(Standing { state: State::Rejected | State::Retracted | State::Skipped, why, .. }) => {
            Err(StepError::Refused(format!("`{id}` is not fetched: {why}")))
        }
        _ => Ok(()),
    }
}

/// A candidate and the tag of its object.
struct Wanted {
    candidate: Candidate,
    etag: ETag,
}

/// The candidate that is to be downloaded.
async fn wanted(env: &Environment, id: &ImageId) -> Result<(Wanted, Work), StepError> {
    let key = layout::candidate(id);
    let Some(object) = env.work.get(&key).await? else {
        return Err(StepError::Missing(format!("there is no candidate `{id}`; `refresh` finds candidates")));
    };
    let candidate = parse_record(&key, &object.bytes, id, |candidate: &Candidate| &candidate.id)?;
    let work = Stage::Fetch.work(id, sha256_hex(&object.bytes));
    Ok((Wanted { candidate, etag: object.meta.etag }, work))
}

async fn confirm(env: &Environment, id: &ImageId) -> Result<Option<Outcome<String>>, StepError> {
    if Standing::of(env, id).await?.is_some_and(|standing| standing.changed_at_source) {
        return Ok(None);
    }
    if let Some(image) = Inbox::find(env, id).await?.image() {
        return Ok(Some(Outcome::AlreadyDone(image)));
    }
    Ok(unusable::reason(env, id).await?.map(Outcome::Unusable))
}

/// Downloads, and again if the source's record changed meanwhile: what is noted last has to be of the newest.
async fn download(env: &Environment, mut wanted: Wanted, again: bool) -> Result<Settled<Here>, StepError> {
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
            Some(meta) if meta.etag != wanted.etag && rounds < ROUNDS => (wanted, _) = self::wanted(env, &id).await?,
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
            unusable::set_aside(env, id, &found.reason).await?;
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
            true => inbox.whatever_is_there(id, &content.extension),
            false => inbox.place(env, id, content, before.as_ref()).await?,
        };
        let mut record_sha256 = before.and_then(|before| before.record_sha256);
        if let (Some(record), false) = (&self.record, matches!(place, Place::LeftAlone(_))) {
            let is_first = *again || inbox.images.is_empty();
            let is_ours = |there: &str| is_first || record_sha256.as_deref() == Some(there);
            record_sha256 = inbox::put_record(env, id, record, is_ours).await?.or(record_sha256);
        }
        let fetched = FetchedRecord {
            format: SECOND_FORMAT,
            id: id.clone(),
            version: content.version.clone(),
            sha256: content.sha256.clone(),
            size_bytes: content.size_bytes,
            record_sha256,
            asked: env.clock.now(),
        };
        // Without an image, the note says nothing; beside an older one, that this one need not come.
        if inbox.images.is_empty() {
            note(env, &fetched).await?;
        }
        let here = match (place, &self.received) {
            (Place::Put { key, condition }, Some(received)) => {
                received.put(env, &key, condition).await?;
                if *again {
                    inbox.keep_only(env, &key).await?;
                }
                Here { image: key, is_new: true }
            }
            (Place::Put { key, .. }, None) => return Err(StepError::Missing(format!("`{key}` was deleted meanwhile"))),
            (Place::Same(image), _) => {
                let is_new = inbox::touch(env, id, &image).await?;
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
