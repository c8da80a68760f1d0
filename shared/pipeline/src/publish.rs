//! `publish`: copy an approved revision to the site.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use skyfeed_wtml::Folder;

use crate::stage::Stage;
use crate::{
    claim::{Settled, perform},
    config::SiteLayout,
    decide::{decisions, manifest},
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{self, site},
    objects::{read_json, sha256_hex, write_json},
    outcome::Outcome,
    record::{FORMAT, Manifest, ManifestObject, Published, PublishedState, Verdict},
    reindex::sort_date,
    revision::Revision,
};
use skyfeed_ports::store::{Body, Condition, ETag, Headers, ObjectMeta, StoreError};

/// Copies under way at a time.
const IN_FLIGHT: usize = 64;
/// Documents change; clients ask again after a minute.
pub(crate) const WTML: Headers = Headers { content_type: "application/x-wtml", cache_control: "public, max-age=60" };
const FOREVER: &str = "public, max-age=31536000, immutable";

/// A revision that enough people approved and nobody rejected.
struct Approved {
    revision: Revision,
    manifest: Manifest,
}

/// Copies the approved revision of an image to the site: tiles first, `index.wtml` after all that it names, `published/<id>.json` last.
///
/// # Errors
/// Nothing is approved, the staged study is not what was approved, the image was taken down, or a store failed.
pub async fn publish(env: &Environment, id: &ImageId) -> Result<Outcome<Revision>, StepError> {
    refuse_if_skipped(env, id).await?;
    let Some(approved) = approved(env, id).await? else {
        return Err(StepError::Refused(format!("`{id}` has no revision that may be published; `approve` it first")));
    };
    tracing::Span::current().record("revision", approved.revision.as_str());
    let documents = Documents::of(env, id, &approved).await?;
    // One claim for all revisions of an image: two of them must not be copied at the same time.
    let work = Stage::Publish.work(id, "site".to_owned());
    let confirm = |_| async {
        let done = is_live(env, id, &approved.revision, &documents).await?;
        Ok(done.then(|| Outcome::AlreadyDone(approved.revision.clone())))
    };
    perform(env, work, confirm, copy(env, id, &approved, &documents)).await
}

/// Whether an image has a revision that may be published.
///
/// # Errors
/// A store failed, or a record cannot be read.
pub async fn is_approved(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    Ok(approved(env, id).await?.is_some())
}

/// The revision whose approval is the latest, among those with enough approvals of their present manifest and no reject.
async fn approved(env: &Environment, id: &ImageId) -> Result<Option<Approved>, StepError> {
    let decisions = decisions(env, id).await?;
    let revisions: BTreeSet<&Revision> = decisions.iter().map(|(revision, _)| revision).collect();
    let mut best = None;
    for revision in revisions {
        let Some((manifest, digest)) = manifest(env, id, revision).await? else { continue };
        let about = || decisions.iter().filter(|(other, _)| other == revision).map(|(_, decision)| decision);
        if about().any(|decision| decision.decision == Verdict::Reject) {
            continue;
        }
        let approvals = || about().filter(|decision| decision.manifest_sha256 == digest);
        let people: BTreeSet<&str> = approvals().map(|decision| decision.by.as_str()).collect();
        if people.len() < env.config.approvals_required as usize {
            continue;
        }
        let latest = approvals().map(|decision| decision.at).max();
        if best.as_ref().is_none_or(|(other, _)| *other < latest) {
            best = Some((latest, Approved { revision: revision.clone(), manifest }));
        }
    }
    Ok(best.map(|(_, approved)| approved))
}

async fn refuse_if_skipped(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    match env.site.head(&site::skip_flag(id)).await? {
        Some(_) => Err(StepError::Refused(format!("`{id}` was taken down; `restore` it first"))),
        None => Ok(()),
    }
}

/// The two documents of an image on the site.
struct Documents {
    relative: Bytes,
    absolute: Bytes,
    folder: Folder,
}

impl Documents {
    async fn of(env: &Environment, id: &ImageId, approved: &Approved) -> Result<Self, StepError> {
        let key = format!("{}{}", layout::staged_revision(id, &approved.revision), layout::INDEX_REL);
        let Some(object) = env.work.get(&key).await? else {
            return Err(StepError::Missing(format!("`{key}` is gone; `tile` the image again")));
        };
        let listed = approved.manifest.objects.iter().find(|object| object.key == layout::INDEX_REL);
        if listed.is_none_or(|listed| listed.sha256 != sha256_hex(&object.bytes)) {
            return Err(altered(&key));
        }
        let mut folder = Folder::parse(&object.bytes).map_err(|source| StepError::Wtml { key: key.clone(), source })?;
        folder.rebase(&site::tile_prefix(env.config.site_layout, &approved.revision));
        let relative = folder.to_xml().into();
        folder.absolutize(&format!("{}{id}/", env.config.publish_url_prefix));
        Ok(Self { relative, absolute: folder.to_xml().into(), folder })
    }
}

async fn is_live(
    env: &Environment,
    id: &ImageId,
    revision: &Revision,
    documents: &Documents,
) -> Result<bool, StepError> {
    let record: Option<Published> = read_json(&*env.work, &layout::published(id)).await?;
    let recorded = record.is_some_and(|record| match record.state {
        PublishedState::Live { revision: live, index_sha256, .. } => {
            live == revision.as_str() && index_sha256 == sha256_hex(&documents.absolute)
        }
        PublishedState::Retracted { .. } => false,
    });
    Ok(recorded && env.site.head(&site::index(id)).await?.is_some())
}

