//! `publish`: copy an approved revision to the site.

use jiff::Timestamp;
use skyfeed_ports::store::{Condition, ETag, ObjectMeta, StoreError};

use crate::{
    claim::{Settled, in_turn},
    config::SiteLayout,
    environment::Environment,
    error::StepError,
    id::ImageId,
    kept,
    layout::{self, site},
    names::{Person, Pixels, Revision},
    objects::sha256_hex,
    outcome::Outcome,
    record::{Live, Manifest, PublishedState, SitePlace},
    site_folder::{self, Objects},
    sort_date::sort_date,
    stage::Stage,
    staged::{Study, TileReader},
    standing::{Approval, Evidence, REJECTED_BUT_LIVE, Standing, State},
    turn::RecordInTurn,
};

mod documents;
mod tiles;
mod undo;

use documents::Documents;
use tiles::copy_tiles;
pub use undo::settle_unfinished;
use undo::undo;

/// How many times it begins anew when others write about the same image.
const ROUNDS: u32 = 5;

/// A revision that is to be on the site.
struct Approved {
    study: Study,
    by: Vec<Person>,
}

/// Copies the approved revision of an image to the site: the intent to `published/<id>.json` first, then tiles, `index.wtml` after all that it names, and the record last.
///
/// What is there already is not copied again; what lacks or was changed by others is.
///
/// # Errors
/// Nothing is approved, the staged study is not what was approved, the image was taken down or rejected, or a store failed.
pub async fn publish(env: &Environment, id: &ImageId) -> Result<Outcome<Revision>, StepError> {
    publish_by(env, id, Evidence::of(env, id).await?).await
}

/// What [`publish`] would come to. Writes nothing.
///
/// # Errors
/// As [`publish`].
pub async fn plan(env: &Environment, id: &ImageId) -> Result<Outcome<Revision>, StepError> {
    let evidence = Evidence::of(env, id).await?;
    if let Some(revision) = is_whole_without_staged(env, &evidence).await? {
        return Ok(Outcome::AlreadyDone(revision));
    }
    let approved = approved(env, &evidence)?;
    let documents = Documents::of(env, &approved.study).await?;
    let is_there = is_there(env, &evidence, &approved, &documents).await?;
    if !is_there {
        let study = &approved.study;
        futures::future::try_join(study.thumbnail(&*env.work), TileReader::open(&env.work, study)).await?;
    }
    let revision = approved.study.revision;
    Ok(if is_there { Outcome::AlreadyDone(revision) } else { Outcome::Done(revision) })
}

/// [`publish`] by what the caller knows of the image.
pub(crate) async fn publish_by(
    env: &Environment,
    id: &ImageId,
    mut evidence: Evidence,
) -> Result<Outcome<Revision>, StepError> {
    for _ in 0..ROUNDS {
        match publish_once(env, id, &evidence).await {
            // Somebody decided, took it down or published it meanwhile: what is right now may be something else.
            Err(StepError::Store(StoreError::Precondition { .. })) => evidence = Evidence::of(env, id).await?,
            ended => return ended,
        }
    }
    Err(StoreError::Precondition { key: layout::published(id) }.into())
}

async fn publish_once(env: &Environment, id: &ImageId, evidence: &Evidence) -> Result<Outcome<Revision>, StepError> {
    if let Some(revision) = is_whole_without_staged(env, evidence).await? {
        return Ok(Outcome::AlreadyDone(revision));
    }
    let approved = approved(env, evidence)?;
    tracing::Span::current().record("revision", approved.study.revision.as_str());
    let documents = match Documents::of(env, &approved.study).await {
        Ok(documents) => documents,
        // In a turn, so that the history has it.
        Err(error) => return in_turn(env, Stage::Publish.turn(id), |_, _| async { Err(error) }).await,
    };
    if is_there(env, evidence, &approved, &documents).await? {
        return Ok(Outcome::AlreadyDone(approved.study.revision));
    }
    in_turn(env, Stage::Publish.turn(id), |env, turn| {
        let job = Copy { evidence: evidence.clone(), approved: &approved, documents: &documents, turn };
        async move { job.run(&env).await }
    })
    .await
}

/// The study that is to be on the site by the decisions.
fn approved(env: &Environment, evidence: &Evidence) -> Result<Approved, StepError> {
    let id = &evidence.id;
    let nothing = |why: &str| {
        StepError::Refused(format!("`{id}` has no revision that may be published ({why}); `approve` it first"))
    };
    let Some(standing) = Standing::derived(env, evidence.clone()) else { return Err(StepError::unknown(id)) };
    if matches!(standing.state, State::Retracted | State::Skipped) {
        return Err(StepError::Refused(format!("`{id}` was taken down; `restore` it first")));
    }
    let is_live = |revision: &&Revision| {
        standing.state == State::Published
            && standing.code != REJECTED_BUT_LIVE
            && standing.revision.as_ref() == Some(*revision)
    };
    let revision = standing.to_publish.as_ref().or(standing.revision.as_ref().filter(is_live));
    let revision = revision.ok_or_else(|| nothing(&standing.why))?;
    let study = evidence
        .study(revision)
        .map_err(|problem| StepError::Manifest { key: layout::manifest(id, revision), problem: problem.to_owned() })?;
    let Some(study) = study.cloned() else { return Err(nothing("its staged files are gone")) };
    let by = standing.revisions.iter().find(|one| one.revision == *revision && one.approval == Approval::Approved);
    // What was live once stays so without its decisions.
    let by = by.map_or_else(|| standing.who.clone(), |one| one.approved_by.clone());
    Ok(Approved { study, by })
}

