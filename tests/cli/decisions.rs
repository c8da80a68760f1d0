//! `approve`, `reject`, `undo`, and what `history` tells of them.

use std::fs;

use skyfeed_test_support::files;

use crate::support::OwnFeed;

fn staged(ids: &[&str], more: &str) -> OwnFeed {
    let feed = OwnFeed::new(ids, more);
    feed.run(["run"]).exits(0);
    feed
}

#[test]
fn of_two_approvals_each_says_what_is_missing_and_patterns_find_what_still_waits() {
    let feed = staged(&["m31", "m33"], "approvals_required: 2");
    let told = feed.run(["approve", "m31", "--by", "anna"]).exits(0).stdout;
    assert!(told.contains("approved by anna, 1 of 2: it waits for one more\n"), "{told}");
    let told = feed.run(["status"]).exits(0).stdout;
    assert!(told.contains("approved by anna, 1 of 2\n"), "{told}");
    assert_eq!(feed.standing("m31")["approvals"], 1);

    let told = feed.run(["approve", "m3*", "--by", "berta"]).exits(0).stdout;
    assert!(told.contains("m31: revision ") && told.contains("m33: revision "), "{told}");
    let next = format!("next: skyfeed publish m31 {0} && skyfeed reindex {0}\n", feed.arguments());
    assert!(told.contains(&next), "{told}");
    assert_eq!((feed.state("m31"), feed.state("m33")), ("approved".into(), "staged".into()));
    // What waits no longer is found by no pattern.
    let told = feed.run(["approve", "m31*", "--by", "carl"]).exits(2).stderr;
    assert!(told.contains("of the images that fit `m31*`, there is nothing to do with any"), "{told}");
}

#[test]
fn one_reject_stands_until_that_person_takes_it_back() {
    let feed = staged(&["m31"], "");
    feed.run(["reject", "m31", "--by", "berta", "--note", "the wrong\nway up"]).exits(0);
    assert_eq!(feed.state("m31"), "rejected");
    let told = feed.run(["approve", "m31", "--by", "anna"]).exits(0).stdout;
    let undo = format!("skyfeed undo m31 --by=berta {}", feed.arguments());
    let sentence = format!("berta rejected it: it stays rejected until berta takes that back ({undo})\n");
    assert!(told.contains(&sentence), "{told}");
    assert_eq!(feed.state("m31"), "rejected");

    let told = feed.run_printed(&undo).exits(0).stdout;
    assert!(told.contains("m31: berta took back what was said of revision "), "{told}");
    assert!(told.contains("approved by anna; next: skyfeed publish m31 "), "{told}");
    assert_eq!(feed.state("m31"), "approved");
    let told = feed.run(["undo", "m31", "--by", "berta"]).exits(1).stderr;
    assert!(told.contains("berta has nothing to take back of `m31`"), "{told}");

    // All of it stays in the history, on a line each, by whom and as the how manyth.
    let history = feed.run(["history", "m31"]).exits(0).stdout;
    for (line, number) in [("reject ", 1), ("approve", 2), ("undo   ", 3)] {
        let wanted = format!(" UTC  {line}  no. {number}, revision ");
        assert!(history.contains(&wanted), "{wanted} is not in {history}");
    }
    assert!(history.contains(" by berta: the wrong way up\n"), "{history}");
}

#[test]
fn a_later_word_of_the_same_person_replaces_the_earlier_one() {
    let feed = staged(&["m31"], "");
    feed.run(["approve", "m31"]).exits(0);
    feed.run(["reject", "m31"]).exits(0);
    assert_eq!(feed.state("m31"), "rejected");
    feed.run(["approve", "m31"]).exits(0);
    assert_eq!(feed.state("m31"), "approved");
    let told = feed.run(["approve", "m31"]).exits(0).stdout;
    assert!(told.contains("approved before by tester"), "{told}");
    assert_eq!(files(&feed.path("work/decisions")).unwrap().len(), 3, "the same word twice is written once");
}

#[test]
fn to_reject_what_is_live_says_that_it_stays_public_and_how_to_take_it_down() {
    let feed = staged(&["m31"], "");
    feed.run(["run", "--approve-all"]).exits(0);
    let told = feed.run(["reject", "m31", "--by", "berta"]).exits(0).stdout;
    let retract = format!("skyfeed retract m31 {}", feed.arguments());
    assert!(told.contains("it stays public until it is taken down; next: ") && told.contains(&retract), "{told}");
    assert_eq!(feed.state("m31"), "published");
    let told = feed.run(["status"]).exits(0).stdout;
    assert!(told.contains("STUCK: berta rejected it") && told.contains(&retract), "{told}");
}

