//! A feed through one kill after another.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;
use skyfeed_test_support::{Random, files};
use tempfile::TempDir;

use super::{
    check,
    tally::{Hit, Tally},
};
use crate::support::{OwnFeed, Ran, oracle};

/// A killed worker's claim lasts for fifteen seconds; a machine with twenty feeds at work is slow.
const LONGEST_RUN: Duration = Duration::from_secs(40);

/// What is done when the kill comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    Run,
    Publish,
    Retract,
    Restore,
    Renew,
    Tile,
    Fetch,
    Approve,
    Reject,
    Reindex,
    Rebuild,
    Refresh,
}

impl Moment {
    pub(super) const ALL: [Self; 12] = [
        Self::Run,
        Self::Publish,
        Self::Retract,
        Self::Restore,
        Self::Renew,
        Self::Tile,
        Self::Fetch,
        Self::Approve,
        Self::Reject,
        Self::Reindex,
        Self::Rebuild,
        Self::Refresh,
    ];
}

/// Where an image has to be when the run after the kill has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// On the site, with this many revisions approved.
    Live { approved: usize },
    /// Waiting; nothing of it is public.
    Staged,
    /// Turned away; nothing of it is public.
    Rejected,
    /// Taken down.
    Down,
}

pub(super) struct Life<'a> {
    pub(super) feed: OwnFeed,
    pub(super) expected: BTreeMap<String, Expected>,
    temporary: TempDir,
    random: Random,
    tally: &'a Tally,
    pictures: usize,
    told: Vec<String>,
}

impl<'a> Life<'a> {
    pub(super) fn begin(seed: u64, tally: &'a Tally) -> Self {
        let feed = OwnFeed::new(&[], "");
        let temporary = TempDir::new().unwrap();
        Self { feed, expected: BTreeMap::new(), temporary, random: Random::new(seed), tally, pictures: 0, told: vec![] }
    }

    /// What was done, for whoever has to find out.
    pub(super) fn told(&self) -> String {
        self.told.join("\n")
    }

    /// Kills a command of this kind, runs, and looks at everything.
    pub(super) fn see(&mut self, moment: Moment) {
        let id = self.prepare(moment);
        let before = check::irreplaceable(&self.feed);
        self.strike(moment, &id);
        let should = self.expect(moment, &id);
        let began = Instant::now();
        self.finish(&["run"]);
        let lasted = began.elapsed();
        assert!(lasted < LONGEST_RUN, "the run after the kill took {lasted:?}");
        let planned = self.finish(&["run", "--dry-run"]);
        assert_eq!(planned.stdout, "nothing to do\n", "a second run would do something");
        if let Some(should) = should {
            self.expected.insert(id, should);
        }
        check::nothing_is_gone(&self.feed, &before);
        let tiles = check::everything(&self.feed, &self.expected);
        let left = files(self.temporary.path()).unwrap();
        assert!(left.is_empty(), "temporary files are left: {left:?}");
        self.tally.ran(lasted, tiles);
    }

    /// What killed processes left within the stores goes when it is old.
    pub(super) fn end(mut self) {
        let long_ago = SystemTime::now() - Duration::from_hours(72);
        for store in ["work", "site"] {
            let folder = self.feed.path(&format!("{store}/.skyfeed/tmp"));
            for name in files(&folder).unwrap_or_default() {
                fs::File::options().write(true).open(folder.join(name)).unwrap().set_modified(long_ago).unwrap();
            }
            self.finish(&["run"]);
            let left = files(&folder).unwrap_or_default();
            assert!(left.is_empty(), "temporary files are left: {left:?}");
        }
    }