/// What is on the site as its record says, though its staged files are gone and nothing could be made again of them: then there is nothing to do either.
async fn is_whole_without_staged(env: &Environment, evidence: &Evidence) -> Result<Option<Revision>, StepError> {
    let Some(PublishedState::Live(live)) = RecordInTurn::of(evidence).state().cloned() else { return Ok(None) };
    let (Some(sha256), Some(pixels)) = (&live.listing_sha256, &live.pixels) else { return Ok(None) };
    let is_staged = evidence.staged.iter().any(|staged| staged.revision == live.revision);
    if is_staged || live.to.as_ref() != Some(&SitePlace::of(&env.config)) {
        return Ok(None);
    }
    let standing = Standing::derived(env, evidence.clone());
    if !standing.is_some_and(|one| one.state == State::Published && one.to_publish.is_none()) {
        return Ok(None);
    }
    let id = &evidence.id;
    let prefix = format!("{}{}", site::folder(id), site::tile_prefix(env.config.site_layout, pixels));
    let objects = site_folder::list_pixels(env, id, &prefix).await?;
    let index = env.site.get(&site::index(id)).await?;
    let same = index.is_some_and(|index| sha256_hex(&index.bytes) == live.index_sha256);
    Ok((same && site_folder::digest(&objects) == *sha256).then_some(live.revision))
}

/// Whether all of it is on the site: its documents as they should be, and its tiles as they were put.
async fn is_there(
    env: &Environment,
    evidence: &Evidence,
    approved: &Approved,
    documents: &Documents,
) -> Result<bool, StepError> {
    let study = &approved.study;
    let record = RecordInTurn::of(evidence);
    let Some(PublishedState::Live(live)) = record.state() else { return Ok(false) };
    let same = documents.are(live, study) && live.to.as_ref() == Some(&SitePlace::of(&env.config));
    Ok(same && documents.are_on_site(env, &study.id).await? && are_whole(env, study, live).await?.is_some())
}

/// The tiles on the site, if they are as the record says; `None` if something lacks or differs, or if the record does not say.
async fn are_whole(env: &Environment, study: &Study, live: &Live) -> Result<Option<Objects>, StepError> {
    let (Some(sha256), Some(pixels)) = (&live.listing_sha256, &live.pixels) else { return Ok(None) };
    let layout_then = live.to.as_ref().map(|to| to.layout);
    if *pixels != study.pixels || layout_then != Some(env.config.site_layout) {
        return Ok(None);
    }
    let objects = site_folder::list_pixels(env, &study.id, &tiles::folder(env.config.site_layout, study)).await?;
    Ok(Some(objects).filter(|objects| site_folder::digest(objects) == *sha256))
}

/// One publication, in its turn.
struct Copy<'a> {
    evidence: Evidence,
    approved: &'a Approved,
    documents: &'a Documents,
    turn: u32,
}

