//! Every file in `events/`, sent twice to the functions that it is for.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{fs, path::Path};

use serde_json::{Value, json};
use skyfeed_ports::ledger::{Attempt, AttemptOutcome, Ledger, SqliteLedger};
use skyfeed_test_support::files;
use skyfeed_tests_functions::Feed;

fn events() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn event(name: &str) -> Value {
    serde_json::from_slice(&fs::read(events().join(name)).unwrap()).unwrap()
}

fn picture() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/oracle/03_study_avm_rgba_1000x1500/input/image.png")
}

/// A feed in which the image that most events name is waiting, or further.
async fn feed() -> Feed {
    let feed = Feed::new().await.unwrap();
    feed.put(&picture(), "images/eso1907a.png").unwrap();
    feed
}

/// The answer in a line for each image, or the error.
fn told(answer: anyhow::Result<Value>) -> Vec<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return vec![format!("error: {error:#}")],
    };
    let items = |field: &str| answer[field].as_array().cloned().unwrap_or_default();
    let events = items("events").into_iter().map(|event| {
        let why = event.get("causes").or_else(|| event.get("reason"));
        let causes = why.map(|why| format!(": {why}")).unwrap_or_default();
        format!("{} {}{causes}", event["id"], event["outcome"])
    });
    // Images are worked on side by side, and told as they end.
    let mut events: Vec<String> = events.collect();
    events.sort();
    let refused =
        items("refused").into_iter().map(|refused| format!("refused {}: {}", refused["item"], refused["causes"]));
    let again = items("batchItemFailures").into_iter().map(|failure| format!("again: {}", failure["itemIdentifier"]));
    events.into_iter().chain(refused).chain(again).chain(answer.get("due").map(|due| format!("due: {due}"))).collect()
}

/// What the ledger has of the image of most events.
async fn history(feed: &Feed) -> Vec<String> {
    let ledger = SqliteLedger::open(&feed.path().join("ledger.sqlite")).unwrap();
    let attempts = ledger.history("eso1907a").await.unwrap();
    attempts.iter().map(|attempt| format!("ledger: {} {}", attempt.kind, outcome(attempt))).collect()
}

fn outcome(attempt: &Attempt) -> &'static str {
    match attempt.outcome.as_ref().unwrap() {
        AttemptOutcome::Done { .. } => "done",
        AttemptOutcome::Unusable { .. } => "unusable",
        AttemptOutcome::Failed { .. } => "failed",
        AttemptOutcome::Released => "released",
    }
}

/// Sends an event twice and tells the answers.
async fn twice(function: &str, event: &Value) -> String {
    let feed = feed().await;
    if function == "tile" {
        feed.put(&picture(), "work/inbox/eso1907a/image.png").unwrap();
    }
    let mut lines = vec!["once:".to_owned()];
    lines.extend(told(feed.invoke(function, event).await));
    lines.extend(history(&feed).await);
    lines.push("again:".to_owned());
    lines.extend(told(feed.invoke(function, event).await));
    lines.extend(history(&feed).await);
    lines.join("\n")
}

#[tokio::test]
async fn every_event_is_answered_and_its_repetition_does_no_work() {
    for name in files(&events()).unwrap().iter().filter(|name| name.ends_with(".json")) {
        let (folder, event) = (name.split('/').next().unwrap(), event(name));
        let told = if folder == "bad" {
            let told = twice("tile", &event).await;
            for function in ["fetch", "publish", "reindex"] {
                assert_eq!(twice(function, &event).await, told, "{function} {name}");
            }
            told
        } else {
            twice(folder, &event).await
        };
        let snapshot = name.trim_end_matches(".json").replace('/', "__");
        insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(snapshot, told);
        });
    }
}

