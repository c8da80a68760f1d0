//! One damaged object of the work store: its image is named, and the others go on.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::Arc;

use bytes::Bytes;
use skyfeed_pipeline::{
    batch::Ending,
    environment::Environment,
    fetch::fetch,
    id::ImageId,
    ignore::ignore_rejects,
    reindex::{Reindex, reindex},
    retract::{Reason, retract},
    standing::{Standings, State},
    walk::{Due, Walk, Walked, walk},
};
use skyfeed_ports::store::{Body, Headers, LocalStore, Store};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, ask, contents, person};

const HEADERS: Headers = Headers { content_type: "application/json", cache_control: "" };

fn id(text: &str) -> ImageId {
    ImageId::new(text).unwrap()
}

async fn published(feed: &Feed) -> Environment {
    let env = feed.environment();
    let walked = approve_all(&env).await;
    assert!(walked.failures.is_empty(), "{:?}", walked.failures);
    env
}

async fn due(env: &Environment) -> Due {
    Due::of(env, &Standings::all(env).await.unwrap()).await.unwrap()
}

async fn approve_all(env: &Environment) -> Walked {
    walk(env, &Walk { refresh: true, approve_all: Some(person("anna")) }, &()).await.unwrap()
}

async fn put(store: &dyn Store, key: &str, text: &'static str) {
    let bytes = Bytes::from_static(text.as_bytes());
    store.put(key, Body::Bytes(&bytes), HEADERS, Default::default()).await.unwrap();
}

/// Damages the decision on the image `small` and answers its key.
async fn damage_decision(feed: &Feed) -> String {
    let work = contents(&*feed.work).await;
    let key = work.keys().find(|key| key.starts_with("decisions/small/")).unwrap();
    put(&*feed.work, key, "{\"decision\": \"appr").await;
    key.clone()
}

async fn unpublish(feed: &Feed) {
    let site = contents(&*feed.site).await;
    feed.site.delete(&site.into_keys().collect::<Vec<_>>()).await.unwrap();
    let records = ["small", "wide"].map(|id| format!("published/{id}.json"));
    feed.work.delete(&records).await.unwrap();
}

#[tokio::test]
async fn a_damaged_decision_is_no_approval_and_holds_up_no_other_image() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    unpublish(&feed).await;
    let key = damage_decision(&feed).await;

    let Due { publish, failures, .. } = due(&env).await;
    assert_eq!(publish, [id("wide")]);
    assert_eq!(failures.len(), 1);
    assert_eq!((failures[0].item.as_str(), failures[0].is_transient()), ("small", false));
    assert!(failures[0].causes[0].contains(&key), "{failures:?}");

    let walked = approve_all(&env).await;
    assert!(walked.failures.iter().all(|failure| failure.item == "small") && !walked.failures.is_empty());
    let site = contents(&*feed.site).await;
    assert!(site.contains_key("wide/index.wtml") && !site.contains_key("small/index.wtml"));
    assert_eq!(walked.reindexed.unwrap().images, 1);
}

#[tokio::test]
async fn a_damaged_decision_might_be_a_reject_so_its_image_is_not_fetched_again() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    unpublish(&feed).await;
    damage_decision(&feed).await;
    let inbox = ["small", "wide"].map(|id| format!("inbox/{id}/image.png"));
    feed.work.delete(&inbox).await.unwrap();

    assert_eq!(ask(&env).await.unwrap().due, []);
    let standings = Standings::all(&env).await.unwrap();
    assert_eq!(standings.get(&id("small")).unwrap().state, State::Unreadable);
    assert_eq!(standings.get(&id("wide")).unwrap().state, State::Approved);
}

#[tokio::test]
async fn only_what_is_surely_turned_away_is_marked_as_rejected() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    unpublish(&feed).await;
    damage_decision(&feed).await;
    let events = ignore_rejects(&env).await.unwrap();
    assert!(events.iter().all(|event| matches!(event.ending, Ending::Done { .. })), "{events:?}");
    assert_eq!(events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["nowhere"]);
    assert!(!contents(&*feed.site).await.contains_key("small/skip.flag"));
}

