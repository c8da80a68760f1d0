//! Where a feed is, as the environment says.

use std::{fs, process::Command};

use tempfile::TempDir;

use crate::support::{Ran, oracle, program, run};

/// A feed of one picture, `images/andromeda.png`.
fn feed() -> TempDir {
    let root = TempDir::new().unwrap();
    run(["init".as_ref(), root.path().as_os_str(), "--source".as_ref(), "directory".as_ref()]).exits(0);
    fs::create_dir(root.path().join("images")).unwrap();
    let picture = oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    fs::copy(picture, root.path().join("images/andromeda.png")).unwrap();
    root
}

fn named(feed: &TempDir, variables: &[(&str, &str)]) -> Command {
    let mut command = program();
    let folder = feed.path().display();
    command.envs(variables.iter().map(|(name, rest)| (*name, rest.replace("DIR", &folder.to_string()))));
    command
}

#[test]
fn the_folder_of_a_feed_is_the_one_that_its_work_store_lies_in() {
    let (feed, elsewhere) = (feed(), TempDir::new().unwrap());
    let mut command = named(
        &feed,
        &[
            ("SKYFEED_WORK", "file://DIR/work"),
            ("SKYFEED_SITE", "file://DIR/site"),
            ("SKYFEED_LEDGER", "sqlite://DIR/ledger.sqlite"),
        ],
    );
    command.current_dir(elsewhere.path()).args(["run", "--approve-all"]);
    let ran = Ran::from(command.output().unwrap()).exits(0);
    assert!(ran.stdout.contains("andromeda: published"), "{}", ran.stdout);
    assert!(feed.path().join("site/andromeda/index.wtml").exists());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn parts_of_two_feeds_are_not_mixed() {
    let feed = feed();
    for (variables, missing) in [
        (&[("SKYFEED_WORK", "file://DIR/work")][..], "say with --site URL, or in SKYFEED_SITE, and with --ledger URL"),
        (&[("SKYFEED_WORK", "DIR/work"), ("SKYFEED_SITE", "DIR/site")], "say with --ledger URL, or in SKYFEED_LEDGER"),
        (&[("SKYFEED_SITE", "file://DIR/site")], "say with --work URL, or in SKYFEED_WORK, and with --ledger URL"),
    ] {
        for arguments in [&["run"][..], &["status", "--json"], &["init"]] {
            let mut command = named(&feed, variables);
            let empty = TempDir::new().unwrap();
            let ran = Ran::from(command.current_dir(empty.path()).args(arguments).output().unwrap()).exits(2);
            assert!(ran.stderr.contains(missing), "{arguments:?}: {}", ran.stderr);
            assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "something was made in the current folder");
        }
        // A folder that is named has all of it.
        let mut command = named(&feed, variables);
        Ran::from(command.args(["status", "--feed"]).arg(feed.path()).output().unwrap()).exits(0);
    }
}