impl Copy<'_> {
    async fn run(mut self, env: &Environment) -> Result<Settled<Revision>, StepError> {
        let Approved { study, by } = self.approved;
        let id = &study.id;
        // As it was when all else was read: if it is another by now, the intent is not written, and all is read anew.
        let mut record = RecordInTurn::of(&self.evidence);
        let index = env.site.head(&site::index(id)).await?.map(|meta| meta.etag);
        let layout = env.config.site_layout;
        let there = self.there(env, &record).await?;
        let kept = self.keep_what_is_overwritten(env, &record).await?;
        self.say(env, &mut record).await?;
        let sort_date = record.sort_date();
        let objects = copy_tiles(env, layout, study, there).await?;
        // The last moment at which a reject or a takedown can keep it off the site.
        if let Err(refused) = self.look_again(env).await {
            if !refused.is_transient() {
                undo(env, &mut record).await?;
            }
            return Err(refused);
        }
        self.documents.put(env, id, index).await?;
        let live = live_record(env, study, self.documents, &objects, sort_date, by.clone()).await?;
        tiles::delete_stale(env, layout, id, &objects).await?;
        record.write(env, PublishedState::Live(live)).await?;
        if let Some(revision) = kept {
            kept::forget(env, &kept::list(env, id, Some(&revision)).await?).await?;
        }
        Ok(Settled::Done { receipt: study.revision.to_string(), value: study.revision.clone() })
    }

    /// Reads again what may have changed, and fails unless this revision is still to be published.
    async fn look_again(&mut self, env: &Environment) -> Result<(), StepError> {
        self.evidence.look_again(env).await?;
        let now = approved(env, &self.evidence)?;
        if now.study.revision == self.approved.study.revision {
            Ok(())
        } else {
            Err(StoreError::Precondition { key: layout::published(&now.study.id) }.into())
        }
    }

    /// What is on the site of this revision's pixels and need not be copied: all of it if it is what the record says, and what an earlier attempt left.
    async fn there(&self, env: &Environment, record: &RecordInTurn) -> Result<Objects, StepError> {
        let study = &self.approved.study;
        let whole = match record.live() {
            Some(live) => are_whole(env, study, live).await?,
            None => None,
        };
        match (whole, record.state()) {
            (Some(whole), _) => Ok(whole),
            (None, Some(PublishedState::Publishing { pixels: Some(pixels), before, layout: Some(began), .. }))
                if *pixels == study.pixels
                    && *began == env.config.site_layout
                    && is_of_its_own(*began, pixels, before) =>
            {
                Ok(site_folder::list_pixels(env, &study.id, &tiles::folder(*began, study)).await?)
            }
            _ => Ok(Objects::new()),
        }
    }

    /// In toasty's layout, what is live is overwritten tile by tile. If it is no longer staged, nothing could put it back, so it is copied first; a second attempt finds the copy. Answers whose
    /// it is.
    async fn keep_what_is_overwritten(
        &self,
        env: &Environment,
        record: &RecordInTurn,
    ) -> Result<Option<Revision>, StepError> {
        let study = &self.approved.study;
        let Some(live) = record.live().filter(|live| undo::is_in_toastys_layout(live)) else { return Ok(None) };
        let is_staged = self.evidence.staged.iter().any(|staged| staged.revision == live.revision);
        let is_other = live.pixels.as_ref() != Some(&study.pixels);
        if env.config.site_layout == SiteLayout::Skyfeed || is_staged || !is_other {
            return Ok(None);
        }
        if matches!(record.state(), Some(PublishedState::Live(_))) {
            let on_site = site_folder::list(env, &study.id).await?;
            let name = |object: &ObjectMeta| object.key[site::folder(&study.id).len()..].to_owned();
            let of_live = on_site.iter().filter(|object| site_folder::is_ours(&name(object)));
            kept::keep(env, &study.id, Some(&live.revision), &of_live.collect::<Vec<_>>()).await?;
        }
        Ok(Some(live.revision.clone()))
    }

    /// Says in the record what is about to happen. What another attempt left that is nothing of this goes first.
    async fn say(&self, env: &Environment, record: &mut RecordInTurn) -> Result<(), StepError> {
        let study = &self.approved.study;
        undo::clear_pixels(env, record, Some((&study.pixels, env.config.site_layout))).await?;
        let before = record.live().cloned();
        let state = PublishedState::Publishing {
            revision: study.revision.clone(),
            pixels: Some(study.pixels.clone()),
            turn: self.turn,
            before,
            sort_date: record.sort_date(),
            layout: Some(env.config.site_layout),
        };
        record.write(env, state).await
    }
}

/// Whether nothing but this publication puts anything where its tiles go.
fn is_of_its_own(layout: SiteLayout, pixels: &Pixels, before: &Option<Live>) -> bool {
    match layout {
        SiteLayout::Skyfeed => before.as_ref().and_then(|live| live.pixels.as_ref()) != Some(pixels),
        SiteLayout::Toasty => before.is_none(),
    }
}

/// The record of a study whose documents and tiles are on the site.
///
/// What has no date of its own keeps the place in the index that it has, or gets that of its first document.
async fn live_record(
    env: &Environment,
    study: &Study,
    documents: &Documents,
    objects: &Objects,
    date_before: Option<Timestamp>,
    by: Vec<Person>,
) -> Result<Live, StepError> {
    let sort_date = match sort_date(&documents.folder).or(date_before) {
        Some(date) => date,
        None => {
            let key = site::index(&study.id);
            let meta = env.site.head(&key).await?;
            meta.ok_or_else(|| StepError::Missing(format!("`{key}` was deleted meanwhile")))?.modified
        }
    };
    Ok(Live {
        revision: study.revision.clone(),
        pixels: Some(study.pixels.clone()),
        sort_date,
        index_sha256: documents.sha256.clone(),
        image_sha256: study.image_sha256.clone(),
        title: Manifest::short_title(&documents.folder.name),
        by: by.iter().map(ToString::to_string).collect(),
        listing_sha256: Some(site_folder::digest(objects)),
        to: Some(SitePlace::of(&env.config)),
    })
}

/// The condition of a write of what was seen with this tag.
fn as_seen(etag: Option<ETag>) -> Condition {
    etag.map_or(Condition::IfAbsent, Condition::IfMatch)
}