#[tokio::test]
async fn an_image_with_a_damaged_record_has_a_status_that_names_it() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    put(&*feed.work, "published/small.json", "{}").await;
    let standings = Standings::all(&env).await.unwrap();
    assert_eq!(standings.get(&id("wide")).unwrap().state, State::Published);
    let small = standings.get(&id("small")).unwrap();
    assert_eq!((&small.state, small.code), (&State::Unreadable, "unreadable-record"));
    assert!(small.problem.as_ref().unwrap().text.contains("published/small.json"), "{small:?}");
}

#[tokio::test]
async fn a_damaged_published_record_is_named_and_takes_nothing_from_the_index() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    let index = contents(&*feed.site).await["index.wtml"].clone();
    put(&*feed.work, "published/small.json", "").await;
    for command in [Reindex::CatchUp, Reindex::Rebuild] {
        let done = reindex(&env, &command).await.unwrap();
        assert_eq!(done.skipped.iter().map(|skipped| skipped.id.as_str()).collect::<Vec<_>>(), ["small"]);
        assert!(done.skipped[0].reason.contains("published/small.json"), "{:?}", done.skipped);
        assert_eq!(contents(&*feed.site).await["index.wtml"], index, "{command:?}");
    }
}

#[tokio::test]
async fn a_takedown_does_not_wait_for_a_damaged_record() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    put(&*feed.work, "published/small.json", "<html>").await;
    retract(&env, &id("small"), &Reason::default()).await.unwrap();
    let left: Vec<_> = contents(&*feed.site).await.into_keys().filter(|key| key.starts_with("small/")).collect();
    assert_eq!(left, ["small/skip.flag"]);
    assert_eq!(reindex(&env, &Reindex::CatchUp).await.unwrap().images, 1);
}

#[tokio::test]
async fn a_record_of_another_image_is_not_taken_for_its_own() {
    let feed = Feed::new("");
    let env = feed.environment();
    ask(&env).await.unwrap();
    let wide = contents(&*feed.work).await["candidates/wide.json"].clone();
    feed.work.put("candidates/small.json", Body::Bytes(&wide), HEADERS, Default::default()).await.unwrap();
    let error = fetch(&env, &id("small")).await.unwrap_err();
    assert!(error.to_string().contains("`candidates/small.json` is a record of `wide`"), "{error}");
    assert!(!contents(&*feed.work).await.contains_key("inbox/wide/image.png"));
}

#[tokio::test]
async fn a_record_of_an_unknown_format_is_not_guessed_at() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    unpublish(&feed).await;
    let work = contents(&*feed.work).await;
    let key = work.keys().find(|key| key.starts_with("decisions/small/")).unwrap();
    let newer = String::from_utf8_lossy(&work[key]).replace("\"format\": 2", "\"format\": 3");
    feed.work.put(key, Body::Bytes(&newer.into()), HEADERS, Default::default()).await.unwrap();
    let Due { publish, failures, .. } = due(&env).await;
    assert_eq!(publish, [id("wide")]);
    assert!(failures[0].causes[0].contains("its format is 3, this program reads formats 1 and 2"), "{failures:?}");
}

