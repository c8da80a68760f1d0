//! Where every image stands: one listing of each folder, and the small records that matter, many at a time.

use std::{
    collections::{BTreeMap, btree_map},
    fmt::Debug,
};

use futures::{StreamExt, TryStreamExt, stream};
use skyfeed_ports::{
    ledger::Attempt,
    store::{Listing, ObjectMeta, StoreError},
};

use super::{
    Evidence, Standing, State,
    derive::{Rules, derive},
    evidence::{Reading, StagedRevision},
};
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    inbox::Inbox,
    layout::{self, site},
    record::{Published, PutOff, Unusable},
    whole_feed,
};

/// Reads under way at a time.
const IN_FLIGHT: usize = 64;
/// A manifest of the first edition lists every tile; it is read only if there is something to decide by it.
const SMALL_BYTES: u64 = 4096;

/// Where every image of the feed stands, by id.
#[derive(Debug, Default)]
pub struct Standings {
    images: BTreeMap<ImageId, Standing>,
    candidates: BTreeMap<ImageId, ObjectMeta>,
    /// Objects in the inbox that belong to no image.
    pub misplaced: Vec<String>,
    /// What was done last for the feed as a whole and failed.
    pub of_feed: Vec<Attempt>,
    /// What lies in the inbox for each image.
    inbox: BTreeMap<ImageId, Inbox>,
}

impl Standings {
    /// Looks where every image stands.
    ///
    /// # Errors
    /// The stores cannot be listed, or the ledger failed. A record that cannot be read is told in the standing of its image.
    pub async fn all(env: &Environment) -> Result<Self, StepError> {
        let found = list(env).await?;
        let inboxes = found.evidence.iter().map(|(id, seen)| (id, &seen.evidence.inbox));
        let inboxes = inboxes.filter(|(_, inbox)| inbox.objects().next().is_some());
        let inbox = inboxes.map(|(id, inbox)| (id.clone(), inbox.clone())).collect();
        let gathered = stream::iter(found.evidence.into_values().map(|seen| gather(env, seen)))
            .buffer_unordered(IN_FLIGHT)
            .try_collect::<Vec<_>>()
            .await?;
        let candidate = |key: &str| layout::id_of_json(layout::CANDIDATES, key);
        env.records.forget_unseen(|key| candidate(key).is_some_and(|id| found.candidates.contains_key(&id)));
        let rules = Rules { config: &env.config, now: env.clock.now() };
        let mut images: BTreeMap<ImageId, Standing> =
            gathered.into_iter().filter_map(|evidence| Some((evidence.id.clone(), derive(evidence, rules)?))).collect();
        name_the_same(&mut images);
        let mut of_feed = Vec::new();
        for attempt in env.ledger.open_attempts().await? {
            if attempt.subject == whole_feed::SUBJECT {
                of_feed.push(attempt);
            } else if let Some(image) = ImageId::new(attempt.subject.clone()).ok().and_then(|id| images.get_mut(&id)) {
                image.note(attempt);
            }
        }
        Ok(Self { images, candidates: found.candidates, misplaced: found.misplaced, of_feed, inbox })
    }

    /// One image.
    pub fn get(&self, id: &ImageId) -> Option<&Standing> {
        self.images.get(id)
    }

    /// What the work store knows of `candidates/<id>.json`; `None` if nothing is written down of what the source says.
    pub fn candidate(&self, id: &ImageId) -> Option<&ObjectMeta> {
        self.candidates.get(id)
    }

    /// Whether the source offered anything, ever.
    pub(crate) fn has_candidates(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// Every image, by id.
    pub fn iter(&self) -> btree_map::Values<'_, ImageId, Standing> {
        self.images.values()
    }

    /// What lies in the inbox, by image.
    pub fn inbox(&self) -> &BTreeMap<ImageId, Inbox> {
        &self.inbox
    }
}

/// Says of each image that is not on the site whether the same file is there under another id.
fn name_the_same(images: &mut BTreeMap<ImageId, Standing>) {
    let on_site: BTreeMap<String, ImageId> = images
        .values()
        .filter(|one| one.state == State::Published)
        .filter_map(|one| Some((one.image_sha256.clone()?, one.id.clone())))
        .collect();
    for image in images.values_mut().filter(|one| one.state != State::Published) {
        image.same_as = image.image_sha256.as_ref().and_then(|digest| on_site.get(digest)).cloned();
    }
}

/// What listings tell.
struct Found {
    evidence: BTreeMap<ImageId, Seen>,
    candidates: BTreeMap<ImageId, ObjectMeta>,
    misplaced: Vec<String>,
}

/// What listings tell of one image; records are not read yet.
struct Seen {
    evidence: Evidence,
    put_off: Option<ObjectMeta>,
    unusable: Option<ObjectMeta>,
    published: Option<ObjectMeta>,
    decisions: Vec<ObjectMeta>,
    has_folder_on_site: bool,
}

impl Seen {
    fn new(id: ImageId) -> Self {
        let evidence = Evidence::none(id);
        Self {
            evidence,
            put_off: None,
            unusable: None,
            published: None,
            decisions: Vec::new(),
            has_folder_on_site: false,
        }
    }
}

