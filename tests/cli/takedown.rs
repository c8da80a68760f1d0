//! `retract` and `restore`.

use std::fs;

use serde_json::Value;
use skyfeed_test_support::files;

use crate::support::{OwnFeed, Ran};

fn published(ids: &[&str], more: &str) -> OwnFeed {
    let feed = OwnFeed::new(ids, more);
    feed.run(["run", "--approve-all"]).exits(0);
    feed
}

#[test]
fn a_takedown_has_a_name_and_a_reason_in_tombstone_and_ledger() {
    let feed = published(&["m31"], "");
    let nobody = feed.command(["retract", "m31"]).env_remove("USER").env_remove("USERNAME").output().unwrap();
    let told = Ran::from(nobody).exits(2).stderr;
    assert!(told.contains("--by NAME"), "{told}");
    assert_eq!(feed.state("m31"), "published");

    let told = feed.run(["retract", "m31", "--by", "anna", "--note", "withdrawn"]).exits(0).stdout;
    assert!(told.contains("nothing of it can be read from the site any more"), "{told}");
    assert!(told.contains("documents for a minute and its tiles for up to a year, and so may browsers"), "{told}");
    assert!(told.contains("next: skyfeed reindex "), "{told}");
    let site: Vec<String> = files(&feed.path("site/m31")).unwrap().into_iter().collect();
    assert_eq!(site, ["skip.flag"]);
    let tombstone: Value = serde_json::from_slice(&fs::read(feed.path("work/published/m31.json")).unwrap()).unwrap();
    assert_eq!((&tombstone["by"], &tombstone["note"]), (&"anna".into(), &"withdrawn".into()), "{tombstone}");
    let standing = feed.standing("m31");
    assert_eq!((&standing["state"], &standing["who"][0]), (&"retracted".into(), &"anna".into()), "{standing}");

    feed.run(["restore", "m31", "--by", "berta", "--note", "cleared"]).exits(0);
    assert_eq!(feed.state("m31"), "published");
    let history = feed.run(["history", "m31"]).exits(0).stdout;
    for part in ["by retract by anna: withdrawn", "by restore by berta: cleared"] {
        assert!(history.contains(part), "{part} is not in {history}");
    }
}

#[test]
fn where_tiles_are_not_kept_for_ever_that_is_what_is_said() {
    let feed = published(&["m31"], "site_layout: toasty");
    let told = feed.run(["retract", "m31"]).exits(0).stdout;
    assert!(told.contains("tiles for up to a minute"), "{told}");
}

#[test]
fn more_than_ten_images_are_not_taken_down_or_brought_back_unasked() {
    let ids: Vec<String> = (0..11).map(|n| format!("m{n}")).collect();
    let feed = published(&ids.iter().map(String::as_str).collect::<Vec<_>>(), "");
    let told = feed.run(["retract", "*"]).exits(2).stderr;
    assert!(told.contains("take down 11 images? Nobody is here to answer: say --yes"), "{told}");
    let planned = feed.run(["retract", "*", "--dry-run"]).exits(0).stdout;
    assert_eq!(planned.matches(": would be retracted\n").count(), 11, "{planned}");
    assert_eq!(feed.run(["status", "--json"]).exits(0).json()["counts"]["published"], 11);
    feed.run(["retract", "*", "--yes"]).exits(0);
    let told = feed.run(["restore", "*"]).exits(2).stderr;
    assert!(told.contains("bring back 11 images?"), "{told}");
    feed.run(["restore", "*", "--yes"]).exits(0);
    assert_eq!(feed.run(["status", "--json"]).exits(0).json()["counts"]["published"], 11);
}

#[test]
fn a_dry_run_of_either_fails_where_the_run_fails() {
    let feed = published(&["m31"], "");
    for (command, told) in [("retract", "nothing is known of `m13`"), ("restore", "`m13` was not taken down")] {
        let ran = feed.run([command, "m13"]).exits(1);
        assert!(ran.stdout.contains(told), "{}", ran.stdout);
        let ran = feed.run([command, "m13", "--dry-run"]).exits(1);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert_eq!(feed.run(["restore", "m31", "--dry-run"]).exits(0).stdout, "nothing to do\n");
    assert_eq!(feed.run(["retract", "m31", "--dry-run"]).exits(0).stdout, "m31: would be retracted\n");
    feed.run(["retract", "m31"]).exits(0);
    assert_eq!(feed.run(["retract", "m31", "--dry-run"]).exits(0).stdout, "nothing to do\n");
    assert_eq!(feed.run(["restore", "m31", "--dry-run"]).exits(0).stdout, "m31: would be restored\n");
}

#[cfg(all(unix, feature = "aws"))]
#[test]
fn cloudfront_is_told_by_the_program_aws_and_a_failure_names_the_command() {
    use std::os::unix::fs::PermissionsExt;

    let feed = published(&["m31", "m33"], "publish_url_prefix: https://d1.invalid/eso/");
    let bin = feed.root.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let (aws, log) = (bin.join("aws"), feed.root.path().join("told"));
    let script = |end: &str| {
        fs::write(&aws, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n{end}\n", log.display())).unwrap();
        fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let retract = |arguments: &[&str]| {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        Ran::from(feed.command([&["retract"], arguments].concat()).env("PATH", path).output().unwrap())
    };
    script("exit 0");
    let told = retract(&["m31", "--invalidate", "E1ABC"]).exits(0).stdout;
    assert!(told.contains("CloudFront E1ABC was told to forget it"), "{told}");
    let words = fs::read_to_string(&log).unwrap();
    let expected = "cloudfront create-invalidation --distribution-id E1ABC --paths /eso/m31/* /eso/index.wtml /eso/index_rel.wtml --output json";
    assert_eq!(words.lines().collect::<Vec<_>>().join(" "), expected);
    script("echo 'AccessDenied' >&2; exit 254");
    let told = retract(&["m33", "--invalidate", "E1ABC"]).exits(1);
    assert!(
        told.stderr.contains("CloudFront was not told: AccessDenied; do it by hand: aws cloudfront"),
        "{}",
        told.stderr
    );
    assert_eq!(feed.state("m33"), "retracted");
    // Once more tells it again, though the image is down already.
    script("exit 0");
    let told = retract(&["m33", "--invalidate", "E1ABC"]).exits(0).stdout;
    assert!(told.contains("was told to forget it"), "{told}");
    let told = retract(&["m33", "--invalidate=--profile=x"]).exits(2).stderr;
    assert!(told.contains("an id of letters and digits"), "{told}");
}