#[tokio::test]
async fn four_events_take_an_image_through_the_whole_walk() {
    let feed = feed().await;
    let image = json!({"image": "eso1907a"});
    let fetched = feed.invoke("fetch", &event("fetch/schedule.json")).await.unwrap();
    assert_eq!(fetched["due"], json!(["eso1907a"]));
    let tiled = feed.invoke("tile", &image).await.unwrap();
    let revision = tiled["events"][0]["result"].as_str().unwrap().to_owned();
    assert_eq!(tiled["events"][0]["figures"]["pixels"], 1_500_000);

    assert_eq!(publish(&feed).await, ("waiting".to_owned(), "nobody decided yet".to_owned()));
    decide(&feed, &revision, "01-anna", "approve");
    assert_eq!(publish(&feed).await.0, "done");
    feed.invoke("reindex", &image).await.unwrap();
    let index = fs::read_to_string(feed.path().join("site/index.wtml")).unwrap();
    let pixels = only_folder(&feed.path().join("work/pixels/eso1907a"));
    assert!(index.contains(&format!("https://example.org/feed/eso1907a/{pixels}/")), "{index}");
}

/// Invokes `publish` for the image of most events; how that ended, and why.
async fn publish(feed: &Feed) -> (String, String) {
    let answer = feed.invoke("publish", &json!({"image": "eso1907a"})).await.unwrap();
    let [event] = answer["events"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("reason"))
}

fn only_folder(folder: &Path) -> String {
    let [only] = fs::read_dir(folder).unwrap().collect::<Vec<_>>().try_into().unwrap();
    only.unwrap().file_name().into_string().unwrap()
}

/// A feed with a staged study, and its revision.
async fn staged(config: &str) -> (Feed, String) {
    let feed = feed().await;
    feed.configure(config).unwrap();
    feed.put(&picture(), "work/inbox/eso1907a/image.png").unwrap();
    let tiled = feed.invoke("tile", &json!({"image": "eso1907a"})).await.unwrap();
    let revision = tiled["events"][0]["result"].as_str().unwrap().to_owned();
    (feed, revision)
}

#[tokio::test]
async fn a_decision_that_is_not_enough_says_what_is_missing() {
    let (feed, revision) = staged("approvals_required: 2\n").await;
    decide(&feed, &revision, "01-anna", "approve");
    assert_eq!(publish(&feed).await, ("waiting".to_owned(), "approved by anna, 1 of 2".to_owned()));
    // The same person again does not make two.
    decide(&feed, &revision, "02-anna", "approve");
    assert_eq!(publish(&feed).await.0, "waiting");
    decide(&feed, &revision, "03-carl", "reject");
    assert_eq!(publish(&feed).await, ("waiting".to_owned(), "rejected by carl: not now".to_owned()));
    assert!(!feed.path().join("site/eso1907a").exists());
    decide(&feed, &revision, "04-carl", "approve");
    assert_eq!(publish(&feed).await.0, "done");
    // What is on the site stays there, and the function says why.
    decide(&feed, &revision, "05-anna", "reject");
    let (outcome, reason) = publish(&feed).await;
    assert!(outcome == "waiting" && reason.contains("until it is retracted"), "{outcome}: {reason}");
}

#[tokio::test]
async fn an_image_can_be_rejected_before_anything_of_it_is_staged() {
    let feed = feed().await;
    feed.invoke("fetch", &event("fetch/schedule.json")).await.unwrap();
    let event = event("publish/candidate.json");
    let key = key_of(&event["Records"][0]).replace("%40", "@");
    let decision = feed.path().join("work").join(key);
    fs::create_dir_all(decision.parent().unwrap()).unwrap();
    let record = json!({"format": 2, "decision": "reject", "note": "seen before"});
    fs::write(decision, record.to_string()).unwrap();
    let answer = feed.invoke("publish", &event).await.unwrap();
    assert_eq!(answer["events"][0]["outcome"], "waiting");
    assert_eq!(answer["events"][0]["reason"], "rejected by anna@example.org: seen before");
}

#[tokio::test]
async fn an_approval_of_something_else_is_named() {
    let (feed, revision) = staged("").await;
    let manifest = feed.path().join(format!("work/staged/eso1907a/{revision}/manifest.json"));
    decide(&feed, &revision, "01-anna", "approve");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}\n")).unwrap();
    let (outcome, reason) = publish(&feed).await;
    assert_eq!(outcome, "waiting");
    assert!(reason.contains("01-anna.json` counts for nothing: it approves another manifest"), "{reason}");
}

