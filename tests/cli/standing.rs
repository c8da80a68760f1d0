//! `status` and `why`, and what is kept between commands.

use std::fs;

use crate::support::OwnFeed;

/// The command after `next: ` below an image.
fn next<'a>(told: &'a str, id: &str) -> &'a str {
    let from = told.find(id).unwrap_or_else(|| panic!("no {id} in {told}"));
    let line = told[from..].lines().find(|line| line.contains(": skyfeed ")).expect("a command");
    line.split_once(": ").expect("a command").1
}

#[test]
fn status_says_since_when_why_and_a_next_command_that_works_as_printed() {
    let feed = OwnFeed::new(&["NGC 253", "-dash"], "approvals_required: 1");
    feed.run(["refresh"]).exits(0);
    for (state, verb) in [("offered", "fetch"), ("fetched", "tile"), ("staged", "preview")] {
        let told = feed.run(["status"]).exits(0).stdout;
        for id in ["NGC 253", "-dash"] {
            let line = told.lines().find(|line| line.starts_with(id)).expect("a line");
            assert!(line.contains(&format!("  {state} ")) && line.contains("  since 20"), "{line}");
            assert!(line.contains(" UTC, ") && line.contains("second"), "{line}");
            let command = next(&told, id);
            assert!(command.starts_with(&format!("skyfeed {verb} ")), "{command}");
            // A preview stays until it is ended.
            let command = if verb == "preview" { command.replace("preview", "approve") } else { command.to_owned() };
            feed.run_printed(&command).exits(0);
        }
    }
    for id in ["NGC 253", "-dash"] {
        let told = feed.run(["status"]).exits(0).stdout;
        assert!(told.contains("    approved by tester\n"), "{told}");
        feed.run_printed(next(&told, id)).exits(0);
    }
    let told = feed.run(["status", "--all"]).exits(0).stdout;
    assert!(told.contains("  published ") && told.ends_with("2 published\n"), "{told}");
    feed.run(["retract", "NGC 253", "--note", "a test"]).exits(0);
    let told = feed.run(["status", "--all"]).exits(0).stdout;
    assert!(told.contains("    it was taken down: a test\n"), "{told}");
    feed.run_printed(next(&told, "NGC 253")).exits(0);
    assert_eq!(feed.state("NGC 253"), "published");
}

#[test]
fn an_unusable_image_says_why_and_what_to_do() {
    let feed = OwnFeed::new(&[], "");
    feed.plain_picture("nowhere");
    feed.run(["run"]).exits(0);
    let told = feed.run(["status"]).exits(0).stdout;
    assert!(told.contains("    there are no sky coordinates\n"), "{told}");
    let command = next(&told, "nowhere");
    assert!(command.starts_with("skyfeed fetch --again nowhere "), "{command}");
    feed.picture("nowhere");
    feed.run_printed(command).exits(0);
    assert_eq!(feed.state("nowhere"), "staged");

    fs::create_dir_all(feed.path("work/inbox/mine")).unwrap();
    let inbox = feed.path("work/inbox/mine/a.png");
    fs::copy(crate::support::oracle("01_study_plain_300x200").join("input/image.png"), &inbox).unwrap();
    feed.run(["tile", "mine"]).exits(0);
    let told = feed.run(["status"]).exits(0).stdout;
    let mend = format!("next: mend or delete {}, then skyfeed run {}", inbox.display(), feed.arguments());
    assert!(told.contains(&mend), "{mend} is not in {told}");
}

#[test]
fn long_and_wide_ids_are_cut_for_the_eye_and_whole_for_machines() {
    let long = "a".repeat(120);
    let feed = OwnFeed::new(&[&long, "星雲の画像", "m31"], "");
    feed.run(["refresh"]).exits(0);
    let told = feed.run(["status"]).exits(0).stdout;
    let of = |start: &str| {
        let line = told.lines().find(|line| line.starts_with(start)).expect("a line");
        line.split_once("  offered").expect("a state").0.to_owned()
    };
    assert_eq!(of("aaa"), format!("{}…", "a".repeat(31)));
    assert_eq!(of("m31"), format!("m31{}", " ".repeat(29)));
    // Each of these is two columns wide.
    assert_eq!(of("星雲"), format!("星雲の画像{}", " ".repeat(22)));
    assert!(told.contains(&format!("next: skyfeed fetch {long} ")), "{told}");
    assert_eq!(feed.standing(&long)["state"], "offered");
}

