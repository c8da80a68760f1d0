//! What has to hold of a feed when a run has ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;
use skyfeed_pipeline::sha256_hex;
use skyfeed_test_support::files;
use skyfeed_tiling::archive::Digests;
use skyfeed_wtml::{Folder, Item};

use super::life::Expected;
use crate::support::OwnFeed;

/// What nobody can make again: pictures, decisions, and what was decided on.
pub(super) fn irreplaceable(feed: &OwnFeed) -> BTreeMap<String, Vec<u8>> {
    let folders = ["images/", "work/inbox/", "work/decisions/", "work/staged/"];
    let names = files(&feed.path("")).unwrap();
    let names = names.into_iter().filter(|name| folders.iter().any(|folder| name.starts_with(folder)));
    names.map(|name| (name.clone(), fs::read(feed.path(&name)).unwrap())).collect()
}

pub(super) fn nothing_is_gone(feed: &OwnFeed, before: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in before {
        let now = fs::read(feed.path(name)).ok();
        assert!(now.as_ref() == Some(bytes), "{name} is gone or another");
    }
}

/// The decisions on an image, as paths.
pub(super) fn decisions(feed: &OwnFeed, id: &str) -> BTreeSet<String> {
    let folder = feed.path(&format!("work/decisions/{id}"));
    if folder.exists() { files(&folder).unwrap() } else { BTreeSet::new() }
}

/// Index, records and site agree, and every image is where it has to be. Answers how many tiles were looked at.
pub(super) fn everything(feed: &OwnFeed, expected: &BTreeMap<String, Expected>) -> usize {
    no_file_is_empty_or_strange(feed);
    let indexes = ["index.wtml", "index_rel.wtml"].map(|name| entries(feed, name));
    let status = feed.run(["status", "--json"]).exits(0).json();
    let images = status["images"].as_array().unwrap();
    assert_eq!(images.len(), expected.len(), "{status}");
    let mut tiles = 0;
    for (id, should) in expected {
        let standing = images.iter().find(|image| image["id"] == **id).unwrap_or_else(|| panic!("no {id} in {status}"));
        // What was asked of an image that is down and never began is told until somebody asks again.
        let asked = if *should == Expected::Down { Value::from("restore") } else { Value::Null };
        let is_open = !standing["open_attempt"].is_null() && standing["open_attempt"]["kind"] != asked;
        assert!(standing["problem"].is_null() && !is_open, "{id} is stuck: {standing}");
        let state = match should {
            Expected::Live { .. } => "published",
            Expected::Staged => "staged",
            Expected::Rejected => "rejected",
            Expected::Down => "retracted",
        };
        assert_eq!(standing["state"], state, "{id}: {standing}");
        let is_listed = indexes.each_ref().map(|index| index.contains(id));
        if let Expected::Live { approved } = should {
            assert_eq!(is_listed, [true; 2], "{id} in index.wtml and index_rel.wtml");
            tiles += live(feed, id, *approved);
        } else {
            assert_eq!(is_listed, [false; 2], "{id} in index.wtml and index_rel.wtml");
            let mut on_site = on_site(feed, id);
            if *should == Expected::Down {
                // A restore that was killed at its beginning took the flag away; the record says that the image is down.
                on_site.remove("skip.flag");
            }
            assert_eq!(on_site, BTreeSet::new(), "{id} is {should:?}");
        }
    }
    let live = expected.values().filter(|one| matches!(one, Expected::Live { .. })).count();
    assert_eq!(indexes.map(|index| index.len()), [live; 2]);
    tiles
}

/// What a reader can get of an image.
fn on_site(feed: &OwnFeed, id: &str) -> BTreeSet<String> {
    let folder = feed.path(&format!("site/{id}"));
    if folder.exists() { files(&folder).unwrap() } else { BTreeSet::new() }
}

/// The ids that an index lists; of no index none.
fn entries(feed: &OwnFeed, name: &str) -> BTreeSet<String> {
    let Ok(bytes) = fs::read(feed.path(&format!("site/{name}"))) else { return BTreeSet::new() };
    let folder = Folder::parse(&bytes).unwrap();
    let id = |item: &Item| {
        let Item::Place(place) = item else { panic!("not a place: {item:?}") };
        let url = &place.foreground.as_ref().unwrap().url;
        let mut parts = url.rsplit('/').skip(2);
        parts.next().unwrap().to_owned()
    };
    folder.children.iter().map(id).collect()
}

