//! Taking an image down and bringing it back: done twice, and broken off after every single write.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::Arc;

use bytes::Bytes;
use skyfeed_pipeline::{
    decide::{Decide, decide},
    environment::Environment,
    error::StepError,
    fetch::fetch_again,
    id::ImageId,
    outcome::Outcome,
    publish::publish,
    record::Verdict,
    reindex::{Reindex, reindex},
    restore::{self, Restored, restore},
    retract::{Reason, retract},
    standing::{Standing, Standings, State},
    tile::tile,
    walk::{Walk, walk},
};
use skyfeed_ports::{
    ledger::AttemptOutcome,
    store::{Body, Condition, FailingStore, Failure, Headers, Store},
};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents, person};

fn wide() -> ImageId {
    ImageId::new("wide").unwrap()
}

async fn published() -> Feed {
    let feed = Feed::new("");
    let command = Walk { refresh: true, approve_all: Some(person("anna")) };
    walk(&feed.environment(), &command, &()).await.unwrap();
    feed
}

async fn take_down(env: &Environment) -> Result<(), StepError> {
    retract(env, &wide(), &Reason::default()).await?;
    reindex(env, &Reindex::Changed(vec![wide()])).await?;
    Ok(())
}

async fn bring_back(env: &Environment) -> Result<(), StepError> {
    restore(env, &wide()).await?;
    reindex(env, &Reindex::Changed(vec![wide()])).await?;
    Ok(())
}

/// An environment whose stores break down together after `allowed` writes, and the count of writes.
fn failing(feed: &Feed, allowed: u64, failure: Failure) -> (Environment, Arc<FailingStore>) {
    let work = Arc::new(FailingStore::new(feed.work.clone(), allowed).failing(failure));
    let site = Arc::new(work.beside(feed.site.clone()));
    (feed.environment_on(work.clone(), site), work)
}

#[tokio::test]
async fn a_second_takedown_and_a_second_restore_write_nothing() {
    let feed = published().await;
    let env = feed.environment();
    take_down(&env).await.unwrap();
    let (idle, writes) = failing(&feed, 0, Failure::BeforeEffect);
    assert_eq!(retract(&idle, &wide(), &Reason::default()).await.unwrap(), Outcome::AlreadyDone(()));
    assert!(!reindex(&idle, &Reindex::Changed(vec![wide()])).await.unwrap().written);
    bring_back(&env).await.unwrap();
    assert!(matches!(restore(&idle, &wide()).await.unwrap(), Outcome::AlreadyDone(Restored::OnSite(Some(_)))));
    assert_eq!(writes.operations(), 0);
}

#[tokio::test]
async fn takedown_and_restore_are_in_the_history() {
    let feed = published().await;
    let env = feed.environment();
    take_down(&env).await.unwrap();
    bring_back(&env).await.unwrap();
    let history = env.ledger.history("wide").await.unwrap();
    let kinds: Vec<&str> = history.iter().map(|attempt| attempt.kind.as_str()).collect();
    assert_eq!(kinds, ["fetch", "tile", "publish", "retract", "restore", "publish"]);
}

#[tokio::test]
async fn a_takedown_that_breaks_off_after_any_write_is_finished_by_the_next() {
    let reference = published().await;
    let before = contents(&*reference.site).await;
    let (counting, writes) = failing(&reference, u64::MAX, Failure::BeforeEffect);
    take_down(&counting).await.unwrap();
    let down = contents(&*reference.site).await;
    let writes_down = writes.operations();

    for failure in [Failure::BeforeEffect, Failure::AfterEffect] {
        for allowed in 0..writes_down {
            let feed = published().await;
            assert!(take_down(&failing(&feed, allowed, failure).0).await.is_err(), "write {allowed} did not fail");
            let site = contents(&*feed.site).await;
            let touched = site != before;
            assert!(
                !touched || site.contains_key("wide/skip.flag"),
                "write {allowed}: something went before the flag came"
            );
            feed.clock.advance(60);
            take_down(&feed.environment()).await.unwrap();
            assert_eq!(contents(&*feed.site).await, down, "{failure:?} of write {allowed}");
        }
    }
}

#[tokio::test]
async fn a_restore_that_breaks_off_after_any_write_is_finished_by_the_next() {
    let reference = published().await;
    let before = contents(&*reference.site).await;
    take_down(&reference.environment()).await.unwrap();
    let (counting, writes) = failing(&reference, u64::MAX, Failure::BeforeEffect);
    bring_back(&counting).await.unwrap();
    assert_eq!(contents(&*reference.site).await, before);

    for failure in [Failure::BeforeEffect, Failure::AfterEffect] {
        for allowed in 0..writes.operations() {
            let feed = published().await;
            take_down(&feed.environment()).await.unwrap();
            assert!(bring_back(&failing(&feed, allowed, failure).0).await.is_err(), "write {allowed} did not fail");
            feed.clock.advance(60);
            bring_back(&feed.environment()).await.unwrap();
            assert_eq!(contents(&*feed.site).await, before, "{failure:?} of write {allowed}");
        }
    }
}

