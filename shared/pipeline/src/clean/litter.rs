//! What of an image is nobody's. Pure: nothing is looked at here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use serde::Serialize;
use skyfeed_ports::store::ObjectMeta;

use super::Before;
use crate::{
    id::ImageId,
    layout,
    names::{Pixels, Revision},
    record::PublishedState,
    standing::{Approval, Evidence, RevisionStanding, Standing, State, order_of},
};

/// What of an image is nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Litter {
    /// The image.
    pub id: ImageId,
    /// Staged revisions.
    pub revisions: Vec<Revision>,
    /// Pyramids.
    pub pixels: Vec<Pixels>,
    /// Records that no longer mean anything.
    pub records: Vec<String>,
    /// How many parts of a download that nobody goes on with.
    pub downloads: usize,
    /// How many objects these are.
    pub objects: usize,
    /// Their size together, in bytes.
    pub bytes: u64,
    #[serde(skip)]
    metas: Vec<ObjectMeta>,
}

impl Litter {
    /// Nothing.
    pub(super) fn none(id: ImageId) -> Self {
        let (revisions, pixels, records) = (Vec::new(), Vec::new(), Vec::new());
        Self { id, revisions, pixels, records, downloads: 0, objects: 0, bytes: 0, metas: Vec::new() }
    }

    /// Whether there is nothing to delete.
    pub fn is_empty(&self) -> bool {
        self.metas.is_empty()
    }

    /// The keys of all objects.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> + '_ {
        self.metas.iter().map(|meta| meta.key.clone())
    }

    fn take(&mut self, objects: &[ObjectMeta]) {
        self.objects += objects.len();
        self.bytes += objects.iter().map(|object| object.size_bytes).sum::<u64>();
        self.metas.extend_from_slice(objects);
    }
}

impl fmt::Display for Litter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: usize, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {more}")),
        };
        let parts = [
            counted(self.revisions.len(), "staged revision", "staged revisions"),
            counted(self.pixels.len(), "pyramid", "pyramids"),
            counted(self.records.len(), "record", "records"),
            counted(self.downloads, "part of a download", "parts of a download"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let parts = parts.join(", ");
        let objects = if self.objects == 1 { "object" } else { "objects" };
        let size = match self.bytes {
            few @ 0..1_000_000 => format!("{} kB", few.div_ceil(1000)),
            bytes => format!("{:.1} MB", bytes as f64 / 1e6),
        };
        write!(out, "{parts}: {} {objects}, {size}", self.objects)
    }
}

/// What lies in the folders of an image, by the name of the folder one level down.
pub(super) struct Folders {
    staged: BTreeMap<String, Vec<ObjectMeta>>,
    pixels: BTreeMap<String, Vec<ObjectMeta>>,
    /// Parts of a download that broke off.
    downloads: Vec<ObjectMeta>,
}

impl Folders {
    pub(super) fn of(
        id: &ImageId,
        staged: Vec<ObjectMeta>,
        pixels: Vec<ObjectMeta>,
        downloads: Vec<ObjectMeta>,
    ) -> Self {
        let by_name = |root: String, objects: Vec<ObjectMeta>| {
            let mut folders: BTreeMap<String, Vec<ObjectMeta>> = BTreeMap::new();
            for object in objects {
                if let Some((name, _)) = object.key[root.len()..].split_once('/') {
                    folders.entry(name.to_owned()).or_default().push(object);
                }
            }
            folders
        };
        Self { staged: by_name(layout::staged(id), staged), pixels: by_name(layout::pixels_of(id), pixels), downloads }
    }
}

/// What the published record names: nobody may take that away.
#[derive(Default)]
struct Named {
    revisions: Vec<Revision>,
    pixels: Vec<Pixels>,
}

impl Named {
    /// `None` if the record cannot be read, so that it may name anything.
    fn of(evidence: &Evidence) -> Option<Self> {
        let mut named = Self::default();
        let Some(record) = &evidence.published else { return Some(named) };
        let record = record.content.as_ref().ok()?;
        let lives = match &record.state {
            PublishedState::Live(live) => [Some(live), None],
            PublishedState::Publishing { revision, pixels, before, .. } => {
                named.revisions.push(revision.clone());
                named.pixels.extend(pixels.clone());
                [before.as_ref(), None]
            }
            PublishedState::Retracting(taken) | PublishedState::Retracted(taken) => {
                named.revisions.extend(taken.revision.clone());
                [taken.kept.as_deref(), None]
            }
        };
        for live in lives.into_iter().flatten() {
            named.revisions.push(live.revision.clone());
            named.pixels.extend(live.pixels.clone());
        }
        Some(named)
    }
}

