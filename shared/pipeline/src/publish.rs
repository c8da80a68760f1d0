//! `publish`: copy an approved revision to the site.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::Timestamp;
use skyfeed_ports::store::{Body, Condition, ETag, Headers};
use skyfeed_wtml::Folder;

use crate::{
    claim::{Settled, perform},
    config::SiteLayout,
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{self, site},
    names::{Person, Revision},
    objects::{read_json_object, sha256_hex, write_json},
    outcome::Outcome,
    record::{Live, Manifest, Published, PublishedState, SECOND_FORMAT, SitePlace},
    site_folder::{FOREVER, WTML, clear, delete_stale},
    sort_date::sort_date,
    stage::Stage,
    staged::{Study, TileReader},
    standing::{Approval, Standing, State},
};

/// Puts under way at a time.
const IN_FLIGHT: usize = 64;

/// A revision that is to be on the site.
struct Approved {
    study: Study,
    by: Vec<Person>,
}

/// Copies the approved revision of an image to the site: the intent to `published/<id>.json` first, then tiles, `index.wtml` after all that it names, and the record last.
///
/// # Errors
/// Nothing is approved, the staged study is not what was approved, the image was taken down, or a store failed.
pub async fn publish(env: &Environment, id: &ImageId) -> Result<Outcome<Revision>, StepError> {
    publish_by(env, id, Standing::of(env, id).await?).await
}

/// What [`publish`] would come to. Writes nothing.
///
/// # Errors
/// As [`publish`].
pub async fn plan(env: &Environment, id: &ImageId) -> Result<Outcome<Revision>, StepError> {
    let approved = approved(env, id, Standing::of(env, id).await?).await?;
    let documents = Documents::of(env, &approved.study).await?;
    let is_live = is_live(env, &approved, &documents).await?;
    let revision = approved.study.revision;
    Ok(if is_live { Outcome::AlreadyDone(revision) } else { Outcome::Done(revision) })
}

/// [`publish`] by a standing that the caller knows.
pub(crate) async fn publish_by(
    env: &Environment,
    id: &ImageId,
    standing: Option<Standing>,
) -> Result<Outcome<Revision>, StepError> {
    let approved = approved(env, id, standing).await?;
    let revision = &approved.study.revision;
    tracing::Span::current().record("revision", revision.as_str());
    let documents = Documents::of(env, &approved.study).await?;
    // One claim for all revisions of an image: two of them must not be copied at the same time.
    let work = Stage::Publish.work(id, "site".to_owned());
    let confirm = |_| async {
        let done = is_live(env, &approved, &documents).await?;
        Ok(done.then(|| Outcome::AlreadyDone(revision.clone())))
    };
    perform(env, work, confirm, copy(env, &approved, &documents)).await
}

/// The study that is to be on the site by the decisions.
async fn approved(env: &Environment, id: &ImageId, standing: Option<Standing>) -> Result<Approved, StepError> {
    let nothing = |why: &str| {
        StepError::Refused(format!("`{id}` has no revision that may be published ({why}); `approve` it first"))
    };
    let Some(standing) = standing else { return Err(StepError::unknown(id)) };
    if matches!(standing.state, State::Retracted | State::Skipped) {
        return Err(StepError::Refused(format!("`{id}` was taken down; `restore` it first")));
    }
    let is_live = |revision: &&Revision| {
        standing.state == State::Published
            && standing.code != "rejected-but-live"
            && standing.revision.as_ref() == Some(*revision)
    };
    let revision = standing.to_publish.as_ref().or(standing.revision.as_ref().filter(is_live));
    let revision = revision.ok_or_else(|| nothing(&standing.why))?;
    let Some(study) = Study::find(env, id, revision).await? else { return Err(nothing("its staged files are gone")) };
    let by = standing.revisions.iter().find(|one| one.revision == *revision && one.approval == Approval::Approved);
    // What was live once stays so without its decisions.
    let by = by.map_or_else(|| standing.who.clone(), |one| one.approved_by.clone());
    Ok(Approved { study, by })
}

/// The two documents of an image on the site.
struct Documents {
    relative: Bytes,
    absolute: Bytes,
    /// Digest (hex) of the absolute one, by which the record knows what is on the site.
    sha256: String,
    folder: Folder,
}

impl Documents {
    async fn of(env: &Environment, study: &Study) -> Result<Self, StepError> {
        let bytes = study.index_rel(&*env.work).await?;
        let mut folder =
            Folder::parse(&bytes).map_err(|source| StepError::Wtml { key: study.index_rel_key(), source })?;
        folder.rebase(&site::tile_prefix(env.config.site_layout, &study.pixels));
        let relative = folder.to_xml().into();
        folder.absolutize(&format!("{}{}/", env.config.publish_url_prefix, study.id));
        let absolute: Bytes = folder.to_xml().into();
        Ok(Self { relative, sha256: sha256_hex(&absolute), absolute, folder })
    }

    /// Whether they are what a record says is on the site.
    fn are(&self, live: &Live, study: &Study) -> bool {
        live.revision == study.revision && live.index_sha256 == self.sha256
    }
}

/// Whether all of it is on the site, as far as its documents tell. A record of the first edition is as good, and is written anew when it is next published.
async fn is_live(env: &Environment, approved: &Approved, documents: &Documents) -> Result<bool, StepError> {
    let id = &approved.study.id;
    let Some((record, _)) = read_record(env, id).await? else { return Ok(false) };
    let PublishedState::Live(live) = &record.state else { return Ok(false) };
    let same = documents.are(live, &approved.study) && live.to.as_ref() == Some(&SitePlace::of(&env.config));
    Ok(same && env.site.head(&site::index(id)).await?.is_some())
}