#[tokio::test]
async fn a_restore_that_failed_is_told_until_the_image_is_back_by_whatever_means() {
    let (mut told, mut back) = (0, 0);
    let failures = [Failure::BeforeEffect, Failure::AfterEffect];
    for (allowed, failure) in (0..6).flat_map(|allowed| failures.map(|failure| (allowed, failure))) {
        let feed = published().await;
        let env = feed.environment();
        take_down(&env).await.unwrap();
        assert!(restore(&failing(&feed, allowed, failure).0, &wide()).await.is_err(), "write {allowed} did not fail");
        let stood = Standing::of(&env, &wide()).await.unwrap().unwrap();
        told += usize::from(stood.state == State::Publishing && stood.is_stuck());
        feed.clock.advance(60);
        walk(&env, &Walk { refresh: false, approve_all: None }, &()).await.unwrap();
        let all = Standings::all(&env).await.unwrap();
        for standing in [&Standing::of(&env, &wide()).await.unwrap().unwrap(), all.get(&wide()).unwrap()] {
            assert!(
                standing.state != State::Published || standing.open_attempt.is_none(),
                "{failure:?} of write {allowed}: {standing:?}"
            );
            back += usize::from(standing.state == State::Published);
        }
    }
    assert!(told > 3 && back > 3, "{told} {back}");
}

async fn put(store: &dyn Store, key: &str, text: &'static str) {
    let headers = Headers { content_type: "application/octet-stream", cache_control: "" };
    store.put(key, Body::Bytes(&Bytes::from_static(text.as_bytes())), headers, Condition::Always).await.unwrap();
}

#[tokio::test]
async fn what_another_program_published_comes_back_as_it_was() {
    let feed = published().await;
    let env = feed.environment();
    let wtml = feed.site.get("small/index.wtml").await.unwrap().unwrap().bytes;
    let text: &'static str = String::from_utf8(wtml.to_vec()).unwrap().replace("small", "theirs").leak();
    for (key, text) in [("theirs/index.wtml", text), ("theirs/0/0/0_0.png", "tile"), ("theirs/thumb.jpg", "thumbnail")]
    {
        put(&*feed.site, key, text).await;
    }
    reindex(&env, &Reindex::Rebuild).await.unwrap();
    let before = contents(&*feed.site).await;
    let theirs = ImageId::new("theirs").unwrap();
    retract(&env, &theirs, &Reason::default()).await.unwrap();
    reindex(&env, &Reindex::Changed(vec![theirs.clone()])).await.unwrap();
    let down = contents(&*feed.site).await;
    assert_eq!(down.keys().filter(|key| key.starts_with("theirs/")).collect::<Vec<_>>(), ["theirs/skip.flag"]);
    assert!(!String::from_utf8_lossy(&down["index.wtml"]).contains("/theirs/"));
    assert_eq!(restore(&env, &theirs).await.unwrap(), Outcome::Done(Restored::OnSite(None)));
    // By the records alone, as a walk and the schedule look.
    reindex(&env, &Reindex::CatchUp).await.unwrap();
    assert_eq!(contents(&*feed.site).await, before);
}

#[tokio::test]
async fn what_is_no_longer_staged_is_kept_and_comes_back_as_it_was() {
    let feed = published().await;
    let env = feed.environment();
    let before = contents(&*feed.site).await;
    let staged = contents(&*feed.work)
        .await
        .into_keys()
        .filter(|key| ["staged/wide/", "pixels/wide/"].iter().any(|folder| key.starts_with(folder)));
    feed.work.delete(&staged.collect::<Vec<_>>()).await.unwrap();
    take_down(&env).await.unwrap();
    bring_back(&env).await.unwrap();
    assert_eq!(contents(&*feed.site).await, before);
}

#[tokio::test]
async fn a_restore_that_has_nothing_to_bring_back_says_so_and_lets_the_walk_go_on() {
    let feed = published().await;
    let env = feed.environment();
    take_down(&env).await.unwrap();
    let rest = contents(&*feed.work)
        .await
        .into_keys()
        .filter(|key| ["staged/wide/", "pixels/wide/"].iter().any(|folder| key.starts_with(folder)));
    feed.work.delete(&rest.collect::<Vec<_>>()).await.unwrap();
    let told = restore::plan(&env, &wide()).await.unwrap_err().to_string();
    let error = restore(&env, &wide()).await.unwrap_err().to_string();
    assert!(error.contains("nothing is on the site") && told == error, "{error}");
    assert!(matches!(
        env.ledger.history("wide").await.unwrap().pop().unwrap().outcome,
        Some(AttemptOutcome::Failed { .. })
    ));
    walk(&env, &Walk { refresh: false, approve_all: None }, &()).await.unwrap();
    assert!(
        feed.site.get("wide/index.wtml").await.unwrap().is_some(),
        "its image is in the inbox, its approval stands"
    );
}

