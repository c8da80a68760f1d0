//! A feed of one image in several states, the use cases that meet on it, and what must hold whatever met whatever.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use jiff::SignedDuration;
use skyfeed_pipeline::{
    clean::{Ages, clean},
    config::SiteLayout,
    decide::{Decide, decide},
    environment::Environment,
    id::ImageId,
    outcome::Outcome,
    publish::publish,
    record::{Live, Published, PublishedState, SitePlace, Verdict},
    reindex::{Reindex, reindex},
    restore::restore,
    retract::{Reason, retract},
    sha256_hex,
    standing::{Standing, State},
    tile::tile,
    walk::{Walk, walk},
};
use skyfeed_ports::{
    ledger::MemoryLedger,
    store::{Body, Condition, Headers, MemoryStore, Store},
};

use crate::{
    gates::{GatedClock, GatedLedger, GatedStore},
    scheduler::{self, Schedule, Task, World},
    support::feed::{Feed, another, contents, person},
};

pub(crate) fn wide() -> ImageId {
    ImageId::new("wide").unwrap()
}

/// Something that somebody or some event does with the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Tile,
    Publish,
    Retract,
    Restore,
    Edit,
    Fold,
    Rebuild,
    CatchUp,
    Approve,
    Reject,
    Walk,
    Clean,
}

impl Act {
    pub(crate) const ALL: [Self; 12] = [
        Self::Tile,
        Self::Publish,
        Self::Retract,
        Self::Restore,
        Self::Edit,
        Self::Fold,
        Self::Rebuild,
        Self::CatchUp,
        Self::Approve,
        Self::Reject,
        Self::Walk,
        Self::Clean,
    ];
}

/// Where the image stands when they meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Its first revision waits.
    Waiting,
    /// Its first revision is approved.
    Approved,
    /// Its first revision is live, its second is approved.
    Renewed,
    /// It was live and is down.
    Down,
    /// It was live and is down, and the index does not know it yet.
    JustDown,
    /// Its first revision is live; its second, of another picture, is approved, and its tiles go where those of the first are.
    Overwriting,
    /// It was live, its files were cleaned, and it is down: a copy was kept.
    Kept,
}

impl Start {
    pub(crate) const ALL: [Self; 7] =
        [Self::Waiting, Self::Approved, Self::Renewed, Self::Down, Self::JustDown, Self::Overwriting, Self::Kept];
}

/// Stores and ledger at the beginning, to be copied for each run.
pub(crate) struct Frozen {
    feed: Feed,
    work: MemoryStore,
    site: MemoryStore,
    ledger: MemoryLedger,
    /// What each revision that may be live has for tiles, by the name of its pixels.
    tiles: Tiles,
    start: Start,
}

type Tiles = BTreeMap<String, BTreeMap<String, Bytes>>;

/// So long ago that the stores give no such time.
const FUTURE: SignedDuration = SignedDuration::from_hours(-24 * 365 * 100);

const JSON: Headers = Headers { content_type: "application/json", cache_control: "no-store" };

async fn edit(env: &Environment, title: &str) {
    let key = "inbox/wide/source.json";
    let Ok(Some(object)) = env.work.get(key).await else { return };
    let mut record: serde_json::Value = serde_json::from_slice(&object.bytes).unwrap();
    record["title"] = title.into();
    let bytes = Bytes::from(serde_json::to_vec(&record).unwrap());
    let _ = env.work.put(key, Body::Bytes(&bytes), JSON, Condition::Always).await;
}

async fn say(env: &Environment, verdict: Verdict, by: &str) -> bool {
    let Ok(Some(standing)) = Standing::of(env, &wide()).await else { return false };
    // The newest.
    let Some(revision) = standing.revisions.first().map(|one| one.revision.clone()) else { return false };
    let (by, note) = (person(by), String::new());
    let command = Decide { id: wide(), revision: Some(revision), verdict, by, note, manifest_sha256: None };
    decide(env, &command).await.is_ok()
}