async fn read_record(env: &Environment, id: &ImageId) -> Result<Option<(Published, ETag)>, StepError> {
    read_json_object(&*env.work, &layout::published(id)).await
}

async fn copy(env: &Environment, approved: &Approved, documents: &Documents) -> Result<Settled<Revision>, StepError> {
    let study = &approved.study;
    let id = &study.id;
    let intent = Intent::write(env, study, documents).await?;
    let copied = if intent.is_there { BTreeSet::new() } else { copy_tiles(env, study).await? };
    if !intent.is_there {
        put(env, &site::index_rel(id), &documents.relative).await?;
        put(env, &site::index(id), &documents.absolute).await?;
        if env.config.site_layout == SiteLayout::Toasty {
            delete_stale(env, id, &copied).await?;
        }
    }
    // A takedown that came meanwhile wins: it may have cleared the folder before the last tiles arrived.
    if env.site.head(&site::skip_flag(id)).await?.is_some() {
        clear(env, id).await?;
        return Err(StepError::Refused(format!("`{id}` was taken down meanwhile; `restore` it first")));
    }
    // What has no date of its own keeps the place that it has, or gets that of its first document.
    let sort_date = match sort_date(&documents.folder).or(intent.sort_date) {
        Some(date) => date,
        None => match env.site.head(&site::index(id)).await? {
            Some(meta) => meta.modified,
            None => return Err(StepError::Missing(format!("`{}` was deleted meanwhile", site::index(id)))),
        },
    };
    let live = Live {
        revision: study.revision.clone(),
        pixels: Some(study.pixels.clone()),
        sort_date,
        index_sha256: documents.sha256.clone(),
        image_sha256: study.image_sha256.clone(),
        title: Manifest::short_title(&documents.folder.name),
        by: approved.by.iter().map(ToString::to_string).collect(),
        to: Some(SitePlace::of(&env.config)),
    };
    let record = Published { format: SECOND_FORMAT, id: id.clone(), state: PublishedState::Live(live) };
    write_json(&*env.work, &layout::published(id), &record, Condition::IfMatch(intent.etag)).await?;
    Ok(Settled::Done { receipt: study.revision.to_string(), value: study.revision.clone() })
}

/// That somebody publishes this revision, before anything of it is on the site.
struct Intent {
    etag: ETag,
    /// Where in the index the image stood before.
    sort_date: Option<Timestamp>,
    /// Whether all of this revision is on the site already, and only the record has to be written anew.
    is_there: bool,
}

impl Intent {
    async fn write(env: &Environment, study: &Study, documents: &Documents) -> Result<Self, StepError> {
        let found = read_record(env, &study.id).await?;
        let before = found.as_ref().and_then(|(record, _)| record.live()).cloned();
        let is_live = matches!(&found, Some((record, _)) if matches!(record.state, PublishedState::Live(_)));
        let same = |live: &Live| is_live && documents.are(live, study);
        let is_there = before.as_ref().is_some_and(same) && env.site.head(&site::index(&study.id)).await?.is_some();
        let sort_date = found.as_ref().and_then(|(record, _)| record.sort_date());
        if let (true, Some((_, etag))) = (is_there, &found) {
            return Ok(Self { etag: etag.clone(), sort_date, is_there });
        }
        let state = PublishedState::Publishing { revision: study.revision.clone(), before };
        let record = Published { format: SECOND_FORMAT, id: study.id.clone(), state };
        let condition = found.map_or(Condition::IfAbsent, |(_, etag)| Condition::IfMatch(etag));
        let etag = write_json(&*env.work, &layout::published(&study.id), &record, condition).await?;
        Ok(Self { etag, sort_date, is_there: false })
    }
}

async fn put(env: &Environment, key: &str, bytes: &Bytes) -> Result<ETag, StepError> {
    Ok(env.site.put(key, Body::Bytes(bytes), WTML, Condition::Always).await?)
}

/// Puts tiles and thumbnail, each checked against what was approved; returns their keys on the site.
async fn copy_tiles(env: &Environment, study: &Study) -> Result<BTreeSet<String>, StepError> {
    let to = format!("{}{}", site::folder(&study.id), site::tile_prefix(env.config.site_layout, &study.pixels));
    let cache_control = match env.config.site_layout {
        SiteLayout::Skyfeed => FOREVER,
        SiteLayout::Toasty => WTML.cache_control,
    };
    let put = |name: String, bytes: Bytes, content_type: &'static str| {
        let (key, headers) = (format!("{to}{name}"), Headers { content_type, cache_control });
        async move {
            env.site.put(&key, Body::Bytes(&bytes), headers, Condition::Always).await?;
            Ok::<_, StepError>(key)
        }
    };
    let thumbnail = study.thumbnail(&*env.work).await?;
    let reader = TileReader::open(&env.work, study).await?;
    let content_type = study.tile_format().content_type();
    let tiles = reader.all().map_ok(|tile| put(tile.name, tile.bytes, content_type));
    let mut keys: BTreeSet<String> = tiles.try_buffer_unordered(IN_FLIGHT).try_collect().await?;
    keys.insert(put(layout::THUMBNAIL.to_owned(), thumbnail, "image/jpeg").await?);
    Ok(keys)
}