async fn decide_on(env: &Environment, verdict: Verdict) {
    let revision = Standing::of(env, &wide()).await.unwrap().unwrap().revisions[0].revision.clone();
    let (by, note) = (person("anna"), String::new());
    let command = Decide { id: wide(), revision: Some(revision), verdict, by, note, manifest_sha256: None };
    decide(env, &command).await.unwrap();
}

#[tokio::test]
async fn what_is_approved_comes_back_though_its_source_has_nothing_good_now() {
    let feed = published().await;
    let env = feed.environment();
    let before = contents(&*feed.site).await;
    put(&*feed.work, "inbox/wide/image.png", "no picture").await;
    tile(&env, &wide()).await.unwrap_err();
    let standing = Standing::of(&env, &wide()).await.unwrap().unwrap();
    assert_eq!((&standing.state, standing.code), (&State::Published, "new-image-unusable"));
    take_down(&env).await.unwrap();
    assert!(matches!(restore::plan(&env, &wide()).await.unwrap(), Outcome::Done(Restored::OnSite(Some(_)))));
    bring_back(&env).await.unwrap();
    assert_eq!(contents(&*feed.site).await, before);
}

#[tokio::test]
async fn what_nobody_approves_any_more_waits_when_it_is_restored() {
    let feed = published().await;
    let env = feed.environment();
    decide_on(&env, Verdict::Withdraw).await;
    take_down(&env).await.unwrap();
    assert_eq!(restore::plan(&env, &wide()).await.unwrap(), Outcome::Done(Restored::Walking));
    assert_eq!(restore(&env, &wide()).await.unwrap(), Outcome::Done(Restored::Walking));
    let standing = Standing::of(&env, &wide()).await.unwrap().unwrap();
    assert!(matches!(standing.state, State::Staged { .. }), "{standing:?}");
    decide_on(&env, Verdict::Approve).await;
    publish(&env, &wide()).await.unwrap();
    assert!(feed.site.get("wide/index.wtml").await.unwrap().is_some());
}

#[tokio::test]
async fn files_that_no_publication_made_stay() {
    let feed = published().await;
    let env = feed.environment();
    for key in ["wide/poster.pdf", "wide/notes/L0X0Y0.png"] {
        put(&*feed.site, key, "theirs").await;
    }
    take_down(&env).await.unwrap();
    let left: Vec<String> = contents(&*feed.site).await.into_keys().filter(|key| key.starts_with("wide/")).collect();
    assert_eq!(left, ["wide/notes/L0X0Y0.png", "wide/poster.pdf", "wide/skip.flag"]);
}

#[tokio::test]
async fn what_lacks_or_differs_on_the_site_is_made_again() {
    for (key, text) in [
        ("L0X0Y0.png", None),
        ("L0X0Y0.png", Some("")),
        ("L1X0Y0.png", Some("altered")),
        ("thumb.jpg", None),
        ("index.wtml", Some("")),
        ("index.wtml", None),
        ("index_rel.wtml", None),
    ] {
        let feed = published().await;
        let env = feed.environment();
        let before = contents(&*feed.site).await;
        let key = before.keys().find(|there| there.starts_with("wide/") && there.ends_with(key)).unwrap();
        match text {
            Some(text) => put(&*feed.site, key, text).await,
            None => feed.site.delete(std::slice::from_ref(key)).await.unwrap(),
        }
        assert!(matches!(publish(&env, &wide()).await.unwrap(), Outcome::Done(_)), "{key} {text:?}");
        assert_eq!(contents(&*feed.site).await, before, "{key} {text:?}");
        assert!(matches!(publish(&env, &wide()).await.unwrap(), Outcome::AlreadyDone(_)), "{key} {text:?}");
    }
}

#[tokio::test]
async fn an_image_keeps_its_place_in_the_index_when_it_comes_back() {
    let feed = published().await;
    let env = feed.environment();
    let date = async || match Standing::of(&env, &wide()).await.unwrap() {
        Some(_) => {
            let bytes = feed.work.get("published/wide.json").await.unwrap().unwrap().bytes;
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["sort_date"].clone()
        }
        None => panic!("nothing is known of it"),
    };
    let before = date().await;
    take_down(&env).await.unwrap();
    assert_eq!(date().await, before);
    bring_back(&env).await.unwrap();
    assert_eq!(date().await, before);
}

#[tokio::test]
async fn a_fetch_again_that_fails_leaves_what_is_there() {
    let feed = published().await;
    let before = contents(&*feed.work).await;
    let (breaking, _) = failing(&feed, 0, Failure::BeforeEffect);
    assert!(fetch_again(&breaking, &wide()).await.is_err());
    let now = contents(&*feed.work).await;
    assert_eq!(now, before);
    let env = feed.environment();
    take_down(&env).await.unwrap();
    assert!(fetch_again(&env, &wide()).await.is_err(), "it was taken down");
    assert!(contents(&*feed.work).await.contains_key("inbox/wide/image.png"));
    bring_back(&env).await.unwrap();
    assert!(matches!(fetch_again(&env, &wide()).await.unwrap(), Outcome::Done(_)));
}
