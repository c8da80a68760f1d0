//! Where a feed is, as the environment says.

use std::{ffi::OsStr, fs, process::Command};

use tempfile::TempDir;

use crate::support::{Ran, contents, oracle, program, run};

const CONFIG: &str = "work/toasty-pipeline-config.yaml";

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

#[test]
fn stores_that_overlap_are_refused_before_anything_is_made() {
    let root = TempDir::new().unwrap();
    let feed = root.path().join("feed");
    for (work, site) in [("x", "x"), ("x", "x/site"), ("x/work", "x")] {
        let (work, site) = (feed.join(work), feed.join(site));
        let options: [&OsStr; 6] =
            ["--feed".as_ref(), feed.as_ref(), "--work".as_ref(), work.as_ref(), "--site".as_ref(), site.as_ref()];
        let ran = run(["init".as_ref()].into_iter().chain(options)).exits(2);
        for store in [work, site] {
            assert!(ran.stderr.contains(&format!("`{}`", store.display())), "{}", ran.stderr);
        }
        assert!(!feed.exists());
    }
    // The work store of a feed in the folder of its site would be public.
    let site = root.path().join("old");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("toasty-pipeline-config.yaml"), fs::read(self::feed().path().join(CONFIG)).unwrap()).unwrap();
    let ran = run(["init".as_ref(), site.as_os_str(), "--from-site".as_ref(), site.as_os_str()]).exits(2);
    assert!(ran.stderr.contains("overlap"), "{}", ran.stderr);
    assert!(!site.join("work").exists());
}

#[cfg(unix)]
#[test]
fn a_site_that_is_the_work_store_by_another_name_is_never_written() {
    let feed = feed();
    std::os::unix::fs::symlink(feed.path().join("work"), feed.path().join("other")).unwrap();
    let before = contents(&feed.path().join("work"));
    for arguments in [&["run", "--approve-all"][..], &["publish"], &["reindex"], &["clean"], &["config", "check"]] {
        let mut command = program();
        command.args(arguments).arg("--feed").arg(feed.path()).arg("--site").arg(feed.path().join("other"));
        let ran = Ran::from(command.output().unwrap()).exits(2);
        assert!(ran.stderr.contains("/work` and the public store `"), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("/other` overlap"), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(contents(&feed.path().join("work")), before);
}

#[test]
fn a_feed_does_not_take_its_own_files_for_images() {
    let feed = feed();
    let config = feed.path().join(CONFIG);
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.contains("\n  path: images\n"), "{text}");
    let ran =
        |arguments: &[&str]| Ran::from(program().args(arguments).arg("--feed").arg(feed.path()).output().unwrap());
    for (path, store) in [(".", "work"), ("work/inbox", "work"), ("site", "site"), ("site/x", "site")] {
        fs::write(&config, text.replace("path: images", &format!("path: \"{path}\""))).unwrap();
        for arguments in [&["run", "--approve-all"][..], &["refresh"], &["config", "check"]] {
            let told = ran(arguments).exits(2).stderr;
            let both = [feed.path().join(path), feed.path().join(store)].map(|at| format!("`{}`", at.display()));
            assert!(both.iter().all(|named| told.contains(named)), "{arguments:?}: {told}");
            assert!(told.contains("directory.path"), "{told}");
        }
        // It can be looked at all the same.
        ran(&["status"]).exits(0);
    }
    fs::write(&config, &text).unwrap();
    ran(&["config", "check"]).exits(0);
    ran(&["run", "--approve-all"]).exits(0);
}
