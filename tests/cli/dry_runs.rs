//! A dry run is the run up to its first write.

use std::collections::BTreeMap;

use crate::support::{OwnFeed, contents};

fn stores(feed: &OwnFeed) -> [BTreeMap<String, Vec<u8>>; 2] {
    ["work", "site"].map(|store| contents(&feed.path(store)))
}

/// The ledger, byte by byte, with what SQLite puts beside one that is written.
fn ledger(feed: &OwnFeed) -> BTreeMap<String, Vec<u8>> {
    let mut top = contents(&feed.path("."));
    top.retain(|name, _| name.starts_with("ledger"));
    top
}

#[test]
fn dry_runs_name_what_the_run_does_and_nothing_that_is_done() {
    let feed = OwnFeed::new(&["m31", "m33"], "");
    let dry = |command: &[&str]| {
        let before = (stores(&feed), ledger(&feed));
        let told = feed.run(command.iter().chain(&["--dry-run"])).exits(0).stdout;
        assert!((stores(&feed), ledger(&feed)) == before, "{command:?} wrote");
        told
    };
    let both = |what: &str| format!("m31: {what}\nm33: {what}\n");
    assert_eq!(dry(&["run"]), both("would be fetched and tiled") + "index.wtml would be written\n");
    feed.run(["refresh"]).exits(0);
    assert_eq!(dry(&["fetch"]), both("would be fetched"));
    assert_eq!(dry(&["tile"]), "nothing to do\n");
    feed.run(["fetch", "m31"]).exits(0);
    assert_eq!(dry(&["fetch", "m*"]), "m33: would be fetched\n");
    assert_eq!(dry(&["fetch", "m31"]), "nothing to do\n");
    assert_eq!(dry(&["fetch", "--again", "m31"]), "m31: would be fetched\n");
    assert_eq!(dry(&["tile"]), "m31: would be tiled\n");
    assert_eq!(dry(&["tile", "m31"]), "m31: would be tiled\n");

    feed.run(["run"]).exits(0);
    for command in [&["fetch"][..], &["tile"], &["tile", "m31"]] {
        assert_eq!(dry(command), "nothing to do\n", "{command:?}");
    }
    assert_eq!(dry(&["publish"]), "nothing to do\n");
    let all = both("would be approved unseen and published") + "index.wtml would be written\n";
    assert_eq!(dry(&["run", "--approve-all"]), all);
    feed.run(["approve", "m31"]).exits(0);
    assert_eq!(dry(&["publish"]), "m31: would be published\n");
    assert_eq!(dry(&["publish", "m31"]), "m31: would be published\n");
    assert_eq!(dry(&["run"]), "m31: would be published\nindex.wtml would be written\n");
    assert_eq!(dry(&["ignore-rejects"]), "nothing to do\n");
    feed.run(["publish"]).exits(0);
    assert!(dry(&["reindex"]).starts_with("index.wtml is to be written"));
    feed.run(["reindex"]).exits(0);
    for command in [&["publish"][..], &["publish", "m31"], &["run"]] {
        assert_eq!(dry(command), "nothing to do\n", "{command:?}");
    }
    feed.run(["reject", "m33"]).exits(0);
    assert_eq!(dry(&["ignore-rejects"]), "m33: would be marked\n");
}

#[test]
fn what_the_run_refuses_its_dry_run_refuses() {
    let feed = OwnFeed::new(&["m31"], "");
    feed.run(["run"]).exits(0);
    for (command, told) in [
        (&["publish", "m31"][..], "has no revision that may be published (nobody decided yet)"),
        (&["publish", "m13"], "nothing is known of `m13`"),
        (&["fetch", "m13"], "there is no candidate `m13`"),
        (&["fetch", "--again", "m13"], "there is no candidate `m13`"),
        (&["tile", "m13"], "there is no image in `inbox/m13/`"),
    ] {
        let ran = feed.run(command).exits(1);
        assert!(ran.stdout.contains(told) || ran.stderr.contains(told), "{command:?}: {}{}", ran.stdout, ran.stderr);
        let ran = feed.run(command.iter().chain(&["--dry-run"])).exits(1);
        assert!(ran.stderr.contains(told), "{command:?}: {}", ran.stderr);
    }
    let json = feed.run(["publish", "m13", "--dry-run", "--json"]).exits(1).json();
    assert_eq!((&json["ids"], &json["failures"][0]["item"]), (&serde_json::json!([]), &"m13".into()), "{json}");
}

#[test]
fn a_run_counts_images_and_not_stages() {
    let feed = OwnFeed::new(&["m31", "m33"], "");
    feed.plain_picture("nowhere");
    let told = feed.run(["run", "--approve-all"]).exits(0).stdout;
    assert!(told.contains("\n3 images: 2 done, 1 unusable\n"), "{told}");
    let told = feed.run(["run"]).exits(0).stdout;
    assert!(told.contains("\nnothing to do\n"), "{told}");
}

#[test]
fn a_dry_run_refuses_what_is_damaged_and_says_what_was_said_before() {
    let feed = OwnFeed::new(&["m31"], "");
    feed.run(["run"]).exits(0);
    feed.run(["approve", "m31"]).exits(0);
    let told = feed.run(["approve", "m31", "--dry-run"]).exits(0).stdout;
    assert!(told.contains(" approved before by tester"), "{told}");
    let revision = feed.standing("m31")["revision"].as_str().unwrap().to_owned();
    std::fs::write(feed.path(&format!("work/staged/m31/{revision}/index_rel.wtml")), "<Folder/>").unwrap();
    for command in [&["publish"][..], &["publish", "--dry-run"], &["run", "--dry-run"], &["run"]] {
        let ran = feed.run(command).exits(1);
        assert!((ran.stdout + &ran.stderr).contains("is not what was staged"), "{command:?}");
    }
}

#[test]
fn a_live_image_is_not_marked_though_it_was_set_aside_and_the_dry_run_says_the_same() {
    let feed = OwnFeed::new(&["m31"], "");
    feed.run(["run", "--approve-all"]).exits(0);
    std::fs::create_dir_all(feed.path("work/unusable")).unwrap();
    std::fs::write(feed.path("work/unusable/m31.json"), r#"{"format":1,"id":"m31","reason":"no place"}"#).unwrap();
    for command in [&["ignore-rejects", "--dry-run"][..], &["ignore-rejects"]] {
        assert_eq!(feed.run(command).exits(0).stdout, "nothing to do\n", "{command:?}");
    }
    assert!(!feed.path("site/m31/skip.flag").exists());
}