    /// Brings a new image as far as the moment needs it.
    fn prepare(&mut self, moment: Moment) -> String {
        let id = self.picture();
        let steps: &[&str] = match moment {
            Moment::Run | Moment::Refresh => &[],
            Moment::Fetch => &["refresh"],
            Moment::Tile => &["refresh", "fetch"],
            Moment::Approve | Moment::Reject => &["refresh", "fetch", "tile"],
            Moment::Publish => &["refresh", "fetch", "tile", "approve"],
            Moment::Reindex | Moment::Rebuild => &["refresh", "fetch", "tile", "approve", "publish"],
            Moment::Retract => &["refresh", "fetch", "tile", "approve", "publish", "reindex"],
            Moment::Restore => &["refresh", "fetch", "tile", "approve", "publish", "reindex", "retract"],
            Moment::Renew => {
                &["refresh", "fetch", "tile", "approve", "publish", "reindex", "replace", "tile", "approve"]
            }
        };
        for step in steps {
            match *step {
                "replace" => self.replace(&id),
                "refresh" | "reindex" => drop(self.finish(&[step])),
                "approve" => {
                    let revision = self.newest(&id);
                    self.finish(&["approve", &id, "--revision", &revision]);
                }
                _ => drop(self.finish(&[step, &id])),
            }
        }
        id
    }