#[tokio::test]
async fn what_lies_in_the_wrong_place_in_the_inbox_is_told_how_to_lie_right() {
    let feed = Feed::new("");
    let env = feed.environment();
    put(&*feed.work, "inbox/a.b.png", "").await;
    put(&*feed.work, "inbox/a?b/c.png", "").await;
    let Due { tile, failures, .. } = due(&env).await;
    assert_eq!(tile, []);
    let causes: Vec<&str> = failures.iter().map(|failure| failure.causes[0].as_str()).collect();
    assert!(causes[0].ends_with("such as inbox/a.b/a.b.png"), "{causes:?}");
    assert!(
        causes[1].starts_with("`a?b` cannot be an image id") && causes[1].ends_with("rename the folder"),
        "{causes:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_place_of_a_document_holds_up_no_other_image() {
    let feed = Feed::new("");
    published(&feed).await;
    let folder = tempfile::tempdir().unwrap();
    let site = LocalStore::open(folder.path()).unwrap();
    for (key, bytes) in contents(&*feed.site).await {
        site.put(&key, Body::Bytes(&bytes), HEADERS, Default::default()).await.unwrap();
    }
    let document = folder.path().join("small/index.wtml");
    std::fs::remove_file(&document).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &document).unwrap();

    let env = feed.environment_on(feed.work.clone(), Arc::new(site));
    let done = reindex(&env, &Reindex::Rebuild).await.unwrap();
    assert_eq!(done.images, 1);
    assert_eq!(done.skipped.iter().map(|skipped| skipped.id.as_str()).collect::<Vec<_>>(), ["small"]);
    assert!(done.skipped[0].reason.contains("small/index.wtml"), "{:?}", done.skipped);
    assert!(Standings::all(&env).await.unwrap().get(&id("wide")).is_some());
}

#[tokio::test]
async fn a_document_with_relative_urls_stands_in_the_index_with_whole_ones() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    let site = contents(&*feed.site).await;
    let relative = site["small/index_rel.wtml"].clone();
    feed.site.put("small/index.wtml", Body::Bytes(&relative), HEADERS, Default::default()).await.unwrap();
    reindex(&env, &Reindex::Rebuild).await.unwrap();
    assert_eq!(contents(&*feed.site).await["index.wtml"], site["index.wtml"]);
}

#[tokio::test]
async fn an_object_of_any_size_is_nothing_against_other_images() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    let revision = Standings::all(&env).await.unwrap().get(&id("small")).unwrap().revision.clone().unwrap();
    let huge = Bytes::from(vec![b' '; 2 << 20]);
    for key in [&format!("decisions/small/{revision}/02-mallory.json"), "published/zz.json", "unusable/zy.json"] {
        feed.work.put(key, Body::Bytes(&huge), HEADERS, Default::default()).await.unwrap();
    }
    let standings = Standings::all(&env).await.unwrap();
    assert_eq!(standings.get(&id("wide")).unwrap().state, State::Published);
    assert_eq!(standings.get(&id("zz")).unwrap().state, State::Unreadable);
    let problem = standings.get(&id("small")).unwrap().problem.clone().unwrap();
    assert!(problem.text.contains("2097152 bytes"), "{problem:?}");
}

#[tokio::test]
async fn what_a_folder_refuses_to_read_is_nothing_against_other_images() {
    let folder = tempfile::tempdir().unwrap();
    let feed = Feed::new("");
    let site = Arc::new(LocalStore::open(folder.path()).unwrap());
    std::fs::create_dir(folder.path().join("old")).unwrap();
    std::fs::write(folder.path().join("old/x"), "x").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("old/index.wtml")).unwrap();
    let env = feed.environment_on(feed.work.clone(), site);
    approve_all(&env).await;
    assert_eq!(Standings::all(&env).await.unwrap().get(&id("small")).unwrap().state, State::Published);
}

#[tokio::test]
async fn pixels_that_are_gone_are_made_again_by_the_walk_that_needs_them() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    unpublish(&feed).await;
    let lost = contents(&*feed.work)
        .await
        .into_keys()
        .filter(|key| key.starts_with("pixels/small/") || key.starts_with("staged/wide/"));
    feed.work.delete(&lost.collect::<Vec<_>>()).await.unwrap();
    assert!(skyfeed_pipeline::publish::plan(&env, &id("small")).await.is_err(), "a dry run says what the run would");
    walk(&env, &Walk { refresh: false, approve_all: None }, &()).await.unwrap();
    let standings = Standings::all(&env).await.unwrap();
    for name in ["small", "wide"] {
        assert_eq!(standings.get(&id(name)).unwrap().state, State::Published, "{name}");
    }
}