#[tokio::test]
async fn a_decision_that_cannot_be_read_is_for_a_person() {
    let (feed, revision) = staged("").await;
    decide(&feed, &revision, "01-anna", "approve");
    fs::write(feed.path().join(format!("work/decisions/eso1907a/{revision}/02-carl.json")), "{").unwrap();
    let answer = feed.invoke("publish", &json!({"image": "eso1907a"})).await.unwrap();
    assert_eq!(answer["events"][0]["outcome"], "failed", "{answer}");
    assert!(answer["events"][0]["causes"][0].as_str().unwrap().contains("02-carl.json"), "{answer}");
}

#[tokio::test]
async fn litter_among_decisions_is_refused_by_name_and_disturbs_nothing() {
    let (feed, revision) = staged("").await;
    let litter: Vec<String> = event("publish/litter.json")["Records"].as_array().unwrap().iter().map(key_of).collect();
    let (good, litter) = litter.split_last().unwrap();
    for key in litter {
        feed.put(&picture(), &format!("work/{}", key.replace("0123456789abcdef", &revision))).unwrap();
    }
    decide(&feed, &revision, "04-anna", "approve");
    let text = event("publish/litter.json").to_string().replace("0123456789abcdef", &revision);
    let answer = feed.invoke("publish", &serde_json::from_str(&text).unwrap()).await.unwrap();
    assert_eq!(answer["events"][0]["outcome"], "done", "{good}: {answer}");
    let refused: Vec<_> =
        answer["refused"].as_array().unwrap().iter().map(|one| one["item"].as_str().unwrap()).collect();
    let litter: Vec<_> = litter.iter().map(|key| key.replace("0123456789abcdef", &revision)).collect();
    assert_eq!(refused, litter);
}

fn key_of(record: &Value) -> String {
    record["s3"]["object"]["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_intent_changes_nothing_in_the_index() {
    let (feed, revision) = staged("").await;
    let published = feed.path().join("work/published/eso1907a.json");
    let intent = json!({"format": 2, "id": "eso1907a", "state": "publishing", "revision": revision});
    fs::create_dir_all(published.parent().unwrap()).unwrap();
    fs::write(&published, intent.to_string()).unwrap();
    let event = event("reindex/object-created.json");
    let index = feed.path().join("site/index.wtml");
    assert_eq!(feed.invoke("reindex", &event).await.unwrap()["events"][0]["outcome"], "already-done");
    assert!(!index.exists());

    // A killed run's intent is gone on with.
    decide(&feed, &revision, "01-anna", "approve");
    assert_eq!(publish(&feed).await.0, "done");
    feed.invoke("reindex", &event).await.unwrap();
    let before = fs::read(&index).unwrap();
    let live: Value = serde_json::from_slice(&fs::read(&published).unwrap()).unwrap();
    assert_eq!(live["state"], "live");
    let mut intent = intent;
    intent["before"] = live;
    fs::write(&published, intent.to_string()).unwrap();
    fs::remove_file(feed.path().join("site/eso1907a/index.wtml")).unwrap();
    assert_eq!(feed.invoke("reindex", &event).await.unwrap()["events"][0]["outcome"], "already-done");
    assert!(fs::read(&index).unwrap() == before);
}

#[tokio::test]
async fn a_new_title_makes_documents_and_no_tiles() {
    let (feed, revision) = staged("").await;
    let archive = feed.path().join("work/pixels/eso1907a");
    let made = only_folder(&archive);
    let written = fs::metadata(archive.join(&made).join("tiles.pmtiles")).unwrap().modified().unwrap();
    let record = json!({"format": 1, "id": "eso1907a", "title": "Another title"});
    fs::write(feed.path().join("work/inbox/eso1907a/source.json"), record.to_string()).unwrap();
    let tiled = feed.invoke("tile", &json!({"image": "eso1907a"})).await.unwrap();
    assert_ne!(tiled["events"][0]["result"], json!(revision), "{tiled}");
    assert_eq!(only_folder(&archive), made);
    assert_eq!(fs::metadata(archive.join(&made).join("tiles.pmtiles")).unwrap().modified().unwrap(), written);
}

/// Writes a decision as a reviewer's program does.
fn decide(feed: &Feed, revision: &str, name: &str, decision: &str) {
    let manifest = fs::read(feed.path().join(format!("work/staged/eso1907a/{revision}/manifest.json"))).unwrap();
    let note = if decision == "reject" { "not now" } else { "" };
    let digest = skyfeed_pipeline::sha256_hex(&manifest);
    let record = json!({"format": 2, "decision": decision, "note": note, "manifest_sha256": digest});
    let folder = feed.path().join(format!("work/decisions/eso1907a/{revision}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.json")), record.to_string()).unwrap();
}