async fn copy(
    env: &Environment,
    id: &ImageId,
    approved: &Approved,
    documents: &Documents,
) -> Result<Settled<Revision>, StepError> {
    let copied = copy_objects(env, id, approved).await?;
    put(env, &site::index_rel(id), &documents.relative).await?;
    put(env, &site::index(id), &documents.absolute).await?;
    if env.config.site_layout == SiteLayout::Toasty {
        delete_stale_tiles(env, id, &copied).await?;
    }
    // A takedown that came meanwhile wins: it may have cleared the folder before the last copies arrived.
    if let Err(refused) = refuse_if_skipped(env, id).await {
        crate::retract::clear_folder(env, id).await?;
        return Err(refused);
    }
    let Some(meta) = env.site.head(&site::index(id)).await? else {
        return Err(StepError::Missing(format!("`{}` was deleted meanwhile", site::index(id))));
    };
    let record = Published {
        format: FORMAT,
        id: id.clone(),
        state: PublishedState::Live {
            revision: approved.revision.to_string(),
            sort_date: sort_date(&documents.folder).unwrap_or(meta.modified),
            index_sha256: sha256_hex(&documents.absolute),
        },
    };
    write_json(&*env.work, &layout::published(id), &record, Condition::Always).await?;
    let revision = approved.revision.clone();
    Ok(Settled::Done { receipt: revision.to_string(), value: revision })
}

async fn put(env: &Environment, key: &str, bytes: &Bytes) -> Result<ETag, StepError> {
    Ok(env.site.put(key, Body::Bytes(bytes), WTML, Condition::Always).await?)
}

/// Copies tiles and thumbnail, each checked against the manifest; returns their keys on the site.
async fn copy_objects(env: &Environment, id: &ImageId, approved: &Approved) -> Result<BTreeSet<String>, StepError> {
    let from = layout::staged_revision(id, &approved.revision);
    let to = format!("{}{}", site::folder(id), site::tile_prefix(env.config.site_layout, &approved.revision));
    let staged = env.work.list(&from, false).await?.objects;
    let copies = Copies { env, from, to, staged };
    let wanted = approved.manifest.objects.iter().filter(|object| object.key != layout::INDEX_REL);
    // Owned, so that the work can move between threads.
    let wanted: Vec<ManifestObject> = wanted.cloned().collect();
    futures::stream::iter(wanted).map(|object| copies.copy(object)).buffer_unordered(IN_FLIGHT).try_collect().await
}

/// What the copies of one revision have in common.
struct Copies<'a> {
    env: &'a Environment,
    /// The folder in the work store.
    from: String,
    /// The folder on the site.
    to: String,
    /// What is there, by ascending key.
    staged: Vec<ObjectMeta>,
}

impl Copies<'_> {
    async fn copy(&self, object: ManifestObject) -> Result<String, StepError> {
        let source = format!("{}{}", self.from, object.key);
        let found = self.staged.binary_search_by(|meta| meta.key.cmp(&source)).ok().map(|at| &self.staged[at]);
        let Some(meta) = found.filter(|meta| meta.size_bytes == object.size_bytes) else {
            return Err(altered(&source));
        };
        // The copy is of the content that has this tag, or fails.
        match self.env.work.get(&source).await? {
            Some(there) if there.meta.etag == meta.etag => {
                if digest(there.bytes).await? != object.sha256 {
                    return Err(altered(&source));
                }
            }
            _ => return Err(StoreError::Precondition { key: source }.into()),
        }
        let target = format!("{}{}", self.to, object.key);
        let content_type = if object.key.ends_with(".jpg") { "image/jpeg" } else { "image/png" };
        let cache_control = match self.env.config.site_layout {
            SiteLayout::Skyfeed => FOREVER,
            SiteLayout::Toasty => WTML.cache_control,
        };
        self.env.work.copy_to(meta, &*self.env.site, &target, Headers { content_type, cache_control }).await?;
        Ok(target)
    }
}

/// The digest, taken where it holds up no other copy.
async fn digest(bytes: Bytes) -> Result<String, StepError> {
    let digest = tokio::task::spawn_blocking(move || sha256_hex(&bytes)).await;
    digest.map_err(|ended| StepError::Local { action: "checking an object", source: std::io::Error::other(ended) })
}

fn altered(key: &str) -> StepError {
    StepError::Refused(format!(
        "`{key}` is not what was approved; restore it, or delete its revision and `tile` the image again"
    ))
}

/// In toasty's layout revisions share a folder: tiles that the new one lacks must go, after the documents stopped naming them.
async fn delete_stale_tiles(env: &Environment, id: &ImageId, current: &BTreeSet<String>) -> Result<(), StepError> {
    let folder = site::folder(id);
    let stale: Vec<String> = env
        .site
        .list(&folder, false)
        .await?
        .objects
        .into_iter()
        .map(|object| object.key)
        .filter(|key| !current.contains(key) && site::is_of_revision(&key[folder.len()..]))
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Ok(env.site.delete(&stale).await?)
}