#[test]
fn a_candidate_is_rejected_before_its_download_and_is_not_fetched() {
    let feed = OwnFeed::new(&["m31", "m33"], "");
    feed.run(["refresh"]).exits(0);
    let told = feed.run(["reject", "m31"]).exits(0).stdout;
    assert!(told.contains("m31: the image, before its download, rejected by tester\n"), "{told}");
    let told = feed.run(["run"]).exits(0).stdout;
    assert!(told.contains("2, 1 were due"), "{told}");
    assert_eq!((feed.state("m31"), feed.state("m33")), ("rejected".into(), "staged".into()));
    feed.run(["undo", "m*"]).exits(0);
    assert_eq!(feed.state("m31"), "offered");
    let told = feed.run(["approve", "m31"]).exits(1).stderr;
    assert!(told.contains("nothing staged"), "{told}");
}

#[test]
fn a_dry_run_of_a_decision_writes_nothing_says_what_it_comes_to_and_refuses_unknown_ids() {
    let feed = staged(&["m31"], "");
    for (verb, state) in [("approve", "approved"), ("reject", "rejected")] {
        let told = feed.run([verb, "m31", "--dry-run"]).exits(0).stdout;
        assert!(told.contains(&format!("would be {state} by tester\n  {state} by tester; ")), "{told}");
        let told = feed.run([verb, "m13", "--dry-run"]).exits(1).stderr;
        assert!(told.contains("nothing is known of `m13`"), "{told}");
    }
    assert!(!feed.path("work/decisions").exists());
    let json = feed.run(["approve", "m31", "m13", "--dry-run", "--json"]).exits(1).json();
    assert_eq!(json["decisions"][0]["standing"]["state"], "approved", "{json}");
    assert_eq!(json["failures"][0]["item"], "m13", "{json}");
}

#[test]
fn a_decision_that_counts_for_nothing_is_named_with_the_reason() {
    let feed = staged(&["m31"], "");
    feed.run(["approve", "m31"]).exits(0);
    let name = files(&feed.path("work/decisions")).unwrap().into_iter().next().unwrap();
    let decision = feed.path("work/decisions").join(&name);
    let text = fs::read_to_string(&decision).unwrap();
    let digest = text.split("\"manifest_sha256\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    fs::write(&decision, text.replace(&digest, &"0".repeat(64))).unwrap();
    let folder = decision.parent().unwrap();
    fs::write(folder.join("02-berta.json"), "{").unwrap();
    fs::create_dir(folder.join("too")).unwrap();
    fs::write(folder.join("too/deep.json"), "{}").unwrap();

    let history = feed.run(["history", "m31"]).exits(0).stdout;
    let of_another = "by tester (counts for nothing: it approves another manifest";
    for part in
        [of_another, "02-berta.json: counts for nothing: it cannot be read", "too/deep.json: counts for nothing"]
    {
        assert!(history.contains(part), "{part} is not in {history}");
    }
    let json = feed.run(["history", "m31", "--json"]).exits(0).json();
    assert_eq!(json["refused"].as_array().map(Vec::len), Some(3), "{json}");
    let why = feed.run(["why", "m31"]).exits(0).stdout;
    assert!(why.contains("  refused   decisions/m31/"), "{why}");
}

#[test]
fn more_than_ten_images_are_not_decided_on_unasked() {
    let ids: Vec<String> = (0..11).map(|n| format!("m{n}")).collect();
    let feed = staged(&ids.iter().map(String::as_str).collect::<Vec<_>>(), "");
    let told = feed.run(["approve", "m*"]).exits(2).stderr;
    assert!(told.contains("approve 11 images? Nobody is here to answer: say --yes"), "{told}");
    assert!(!feed.path("work/decisions").exists());
    // Ten are not many, and a dry run does no harm.
    feed.run(["reject", "m?"]).exits(0);
    feed.run(["approve", "m*", "--dry-run"]).exits(0);
    feed.run(["undo", "m*", "--yes"]).exits(0);
    let told = feed.run(["approve", "m*", "--yes"]).exits(0).stdout;
    assert_eq!(told.matches("approved by tester\n").count(), 11, "{told}");
}

#[test]
fn what_is_said_of_something_live_names_what_it_does_not_do() {
    let feed = OwnFeed::new(&["m31"], "");
    feed.run(["run", "--approve-all", "--by", "anna"]).exits(0);
    let retract = format!("skyfeed retract m31 {}", feed.arguments());
    let told = feed.run(["undo", "m31", "--by", "anna"]).exits(0).stdout;
    assert!(
        told.contains("nobody approves it any more, and it stays public all the same; to take it down: "),
        "{told}"
    );
    assert!(told.contains(&retract), "{told}");
    let told = feed.run(["reject", "m31", "--by", "berta"]).exits(0).stdout;
    assert!(told.contains("it stays public until it is taken down; next: ") && told.contains(&retract), "{told}");
    let json = feed.run(["reject", "m31", "--by", "carl", "--json"]).exits(0).json();
    let standing = &json["decisions"][0]["standing"];
    assert_eq!((&standing["state"], &standing["code"]), (&"published".into(), &"rejected-but-live".into()), "{json}");
    assert_eq!(feed.state("m31"), "published");
}