/// Everything of a live image is on the site, to the byte, and was approved; answers how many tiles it has.
fn live(feed: &OwnFeed, id: &str, approved: usize) -> usize {
    let record = fs::read(feed.path(&format!("work/published/{id}.json"))).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(record["state"], "live", "{record}");
    let (revision, pixels) = (record["revision"].as_str().unwrap(), record["pixels"].as_str().unwrap());
    let approvals = decisions(feed, id);
    assert_eq!(approvals.len(), approved, "{approvals:?}");
    assert!(approvals.iter().any(|key| key.starts_with(&format!("{revision}/"))), "{revision} is not in {approvals:?}");
    let read = |name: &str| fs::read(feed.path(&format!("site/{id}/{name}"))).unwrap();
    let document = read("index.wtml");
    assert_eq!(sha256_hex(&document), record["index_sha256"].as_str().unwrap(), "{id}/index.wtml");
    assert!(String::from_utf8(document).unwrap().contains(&format!("/{id}/{pixels}/")), "{id}/index.wtml");
    Folder::parse(read("index_rel.wtml")).unwrap();
    let digests = fs::read(feed.path(&format!("work/pixels/{id}/{pixels}/tiles.digests"))).unwrap();
    let digests = Digests::parse(digests).unwrap();
    let mut wanted: BTreeSet<String> = ["index.wtml", "index_rel.wtml"]
        .map(str::to_owned)
        .into_iter()
        .chain([format!("{pixels}/thumb.jpg")])
        .collect();
    for tile in digests.iter() {
        let name = format!("{pixels}/{}.png", tile.tile.flat_name());
        assert!(digests.is_of(tile.tile, &read(&name)), "{id}/{name}");
        wanted.insert(name);
    }
    // Whoever has the document of before reads its tiles for a while.
    let before = pixels_of(feed, id, &approvals);
    let there = on_site(feed, id);
    let strange: Vec<_> = there.iter().filter(|name| !wanted.contains(*name) && !is_in(name, &before)).collect();
    assert!(strange.is_empty() && wanted.is_subset(&there), "what is on the site of {id}: {there:?}");
    usize::try_from(digests.tile_count()).unwrap()
}

/// The names of the pixels of revisions with these decisions.
fn pixels_of(feed: &OwnFeed, id: &str, decisions: &BTreeSet<String>) -> BTreeSet<String> {
    let revisions = decisions.iter().filter_map(|key| key.split_once('/'));
    let manifest = |(revision, _): (&str, _)| -> Value {
        let manifest = fs::read(feed.path(&format!("work/staged/{id}/{revision}/manifest.json"))).unwrap();
        serde_json::from_slice(&manifest).unwrap()
    };
    revisions.map(|revision| manifest(revision)["pixels"].as_str().unwrap().to_owned()).collect()
}

fn is_in(name: &str, folders: &BTreeSet<String>) -> bool {
    name.split_once('/').is_some_and(|(folder, _)| folders.contains(folder))
}

fn no_file_is_empty_or_strange(feed: &OwnFeed) {
    let folders = [
        "candidates",
        "decisions",
        "edits",
        "fetched",
        "inbox",
        "pixels",
        "published",
        "put-off",
        "retracted",
        "staged",
        "unusable",
    ];
    for store in ["work", "site"] {
        for name in files(&feed.path(store)).unwrap().into_iter().filter(|name| !name.starts_with(".skyfeed/")) {
            let size = fs::metadata(feed.path(store).join(&name)).unwrap().len();
            assert!(size > 0 || name.ends_with("/skip.flag"), "{store}/{name} is empty");
            let is_known = match name.split_once('/') {
                Some((first, _)) => store == "site" || folders.contains(&first),
                None => ["index.wtml", "index_rel.wtml", "toasty-pipeline-config.yaml"].contains(&&*name),
            };
            let last = name.rsplit('/').next().unwrap();
            assert!(
                is_known && !last.starts_with('.') && !last.contains(".tmp"),
                "{store}/{name} has no business there"
            );
        }
    }
}