    /// Starts the command and kills it after a while.
    fn strike(&mut self, moment: Moment, id: &str) {
        let arguments: Vec<&str> = match moment {
            Moment::Run => vec!["run", "--approve-all"],
            Moment::Publish | Moment::Renew => vec!["publish", id],
            Moment::Retract => vec!["retract", id],
            Moment::Restore => vec!["restore", id],
            Moment::Tile => vec!["tile", id],
            Moment::Fetch => vec!["fetch", id],
            Moment::Approve => vec!["approve", id],
            Moment::Reject => vec!["reject", id],
            Moment::Reindex => vec!["reindex"],
            Moment::Rebuild => vec!["reindex", "--rebuild"],
            Moment::Refresh => vec!["refresh"],
        };
        let before = self.fingerprint();
        let longest = u64::try_from(self.tally.lasts(moment).as_micros()).unwrap();
        let mut wait = Duration::from_micros(self.random.number() % longest.max(1));
        // Half of the kills come after its first change, for most of its time it does nothing that matters.
        let is_at_work = self.random.below(2) == 0;
        let mut command = self.feed.command(&arguments);
        command.env("TMPDIR", self.temporary.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        if is_at_work {
            while self.fingerprint() == before && child.try_wait().unwrap().is_none() {
                thread::sleep(Duration::from_millis(1));
            }
            wait /= 2;
        }
        thread::sleep(wait);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let hit = match status.code() {
            Some(code) => {
                assert_eq!(code, 0, "{arguments:?} failed");
                Hit::After
            }
            None if self.fingerprint() == before => Hit::Before,
            None => Hit::In,
        };
        let from = if is_at_work { "its first change" } else { "its start" };
        self.told.push(format!("{arguments:?} killed {wait:?} after {from}: {hit:?}"));
        if is_at_work {
            self.tally.hit_at_work(moment, hit);
        } else {
            self.tally.hit(moment, hit);
        }
    }

    /// Where the image has to end, by what the killed command wrote.
    fn expect(&mut self, moment: Moment, id: &str) -> Option<Expected> {
        let record = fs::read(self.feed.path(&format!("work/published/{id}.json"))).unwrap_or_default();
        let record: Value = serde_json::from_slice(&record).unwrap_or_default();
        let is_down = record["state"].as_str().is_some_and(|state| state.starts_with("retract"));
        let is_decided = !check::decisions(&self.feed, id).is_empty();
        // Everything that waits is approved by the same run.
        for (other, expected) in &mut self.expected {
            if moment == Moment::Run && *expected == Expected::Staged && !check::decisions(&self.feed, other).is_empty()
            {
                *expected = Expected::Live { approved: 1 };
            }
        }
        self.told.push(format!("its record then: {record}, decided: {is_decided}"));
        Some(match moment {
            Moment::Publish | Moment::Reindex | Moment::Rebuild => Expected::Live { approved: 1 },
            Moment::Renew => Expected::Live { approved: 2 },
            Moment::Retract | Moment::Restore if is_down => Expected::Down,
            Moment::Retract | Moment::Restore => Expected::Live { approved: 1 },
            Moment::Reject if is_decided => Expected::Rejected,
            Moment::Approve | Moment::Run if is_decided => Expected::Live { approved: 1 },
            Moment::Run | Moment::Approve | Moment::Reject | Moment::Tile | Moment::Fetch | Moment::Refresh => {
                Expected::Staged
            }
        })
    }

    /// A command that nobody kills.
    fn finish(&mut self, arguments: &[&str]) -> Ran {
        self.told.push(format!("{arguments:?}"));
        let output = self.feed.command(arguments).env("TMPDIR", self.temporary.path()).output().unwrap();
        Ran::from(output).exits(0)
    }

    /// Puts a new picture into the source: mostly one of some tiles, so that there is something to interrupt.
    fn picture(&mut self) -> String {
        let (case, extension) =
            self.random.one_of(&[("02_study_avm_jpeg_513x257", "jpg"), ("03_study_avm_rgba_1000x1500", "png")]);
        self.pictures += 1;
        let id = format!("picture{}", self.pictures);
        let file = oracle(case).join(format!("input/image.{extension}"));
        fs::copy(file, self.feed.path(&format!("images/{id}.{extension}"))).unwrap();
        id
    }

    /// Gives an image other pixels, at the source and in the inbox.
    fn replace(&mut self, id: &str) {
        let source =
            files(&self.feed.path("images")).unwrap().into_iter().find(|name| name.starts_with(&format!("{id}.")));
        let source = source.unwrap();
        let (_, extension) = source.rsplit_once('.').unwrap();
        let case = if extension == "jpg" { "02_study_avm_jpeg_513x257" } else { "03_study_avm_rgba_1000x1500" };
        let mut bytes = fs::read(oracle(case).join(format!("input/image.{extension}"))).unwrap();
        // Another file of the same picture: decoders pass over what stands behind its end.
        bytes.extend_from_slice(b"\n\n");
        let inbox = files(&self.feed.path(&format!("work/inbox/{id}"))).unwrap();
        let inbox = inbox.into_iter().find(|name| name.ends_with(extension)).unwrap();
        for place in [format!("images/{source}"), format!("work/inbox/{id}/{inbox}")] {
            let new = self.feed.path("images").with_extension("new");
            fs::write(&new, &bytes).unwrap();
            fs::rename(&new, self.feed.path(&place)).unwrap();
        }
    }

    /// The revision of an image that was made last.
    fn newest(&self, id: &str) -> String {
        let folder = self.feed.path(&format!("work/staged/{id}"));
        let revisions = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let made = |path: &PathBuf| fs::metadata(path.join("manifest.json")).and_then(|it| it.modified()).ok();
        let newest = revisions.filter(|path| made(path).is_some()).max_by_key(made).unwrap();
        newest.file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// Name, size and time of everything that a command may change.
    fn fingerprint(&self) -> BTreeMap<String, (u64, SystemTime)> {
        let root = self.feed.path("");
        let stat = |name: &String| -> Option<_> {
            let meta = fs::metadata(root.join(name)).ok()?;
            Some((name.clone(), (meta.len(), meta.modified().ok()?)))
        };
        let is_lock = |name: &str| Path::new(name).components().any(|part| part.as_os_str() == ".skyfeed");
        // A ledger that was merely opened has an index of shared memory beside it.
        let found = files(&root).unwrap().into_iter().filter(|name| !is_lock(name) && !name.ends_with("-shm"));
        found
            .filter(|name| !name.ends_with("-wal") || fs::metadata(root.join(name)).is_ok_and(|it| it.len() > 0))
            .filter_map(|name| stat(&name))
            .collect()
    }
}