impl Frozen {
    pub(crate) fn new(start: Start) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let feed = Feed::new(if start == Start::Overwriting { "site_layout: toasty\n" } else { "" });
        let mut tiles = Tiles::new();
        runtime.block_on(async {
            let (env, id) = feed.fetched().await;
            tile(&env, &id).await.unwrap();
            if start == Start::Waiting {
                return;
            }
            assert!(say(&env, Verdict::Approve, "anna").await);
            if start == Start::Approved {
                return;
            }
            publish(&env, &id).await.unwrap();
            reindex(&env, &Reindex::CatchUp).await.unwrap();
            note_tiles(&env, &mut tiles).await;
            if start == Start::Kept {
                let keys = contents(&*feed.work).await.into_keys();
                let staged = keys.filter(|key| key.starts_with("staged/wide/") || key.starts_with("pixels/wide/"));
                env.work.delete(&staged.collect::<Vec<_>>()).await.unwrap();
            }
            if matches!(start, Start::Down | Start::JustDown | Start::Kept) {
                retract(&env, &id, &Reason::default()).await.unwrap();
                if start != Start::JustDown {
                    reindex(&env, &Reindex::CatchUp).await.unwrap();
                }
                return;
            }
            if start == Start::Overwriting {
                let picture = another();
                env.work.put("inbox/wide/image.png", Body::Bytes(&picture), JSON, Condition::Always).await.unwrap();
            }
            edit(&env, "second").await;
            tile(&env, &id).await.unwrap();
            assert!(say(&env, Verdict::Approve, "anna").await);
        });
        let ledger = (*feed.ledger).clone();
        if !matches!(start, Start::Down | Start::JustDown | Start::Kept) {
            // On copies, what may come to be live.
            runtime.block_on(async {
                let site: Arc<dyn Store> = Arc::new((*feed.site).clone());
                let later = feed.environment_on(Arc::new((*feed.work).clone()), site);
                say(&later, Verdict::Approve, "anna").await;
                publish(&later, &wide()).await.unwrap();
                note_tiles(&later, &mut tiles).await;
            });
        }
        let (work, site) = ((*feed.work).clone(), (*feed.site).clone());
        Self { feed, work, site, ledger, tiles, start }
    }

    pub(crate) fn thaw(&self) -> Meeting<'_> {
        let (work, site, ledger) =
            (Arc::new(self.work.clone()), Arc::new(self.site.clone()), Arc::new(self.ledger.clone()));
        let world = World::new(self.feed.environment().clock.now() + std::time::Duration::from_secs(600));
        let gated = |store: &Arc<MemoryStore>| -> Arc<dyn Store> {
            Arc::new(GatedStore { store: Arc::clone(store), world: Arc::clone(&world) })
        };
        let env = Environment {
            ledger: Arc::new(GatedLedger { ledger: Arc::clone(&ledger), world: Arc::clone(&world) }),
            clock: Arc::new(GatedClock(Arc::clone(&world))),
            ..self.feed.environment_on(gated(&work), gated(&site))
        };
        let (tiles, kept) = (&self.tiles, self.start == Start::Kept);
        Meeting { world, env, site, work, taken_down: AtomicBool::new(false), tiles, kept }
    }
}

/// What is live now, and its tiles.
async fn note_tiles(env: &Environment, tiles: &mut Tiles) {
    let record = env.work.get("published/wide.json").await.unwrap().unwrap();
    let record: Published = serde_json::from_slice(&record.bytes).unwrap();
    let live = record.live().unwrap();
    let prefix = tile_prefix(live);
    let mut of_live = BTreeMap::new();
    for object in env.site.list(&prefix, true).await.unwrap().objects {
        let name = object.key[prefix.len()..].to_owned();
        if name.ends_with(".png") || name == "thumb.jpg" {
            of_live.insert(name, env.site.get(&object.key).await.unwrap().unwrap().bytes);
        }
    }
    assert!(of_live.len() > 2);
    tiles.insert(live.pixels.as_ref().unwrap().to_string(), of_live);
}

fn tile_prefix(live: &Live) -> String {
    match (&live.to, &live.pixels) {
        (Some(SitePlace { layout: SiteLayout::Skyfeed, .. }), Some(pixels)) => format!("wide/{pixels}/"),
        _ => "wide/".to_owned(),
    }
}