#[test]
fn what_is_stuck_stands_first() {
    let feed = OwnFeed::new(&["a", "z"], "");
    feed.run(["run"]).exits(0);
    let folder = feed.path("work/inbox/z");
    fs::copy(feed.path("images/z.png"), folder.join("other.png")).unwrap();
    feed.run(["tile", "z"]).exits(1);
    fs::remove_dir_all(feed.path("work/staged/z")).unwrap();
    let told = feed.run(["status"]).exits(0).stdout;
    assert!(told.starts_with("z ") && told.contains("    STUCK: there are two images for `z`"), "{told}");
    let json = feed.run(["status", "--json"]).exits(0).json();
    assert_eq!(json["counts"], serde_json::json!({"fetched": 1, "staged": 1}));
    assert_eq!(json["images"][1]["code"], "two-images", "{json}");
}

#[test]
fn why_tells_all_of_one_image_and_whether_the_index_shows_it() {
    let feed = OwnFeed::new(&["m31"], "approvals_required: 2");
    feed.run(["run"]).exits(0);
    feed.run(["approve", "m31", "--by", "anna"]).exits(0);
    let told = feed.run(["why", "m31"]).exits(0).stdout;
    for part in [
        "m31: staged\n",
        "  title     ",
        " UTC, ",
        "  why       approved by anna, 1 of 2\n",
        "  who       anna\n",
        "  code      staged\n",
        " waits, staged ",
        ", approved by anna\n",
        "  index     the feed's index does not show it\n",
        "  next: skyfeed preview m31 ",
    ] {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    feed.run(["approve", "m31", "--by", "berta"]).exits(0);
    feed.run(["publish", "m31"]).exits(0);
    let told = feed.run(["why", "m31"]).exits(0).stdout;
    assert!(told.contains("the feed's index does not show it yet; next: skyfeed reindex "), "{told}");
    feed.run(["reindex"]).exits(0);
    let json = feed.run(["why", "m31", "--json"]).exits(0).json();
    assert_eq!((&json["state"], &json["indexed"]), (&"published".into(), &true.into()), "{json}");
    feed.run(["retract", "m31"]).exits(0);
    let told = feed.run(["why", "m31"]).exits(0).stdout;
    assert!(told.contains("the feed's index still shows it; next: skyfeed reindex "), "{told}");
    assert!(told.contains("  who       tester\n"), "{told}");

    fs::write(feed.path("site/index.wtml"), "<Folder").unwrap();
    let told = feed.run(["why", "m31"]).exits(0).stdout;
    assert!(told.contains("  index     it cannot be read: "), "{told}");
    let told = feed.run(["why", "m13"]).exits(1).stderr;
    assert!(told.contains("nothing is known of `m13`"), "{told}");
}

#[test]
fn what_was_read_is_kept_and_is_never_the_truth() {
    let feed = OwnFeed::new(&["m31"], "");
    feed.run(["run"]).exits(0);
    feed.run(["approve", "m31"]).exits(0);
    let kept = feed.path(".skyfeed-records.json");
    assert_eq!(feed.state("m31"), "approved");
    let text = fs::read_to_string(&kept).unwrap();
    assert!(text.contains("decisions/m31/"), "{text}");
    // The truth lies in the store.
    let decisions = feed.path("work/decisions");
    fs::remove_dir_all(&decisions).unwrap();
    assert_eq!(feed.state("m31"), "staged");
    for damaged in ["", "[{\"key\": 1}]", "\u{0}"] {
        fs::write(&kept, damaged).unwrap();
        assert_eq!(feed.state("m31"), "staged");
    }
}

#[test]
fn a_command_about_one_image_looks_at_no_other() {
    let feed = OwnFeed::new(&["m31", "m33"], "");
    feed.run(["run"]).exits(0);
    let kept = feed.path(".skyfeed-records.json");
    fs::remove_file(&kept).unwrap();
    for command in [
        &["approve", "m31"][..],
        &["undo", "m31"],
        &["reject", "m31"],
        &["approve", "m31"],
        &["publish", "m31", "--dry-run"],
        &["publish", "m31"],
        &["retract", "m31"],
        &["restore", "m31"],
        &["tile", "m31"],
        &["fetch", "m31"],
        &["why", "m31"],
        &["history", "m31"],
    ] {
        feed.run(command).exits(0);
        // It is written by whoever looks at all.
        assert!(!kept.exists(), "{command:?}");
    }
    feed.run(["status"]).exits(0);
    assert!(kept.exists());
}
