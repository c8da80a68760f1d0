//! Feeds of the first edition go on as they are: `tests/data/first-edition/README.md` says what must hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use skyfeed_test_support::files;
use tempfile::TempDir;

use crate::support::{Ran, Serving, contents, program};

/// A copy of a feed that the first edition made.
struct Old {
    root: TempDir,
}

impl Old {
    fn copy(name: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let old = Self { root: TempDir::new().unwrap() };
        for file in files(&from).unwrap() {
            let to = old.path(&file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from.join(&file), to).unwrap();
        }
        old
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn site(&self) -> BTreeMap<String, Vec<u8>> {
        contents(&self.path("site"))
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = program();
        command.args(arguments).arg("--feed").arg(self.root.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// State and waiting revisions of every image.
    fn states(&self) -> BTreeMap<String, (String, usize)> {
        let status = self.run(&["status", "--json"]).exits(0).json();
        let waiting = |image: &Value| {
            let revisions = image["revisions"].as_array().unwrap().iter();
            revisions.filter(|one| one["approval"] == "waiting" && one["live"] == false).count()
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let images = status["images"].as_array().unwrap().iter();
        images.map(|image| (text(&image["id"]), (text(&image["state"]), waiting(image)))).collect()
    }
}

/// The names of what differs between two sites.
fn changed(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) -> BTreeSet<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

#[test]
fn each_image_stands_where_the_first_edition_left_it() {
    let feed = Old::copy("first-edition");
    let old: Value = serde_json::from_slice(&fs::read(feed.path("status.json")).unwrap()).unwrap();
    let before = (contents(&feed.path("work")), feed.site());
    let states = feed.states();
    for image in old["images"].as_array().unwrap() {
        let id = image["id"].as_str().unwrap();
        let (state, waiting) = &states[id];
        let expected = match (id, image["state"].as_str().unwrap()) {
            ("retracted", _) => "retracted",
            // Its record was never written: it is approved, and what lies on the site is as others may have put it there.
            ("publish-interrupted", _) => state,
            (_, "candidate") => "offered",
            (_, state) => state,
        };
        assert_eq!(state, expected, "{id}");
        assert_eq!(*waiting, image["waiting"].as_array().unwrap().len(), "{id}");
    }
    for command in [&["status", "--all"][..], &["why", "two-people"], &["history", "two-people"]] {
        feed.run(command).exits(0);
    }
    assert!((contents(&feed.path("work")), feed.site()) == before, "looking changed something");
    let history = feed.run(&["history", "two-people"]).exits(0).stdout;
    assert!(history.contains("no. 0, revision 9c8447ce01d32917 by An Na Müller"), "{history}");
    assert!(history.contains("by bob@example.org"), "{history}");
}

#[test]
fn a_run_changes_nothing_on_the_site_but_what_was_left_to_do() {
    let feed = Old::copy("first-edition");
    let before = feed.site();
    // The damaged picture is tried again, for its file has another time.
    feed.run(&["run"]).exits(1);
    let after = feed.site();
    let unexpected = |name: &&String| {
        let is_new = name.starts_with("approved-not-yet-published/");
        !is_new && !["index.wtml", "index_rel.wtml"].contains(&name.as_str())
    };
    let changed_names = changed(&before, &after);
    let unexpected: Vec<&String> = changed_names.iter().filter(unexpected).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    let ids = |site: &BTreeMap<String, Vec<u8>>| {
        let index = String::from_utf8(site["index.wtml"].clone()).unwrap();
        let urls = index.split("Thumbnail=\"https://example.org/feed/").skip(1);
        urls.filter_map(|rest| rest.split('/').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    let (old, new) = (ids(&before), ids(&after));
    let added: Vec<&String> = new.iter().filter(|id| !old.contains(id)).collect();
    assert_eq!(added, ["approved-not-yet-published", "publish-interrupted"], "{new:?}");
    let kept: Vec<&String> = new.iter().filter(|id| old.contains(id)).collect();
    assert_eq!(kept, old.iter().collect::<Vec<_>>(), "the order changed");

    let waiting: Vec<String> =
        feed.states().into_iter().filter(|(_, (_, waiting))| *waiting > 0).map(|(id, _)| id).collect();
    let five = [
        "candidate-not-fetched",
        "fetched-not-tiled",
        "published-then-new-revision-waiting",
        "tiling-interrupted",
        "waiting",
    ];
    assert_eq!(waiting, five);
    // And then there is nothing more to do.
    let told = feed.run(&["run"]).exits(0).stdout;
    assert!(told.contains("nothing to do") && told.contains("index.wtml is up to date"), "{told}");
    assert!(feed.site() == after);
}

#[test]
fn what_it_staged_is_previewed_unpacked_and_published_as_it_is() {
    let feed = Old::copy("first-edition");
    let server = Serving::start(feed.command(&["preview", "waiting", "--no-open"]));
    let tile = server.get("/L1X1Y0.png");
    let staged = feed.path("work/staged/waiting/93de8a63097642ae");
    assert_eq!((tile.status, &tile.body), (200, &fs::read(staged.join("L1X1Y0.png")).unwrap()));
    let page = server.get("/").text();
    assert!(page.contains("skyfeed approve waiting --revision 93de8a63097642ae"), "{page}");
    assert_eq!(server.get("/thumb.jpg").status, 200);
    assert_eq!(server.get("/preview.jpg").status, 404, "there was none");
    fs::write(staged.join("L1X1Y1.png"), &tile.body).unwrap();
    let answer = server.get("/L1X1Y1.png");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("is not what was staged"), "{}", answer.text());
    drop(server);

    let feed = Old::copy("first-edition");
    let dir = feed.path("out");
    feed.run(&["unpack", "waiting", "--outdir", dir.to_str().unwrap()]).exits(0);
    let staged = contents(&feed.path("work/staged/waiting/93de8a63097642ae"));
    let unpacked = contents(&dir);
    assert!(unpacked.iter().all(|(name, bytes)| staged.get(name) == Some(bytes)));
    assert_eq!(unpacked.len() + 1, staged.len(), "all but the manifest");

    let told = feed.run(&["approve", "waiting"]).exits(0).stdout;
    assert!(told.contains("next: skyfeed publish waiting "), "{told}");
    feed.run(&["publish", "waiting"]).exits(0);
    assert_eq!(feed.states()["waiting"].0, "published");
    let tile = feed.path("site/waiting/93de8a63097642ae/L1X1Y0.png");
    assert_eq!(fs::read(tile).unwrap(), staged["L1X1Y0.png"]);

    // What was taken down comes back without a question, and what was rejected stays so.
    feed.run(&["restore", "retracted"]).exits(0);
    assert_eq!(feed.states()["retracted"].0, "published");
    let told = feed.run(&["approve", "rejected"]).exits(0).stdout;
    assert!(told.contains("anna rejected it: it stays rejected until anna takes that back"), "{told}");
}

#[test]
fn a_site_of_toasty_that_it_took_over_stays_as_it_is() {
    let feed = Old::copy("first-edition-toasty-layout");
    let before = feed.site();
    let states = feed.states();
    let state = |id: &str| states[id].0.as_str();
    assert_eq!(
        (state("published"), state("toasty-published"), state("toasty-skipped")),
        ("published", "published", "skipped")
    );
    feed.run(&["run"]).exits(0);
    assert_eq!(changed(&before, &feed.site()), BTreeSet::new());
    feed.run(&["reindex", "--rebuild"]).exits(0);
    assert_eq!(changed(&before, &feed.site()), BTreeSet::new());
    assert_eq!(feed.states(), states);
}
