//! Every file in `events/`, sent twice to the functions that it is for.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{fs, path::Path};

use serde_json::{Value, json};
use skyfeed_pipeline::ledger::{AttemptOutcome, Ledger, SqliteLedger};
use skyfeed_test_support::files;
use skyfeed_tests_functions::Feed;

const FUNCTIONS: [&str; 4] = ["fetch", "tile", "publish", "reindex"];

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

/// The answer in one line for each image, or the error.
fn told(answer: anyhow::Result<Value>) -> String {
    match answer {
        Err(error) => format!("error: {error:#}"),
        Ok(answer) => {
            let mut lines: Vec<String> = ["events", "refused", "batchItemFailures"]
                .iter()
                .flat_map(|field| answer[*field].as_array().into_iter().flatten())
                .map(Value::to_string)
                .collect();
            if let Some(due) = answer.get("due") {
                lines.push(format!("due: {due}"));
            }
            lines.join("\n")
        }
    }
}

#[tokio::test]
async fn every_event_is_answered_and_its_repetition_too() {
    for name in files(&events()).unwrap().iter().filter(|name| name.ends_with(".json")) {
        let folder = name.split('/').next().unwrap();
        let functions: &[&str] = if folder == "bad" { &FUNCTIONS } else { &[folder] };
        let mut told_all = String::new();
        for function in functions {
            let feed = feed().await;
            if *function == "tile" {
                feed.put(&picture(), "work/inbox/eso1907a/image.png").unwrap();
            }
            for time in ["once", "again"] {
                let answer = told(feed.invoke(function, &event(name)).await);
                told_all.push_str(&format!("{function} {time}\n{answer}\n"));
            }
        }
        let snapshot = name.trim_end_matches(".json").replace('/', "__");
        insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(snapshot, told_all);
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

    let waiting = feed.invoke("publish", &image).await.unwrap();
    assert_eq!(waiting["events"][0]["outcome"], "waiting");
    approve(&feed, &revision);
    let published = feed.invoke("publish", &image).await.unwrap();
    assert_eq!(published["events"][0]["outcome"], "done");
    feed.invoke("reindex", &image).await.unwrap();
    let index = fs::read_to_string(feed.path().join("site/index.wtml")).unwrap();
    assert!(index.contains(&format!("https://example.org/feed/eso1907a/{revision}/")), "{index}");
}

fn approve(feed: &Feed, revision: &str) {
    let manifest = fs::read(feed.path().join(format!("work/staged/eso1907a/{revision}/manifest.json"))).unwrap();
    let decision = json!({
        "format": 1, "decision": "approve", "by": "anna", "at": "2026-01-01T00:00:00Z",
        "manifest_sha256": skyfeed_pipeline::sha256_hex(&manifest),
    });
    let folder = feed.path().join(format!("work/decisions/eso1907a/{revision}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("anna.json"), decision.to_string()).unwrap();
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