/// Finds what is nobody's. `made` is what the next walk would make of the inbox.
pub(super) fn find(
    evidence: &Evidence,
    standing: Option<&Standing>,
    folders: &Folders,
    made: Option<&Revision>,
    before: Before,
) -> Litter {
    let mut litter = Litter::none(evidence.id.clone());
    let Some(named) = Named::of(evidence) else { return litter };
    let live_long = standing.and_then(|standing| long_published(evidence, standing, made, before));
    let weigh = Weigh { evidence, standing, named: &named, made, before };
    let is_old = |objects: &[ObjectMeta]| objects.iter().all(|object| object.modified < before.making);
    for (name, objects) in &folders.staged {
        let Ok(revision) = name.parse::<Revision>() else { continue };
        let known = standing.and_then(|standing| standing.revisions.iter().find(|one| one.revision == revision));
        let is_long_live = live_long.as_ref() == Some(&revision);
        let goes = match known {
            Some(one) => is_long_live || weigh.is_settled(one),
            // A half, left by a worker that is gone.
            None => {
                let is_named = named.revisions.contains(&revision) && !is_long_live;
                is_old(objects) && !is_named && !is_complete(evidence, &revision)
            }
        };
        if goes {
            litter.revisions.push(revision);
            litter.take(objects);
        }
    }
    if let Some(kept) = kept_pixels(evidence, &named, &litter, live_long.as_ref()) {
        for (name, objects) in &folders.pixels {
            let Ok(pixels) = name.parse::<Pixels>() else { continue };
            if !kept.contains(&pixels) && is_old(objects) && !is_in_the_making(standing) {
                litter.pixels.push(pixels);
                litter.take(objects);
            }
        }
    }
    // Whoever goes on with a download writes to it.
    if !folders.downloads.is_empty() && folders.downloads.iter().all(|part| part.modified < before.downloads) {
        litter.downloads = folders.downloads.len();
        litter.take(&folders.downloads);
    }
    if let Some(record) = moot_put_off(evidence, standing, before.now) {
        litter.records.push(record.key.clone());
        litter.take(&[record]);
    }
    litter
}

fn is_complete(evidence: &Evidence, revision: &Revision) -> bool {
    evidence.staged.iter().any(|one| one.revision == *revision)
}

/// Whether somebody tiles the image now, or was killed at it: then the next walk ends that first.
fn is_in_the_making(standing: Option<&Standing>) -> bool {
    let attempt = standing.and_then(|standing| standing.open_attempt.as_ref());
    attempt.is_some_and(|attempt| attempt.kind == "tile" && attempt.outcome.is_none())
}

/// What a revision is weighed by.
struct Weigh<'a> {
    evidence: &'a Evidence,
    standing: Option<&'a Standing>,
    named: &'a Named,
    made: Option<&'a Revision>,
    before: Before,
}

impl Weigh<'_> {
    /// Whether people or time have settled that a revision will not be on the site, long enough ago.
    fn is_settled(&self, one: &RevisionStanding) -> bool {
        let cutoff = self.before.settled;
        let to_publish = self.standing.and_then(|standing| standing.to_publish.as_ref());
        if self.named.revisions.contains(&one.revision) || to_publish == Some(&one.revision) || one.staged >= cutoff {
            return false;
        }
        match one.approval {
            Approval::Unreadable => false,
            Approval::Rejected => one.decided.is_some_and(|decided| decided < cutoff),
            Approval::Waiting | Approval::Approved => self.made != Some(&one.revision) && self.is_replaced(one, cutoff),
        }
    }

    /// Whether something newer has been on the site for long. What waits for people although it is newer stays.
    fn is_replaced(&self, one: &RevisionStanding, cutoff: Timestamp) -> bool {
        let Some(record) = &self.evidence.published else { return false };
        let Ok(PublishedState::Live(live)) = record.content.as_ref().map(|published| &published.state) else {
            return false;
        };
        let decisions = &self.evidence.decisions;
        let (of_live, of_one) = (order_of(&live.revision, decisions), order_of(&one.revision, decisions));
        let live_staged = self.evidence.staged.iter().find(|staged| staged.revision == live.revision);
        let staged_before = live_staged.is_some_and(|live| one.staged < live.meta.modified);
        let passed_over = match one.approval {
            Approval::Approved => of_one.is_some(),
            _ => staged_before,
        };
        record.meta.modified < cutoff && of_one < of_live && passed_over
    }
}

/// What is on the site, as it should be and for long, if that is asked for.
fn long_published(
    evidence: &Evidence,
    standing: &Standing,
    made: Option<&Revision>,
    before: Before,
) -> Option<Revision> {
    let record = evidence.published.as_ref()?;
    let PublishedState::Live(live) = &record.content.as_ref().ok()?.state else { return None };
    let settled = standing.state == State::Published && !standing.is_held_up() && standing.to_publish.is_none();
    // Else nothing could make it again.
    let is_of_inbox = made == Some(&live.revision);
    (settled && is_of_inbox && live.listing_sha256.is_some() && record.meta.modified < before.published?)
        .then(|| live.revision.clone())
}

/// The pixels that somebody needs; `None` if that cannot be told.
fn kept_pixels(
    evidence: &Evidence,
    named: &Named,
    litter: &Litter,
    live_long: Option<&Revision>,
) -> Option<BTreeSet<Pixels>> {
    let mut kept = BTreeSet::new();
    for staged in evidence.staged.iter().filter(|staged| !litter.revisions.contains(&staged.revision)) {
        kept.insert(staged.study.as_ref()?.as_ref().ok()?.pixels.clone());
    }
    if live_long.is_none() {
        kept.extend(named.pixels.iter().cloned());
    }
    Some(kept)
}

/// A record that the image is tried again later, when it has gone on, was turned away, or is no more.
fn moot_put_off(evidence: &Evidence, standing: Option<&Standing>, now: Timestamp) -> Option<ObjectMeta> {
    let record = evidence.put_off.as_ref()?;
    let over = record.content.as_ref().is_ok_and(|off| off.until < now);
    let waits = standing.is_some_and(|standing| {
        matches!(
            standing.state,
            State::Offered | State::Fetched | State::PutOff { .. } | State::Unusable | State::Unreadable
        )
    });
    (over && !waits).then(|| record.meta.clone())
}
