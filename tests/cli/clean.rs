//! `clean`.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use serde_json::json;
use skyfeed_test_support::files;

use crate::support::OwnFeed;

/// Makes everything that lies in a folder of the feed so many days old.
fn age(feed: &OwnFeed, folder: &str, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(86_400 * days);
    let set = |path: &Path| fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    files(&feed.path(folder)).unwrap().iter().for_each(|name| set(&feed.path(folder).join(name)));
}

#[test]
fn what_was_rejected_long_ago_goes_as_the_dry_run_said_and_is_not_made_again() {
    let feed = OwnFeed::new(&["m31", "m33"], "");
    feed.run(["run"]).exits(0);
    feed.run(["reject", "m31"]).exits(0);
    assert_eq!(feed.run(["clean", "--dry-run"]).exits(0).stdout, "nothing to do\n");
    for folder in ["work/staged", "work/pixels", "work/decisions"] {
        age(&feed, folder, 40);
    }
    assert_eq!(feed.run(["clean", "--older-than", "41"]).exits(0).stdout, "nothing to do\n");

    let planned = feed.run(["clean", "--dry-run", "--json"]).exits(0).json();
    let one = &planned["clean"][0];
    assert_eq!((&one["id"], one["revisions"].as_array().map(Vec::len)), (&json!("m31"), Some(1)), "{planned}");
    assert_eq!((one["pixels"].as_array().map(Vec::len), &planned["objects"]), (Some(1), &json!(6)), "{planned}");
    let told = feed.run(["clean", "m31", "--dry-run"]).exits(0).stdout;
    assert!(told.starts_with("m31: would be deleted: 1 staged revision, 1 pyramid: 6 objects"), "{told}");
    assert!(feed.path("work/staged/m31").exists());

    let done = feed.run(["clean", "--json"]).exits(0).json();
    assert_eq!((&done["clean"], &done["bytes"]), (&planned["clean"], &planned["bytes"]));
    let left = files(&feed.path("work")).unwrap();
    assert!(!left.iter().any(|name| name.starts_with("staged/m31/") || name.starts_with("pixels/m31/")), "{left:?}");
    assert!(left.iter().any(|name| name.starts_with("staged/m33/")), "what waits stays: {left:?}");
    assert_eq!(feed.state("m31"), "rejected");
    assert!(feed.run(["run"]).exits(0).stdout.contains("nothing to do"));
    assert!(feed.run(["history", "m31"]).exits(0).stdout.contains("clean"));
    let told = feed.run(["clean", "m13"]).exits(0).stdout;
    assert_eq!(told, "nothing to do\n");
}

#[test]
fn more_than_ten_images_are_not_cleaned_unasked() {
    let ids: Vec<String> = (0..11).map(|n| format!("m{n}")).collect();
    let feed = OwnFeed::new(&ids.iter().map(String::as_str).collect::<Vec<_>>(), "");
    feed.run(["run"]).exits(0);
    feed.run(["reject", "*", "--yes"]).exits(0);
    for folder in ["work/staged", "work/pixels", "work/decisions"] {
        age(&feed, folder, 40);
    }
    let told = feed.run(["clean"]).exits(2).stderr;
    assert!(told.contains("clean up after 11 images?"), "{told}");
    let told = feed.run(["clean", "--yes"]).exits(0).stdout;
    assert!(told.contains("11 cleaned"), "{told}");
}