#[tokio::test]
async fn one_event_five_times_at_once_is_one_piece_of_work() {
    let feed = feed().await;
    feed.put(&picture(), "work/inbox/eso1907a/image.png").unwrap();
    let event = event("tile/object-created.json");
    let calls = [(); 5].map(|()| feed.invoke("tile", &event));
    let answers = futures::future::join_all(calls).await;
    let outcome = |answer: anyhow::Result<Value>| answer.unwrap()["events"][0]["outcome"].as_str().unwrap().to_owned();
    let mut outcomes: Vec<String> = answers.into_iter().map(outcome).collect();
    outcomes.sort();
    assert_eq!(outcomes, ["already-done", "already-done", "already-done", "already-done", "done"]);
    let ledger = SqliteLedger::open(&feed.path().join("ledger.sqlite")).unwrap();
    let history = ledger.history("eso1907a").await.unwrap();
    assert!(matches!(history.as_slice(), [only] if matches!(only.outcome, Some(AttemptOutcome::Done { .. }))));
}

#[tokio::test]
async fn a_bad_image_is_answered_and_recorded_and_never_comes_again() {
    let feed = feed().await;
    let broken = feed.path().join("broken.png");
    fs::write(&broken, &fs::read(picture()).unwrap()[..5000]).unwrap();
    feed.put(&broken, "work/inbox/eso1907a/image.png").unwrap();
    let answer = feed.invoke("tile", &event("tile/object-created-in-sqs.json")).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert!(feed.path().join("work/unusable/eso1907a.json").exists());
    let ledger = SqliteLedger::open(&feed.path().join("ledger.sqlite")).unwrap();
    let history = ledger.history("eso1907a").await.unwrap();
    assert!(matches!(&history[0].outcome, Some(AttemptOutcome::Unusable { .. })), "{history:?}");
}

#[tokio::test]
async fn without_a_configuration_messages_come_again_and_a_person_is_told() {
    let feed = feed().await;
    fs::remove_file(feed.path().join("work/toasty-pipeline-config.yaml")).unwrap();
    let answer = feed.invoke("tile", &event("tile/object-created-in-sqs.json")).await.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1);
    let error = feed.invoke("tile", &json!({"image": "eso1907a"})).await.unwrap_err();
    assert!(format!("{error:#}").contains("toasty-pipeline-config.yaml"), "{error:#}");
}

#[tokio::test]
async fn only_fetch_has_a_schedule() {
    let feed = feed().await;
    for function in ["tile", "publish", "reindex"] {
        let error = feed.invoke(function, &event("fetch/schedule.json")).await.unwrap_err();
        assert!(error.to_string().contains("has no schedule"), "{error}");
    }
}

#[tokio::test]
async fn an_image_that_is_too_large_for_the_function_waits_for_a_larger_one() {
    const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
    let feed = feed().await.deployed_with(&[(MEMORY, "50")]).await.unwrap();
    feed.put(&picture(), "work/inbox/eso1907a/image.png").unwrap();
    let message = event("tile/object-created-in-sqs.json");
    let refused = feed.invoke("tile", &message).await.unwrap();
    assert_eq!(refused["batchItemFailures"].as_array().unwrap().len(), 1, "{refused}");
    let by_hand = feed.invoke("tile", &json!({"image": "eso1907a"})).await.unwrap_err().to_string();
    assert!(by_hand.contains("`eso1907a` does not fit here: it needs about "), "{by_hand}");
    assert!(by_hand.contains("deploy with TileMemory=256") && !by_hand.contains("try again"), "{by_hand}");
    let work = feed.path().join("work");
    assert!(["staged", "pixels", "unusable"].iter().all(|folder| !work.join(folder).exists()));

    let feed = feed.deployed_with(&[(MEMORY, "256")]).await.unwrap();
    let made = feed.invoke("tile", &message).await.unwrap();
    assert_eq!(made["batchItemFailures"], json!([]));
    assert!(work.join("staged/eso1907a").exists());
}