/// A copy of the feed on which things meet.
pub(crate) struct Meeting<'a> {
    pub(crate) world: Arc<World>,
    env: Environment,
    work: Arc<MemoryStore>,
    site: Arc<MemoryStore>,
    /// Whether a takedown said that it was done.
    taken_down: AtomicBool,
    tiles: &'a Tiles,
    /// Whether only a copy was there at the beginning.
    kept: bool,
}

impl Meeting<'_> {
    /// What is done, as a task; each has memory of its own, as a process has.
    pub(crate) fn task(&self, act: Act) -> Task<'_> {
        let env = Environment { records: Arc::default(), trigger: format!("{act:?}"), ..self.env.clone() };
        Box::pin(async move {
            let id = wide();
            match act {
                Act::Tile => drop(tile(&env, &id).await),
                Act::Publish => {
                    drop(publish(&env, &id).await);
                    fold(&env).await;
                }
                Act::Retract => {
                    let down = retract(&env, &id, &Reason::default()).await;
                    if matches!(down, Ok(Outcome::Done(()) | Outcome::AlreadyDone(()))) {
                        self.taken_down.store(true, Ordering::SeqCst);
                    }
                    fold(&env).await;
                }
                Act::Restore => {
                    drop(restore(&env, &id).await);
                    fold(&env).await;
                }
                Act::Edit => {
                    edit(&env, "third").await;
                    drop(tile(&env, &id).await);
                }
                Act::Fold => fold(&env).await,
                Act::Rebuild => drop(reindex(&env, &Reindex::Rebuild).await),
                Act::CatchUp => drop(reindex(&env, &Reindex::CatchUp).await),
                Act::Approve => drop(say(&env, Verdict::Approve, "berta").await),
                Act::Reject => drop(say(&env, Verdict::Reject, "carl").await),
                // Everything is old enough.
                Act::Clean => {
                    drop(clean(&env, &id, Ages { settled: FUTURE, published: Some(FUTURE), making: FUTURE }).await)
                }
                Act::Walk => drop(walk(&env, &Walk { refresh: false, approve_all: None }, &()).await),
            }
        })
    }

    /// Drives something to its end, with nothing beside it.
    fn alone<T>(&self, what: impl Future<Output = T>) -> T {
        let mut result = None;
        let task: Task<'_> = Box::pin(async { result = Some(what.await) });
        scheduler::run(&self.world, vec![task], &Schedule::default());
        result.unwrap()
    }

    /// What must hold at once where nothing went wrong: whoever changes the record folds afterwards, so the index is right before any run comes; and nobody makes public what was rejected
    /// while there was time to see it.
    pub(crate) fn check_at_once(&self, start: Start, acts: &[Act]) -> Result<(), String> {
        let folds = |act: &Act| !matches!(act, Act::Tile | Act::Edit | Act::Approve | Act::Reject | Act::Clean);
        let record = block_on(self.work.get("published/wide.json")).unwrap();
        let record: Option<Published> = record.map(|object| serde_json::from_slice(&object.bytes).unwrap());
        let index = block_on(self.site.get("index.wtml")).unwrap().map(|object| object.bytes).unwrap_or_default();
        let in_index = String::from_utf8_lossy(&index).contains("/feed/wide/");
        let is_live = record.as_ref().is_some_and(|record| record.live().is_some());
        if (start != Start::JustDown || acts.iter().any(folds)) && is_live != in_index {
            return Err(format!("it is live: {is_live}, in the index: {in_index}, before any run"));
        }
        // Between its last look and the document a worker does four operations, and may renew its claim.
        let late = self.world.operations_after_reject().filter(|operations| *operations > 8);
        match late {
            Some(late) if !acts.contains(&Act::Edit) && !matches!(start, Start::Renewed | Start::Overwriting) => {
                Err(format!("it was made public {late} operations after somebody had rejected it"))
            }
            _ => Ok(()),
        }
    }

    /// When all is quiet, one run later, everything must agree.
    pub(crate) fn check(&self, acts: &[Act]) -> Result<(), String> {
        self.world.advance(std::time::Duration::from_secs(120));
        let env = Environment { records: Arc::default(), trigger: "run".to_owned(), ..self.env.clone() };
        let walked = self.alone(walk(&env, &Walk { refresh: false, approve_all: None }, &()));
        let walked = walked.map_err(|error| format!("the walk failed: {:?}", error.chain()))?;
        let record = block_on(self.work.get("published/wide.json")).unwrap();
        let record: Option<Published> = record.map(|object| serde_json::from_slice(&object.bytes).unwrap());
        let get = |key: &str| block_on(self.site.get(key)).unwrap().map(|object| object.bytes);
        let index = get("index.wtml").unwrap_or_default();
        let in_index = String::from_utf8_lossy(&index).contains("/feed/wide/");
        let document = get("wide/index.wtml");
        let others = block_on(self.site.list("wide/", false)).unwrap().objects;
        let others: Vec<String> =
            others.into_iter().map(|object| object.key).filter(|key| key != "wide/skip.flag").collect();
        let told = format!("walked {:?} {:?}; site {others:?}", walked.events, walked.failures);
        let standing = block_on(Standing::of(&env, &wide())).unwrap().unwrap();
        match record.as_ref().map(|record| &record.state) {
            Some(PublishedState::Live(live)) => {
                if document.as_ref().map(|bytes| sha256_hex(bytes)) != Some(live.index_sha256.clone()) {
                    return Err(format!("the document is not that of the record; {told}"));
                }
                if !in_index {
                    return Err(format!("it is live and not in the index; {told}"));
                }
                let entry = String::from_utf8_lossy(&index).into_owned();
                let title = String::from_utf8_lossy(document.as_deref().unwrap_or_default())
                    .split("Name=\"")
                    .nth(2)
                    .map(|rest| rest.split('"').next().unwrap_or("").to_owned())
                    .unwrap_or_default();
                if !entry.contains(&format!("Name=\"{title}\"")) {
                    return Err(format!("the index shows another title than {title}; {told}"));
                }
                let pixels = live.pixels.as_ref().map(ToString::to_string).unwrap_or_default();
                let Some(tiles) = self.tiles.get(&pixels) else { return Err(format!("nobody made {pixels}; {told}")) };
                let prefix = tile_prefix(live);
                let differs =
                    tiles.iter().find(|(name, bytes)| get(&format!("{prefix}{name}")).as_ref() != Some(*bytes));
                if let Some((name, _)) = differs {
                    return Err(format!("{name} lacks or is another's; {told}"));
                }
                if standing.to_publish.is_some() {
                    return Err(format!("the newest approved revision is not live: {standing:?}; {told}"));
                }
                if self.taken_down.load(Ordering::SeqCst) && !acts.contains(&Act::Restore) {
                    return Err(format!("it was taken down and is live; {told}"));
                }
            }
            None | Some(PublishedState::Retracted(_)) => {
                if in_index || !others.is_empty() {
                    return Err(format!("it is not live, in the index: {in_index}; {told}"));
                }
                if standing.to_publish.is_some() || standing.state == State::Approved {
                    return Err(format!("it is approved and not live: {standing:?}; {told}"));
                }
            }
            other => return Err(format!("the record is left in {other:?}; {told}")),
        }
        let count = |prefix: &str| block_on(self.work.list(prefix, false)).unwrap().objects.len();
        // What is on the site, rejected or never was on the site can be made again of the inbox; what is down has to be there, or a copy of it.
        let may_be_clean = (self.kept || acts.contains(&Act::Clean))
            && match standing.state {
                State::Published | State::Rejected => count("inbox/wide/") == 2,
                State::Retracted if standing.revision.is_none() => count("inbox/wide/") == 2,
                State::Retracted => count("retracted/wide/") > 0,
                _ => false,
            };
        if count("staged/wide/") == 0 && !may_be_clean {
            return Err(format!("nothing is staged any more: {standing:?}; {told}"));
        }
        Ok(())
    }
}

/// What follows each change of the published record.
async fn fold(env: &Environment) {
    drop(reindex(env, &Reindex::Changed(vec![wide()])).await);
}

/// Drives a future to its end where operations are not scheduled.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Handle::current().block_on(future)
}