async fn list(env: &Environment) -> Result<Found, StoreError> {
    let work = |folder: &'static str, delimited| env.work.list(folder, delimited);
    let singles = futures::future::try_join5(
        work(layout::CANDIDATES, true),
        work(layout::FETCHED, true),
        work(layout::PUT_OFF, true),
        work(layout::UNUSABLE, true),
        work(layout::PUBLISHED, true),
    );
    let folders = futures::future::try_join3(
        work(layout::INBOX, false),
        work(layout::STAGED, false),
        work(layout::DECISIONS, false),
    );
    let (singles, folders, on_site) = futures::future::try_join3(singles, folders, env.site.list("", true)).await?;
    let mut found = Found { evidence: BTreeMap::new(), candidates: BTreeMap::new(), misplaced: Vec::new() };
    let (candidates, fetched, put_off, unusable, published) = singles;
    found.candidates = candidates
        .objects
        .iter()
        .filter_map(|meta| Some((layout::id_of_json(layout::CANDIDATES, &meta.key)?, meta.clone())))
        .collect();
    found.each(layout::CANDIDATES, candidates, |seen, meta| seen.evidence.candidate = Some(meta));
    found.each(layout::FETCHED, fetched, |seen, meta| seen.evidence.fetched = Some(meta));
    found.each(layout::PUT_OFF, put_off, |seen, meta| seen.put_off = Some(meta));
    found.each(layout::UNUSABLE, unusable, |seen, meta| seen.unusable = Some(meta));
    found.each(layout::PUBLISHED, published, |seen, meta| seen.published = Some(meta));
    let (inbox, staged, decisions) = folders;
    found.inbox(inbox);
    for meta in staged.objects {
        let Some(id) = layout::id_of_folder(layout::STAGED, &meta.key) else { continue };
        if let Some(revision) = layout::revision_of_manifest(&id, &meta.key) {
            found.of(id).evidence.staged.push(StagedRevision { revision, meta, study: None });
        }
    }
    for meta in decisions.objects {
        if let Some(id) = layout::id_of_folder(layout::DECISIONS, &meta.key) {
            found.of(id).decisions.push(meta);
        }
    }
    for prefix in on_site.prefixes {
        if let Some(id) = layout::id_of_folder("", &prefix) {
            found.of(id).has_folder_on_site = true;
        }
    }
    Ok(found)
}

impl Found {
    fn of(&mut self, id: ImageId) -> &mut Seen {
        self.evidence.entry(id.clone()).or_insert_with(|| Seen::new(id))
    }

    fn each(&mut self, folder: &str, listing: Listing, note: impl Fn(&mut Seen, ObjectMeta)) {
        for meta in listing.objects {
            if let Some(id) = layout::id_of_json(folder, &meta.key) {
                note(self.of(id), meta);
            }
        }
    }

    fn inbox(&mut self, listing: Listing) {
        for meta in listing.objects {
            // Only what lies directly in the folder.
            match layout::id_of_folder(layout::INBOX, &meta.key).filter(|_| meta.key.matches('/').count() == 2) {
                Some(id) => self.of(id.clone()).evidence.inbox.add(&id, meta),
                None => self.misplaced.push(meta.key),
            }
        }
    }
}

/// Reads the records of one image that matter for its standing.
async fn gather(env: &Environment, seen: Seen) -> Result<Evidence, StepError> {
    let Seen { mut evidence, put_off, unusable, published, decisions, has_folder_on_site } = seen;
    let id = evidence.id.clone();
    let reading = Reading { env };
    if let Some(meta) = published {
        evidence.published = reading.record(&id, meta, |it: &Published| &it.id).await?;
    } else if has_folder_on_site {
        let (index, skip_flag) = (site::index(&id), site::skip_flag(&id));
        let (index, flag) = futures::future::join(env.site.head(&index), env.site.head(&skip_flag)).await;
        evidence.index = unless_refused(index)?.map(|meta| meta.modified);
        evidence.skip_flag = unless_refused(flag)?.map(|meta| meta.modified);
    }
    if let Some(meta) = put_off {
        evidence.put_off = reading.record(&id, meta, |it: &PutOff| &it.id).await?;
    }
    if let Some(meta) = unusable {
        evidence.unusable = reading.record(&id, meta, |it: &Unusable| &it.id).await?;
    }
    for meta in decisions {
        evidence.decisions.extend(reading.decision(&id, meta).await?);
    }
    // What is on the site was approved: only what is newer has to be looked at.
    let live = evidence.live_revision().cloned();
    let mut staged = Vec::new();
    for revision in evidence.staged {
        let nothing_to_decide = revision.meta.size_bytes > SMALL_BYTES && evidence.decisions.is_empty();
        if nothing_to_decide || Some(&revision.revision) == live.as_ref() {
            staged.push(revision);
        } else {
            staged.extend(reading.study(&id, revision).await?);
        }
    }
    evidence.staged = staged;
    Ok(evidence)
}

/// What the store refuses to look at, such as a symbolic link, is not there for us.
fn unless_refused(found: Result<Option<ObjectMeta>, StoreError>) -> Result<Option<ObjectMeta>, StoreError> {
    match found {
        Err(error) if !error.is_transient() => Ok(None),
        found => found,
    }
}
