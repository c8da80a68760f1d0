//! Taking an image down and bringing it back: done twice, and broken off after every single write.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::Arc;

use skyfeed_pipeline::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    outcome::Outcome,
    reindex::{Reindex, reindex},
    restore::restore,
    retract::{Reason, retract},
    walk::{Walk, walk},
};
use skyfeed_ports::store::{FailingStore, Failure};

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
    assert!(matches!(restore(&idle, &wide()).await.unwrap(), Outcome::AlreadyDone(Some(_))));
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
