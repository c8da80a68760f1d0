//! An attempt that is broken off is gone on with.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{sync::Arc, time::Duration};

use skyfeed_pipeline::{environment::Environment, error::StepError, outcome::Outcome, tile::tile};
use skyfeed_ports::{
    ledger::{AttemptOutcome, Ledger},
    store::{FailingStore, Store},
};
use tokio::time::Instant;

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents};

#[tokio::test]
async fn work_that_the_deadline_ends_is_given_back_and_can_be_claimed_at_once() {
    let feed = Feed::new("");
    let (env, id) = feed.fetched().await;
    let late = Environment { deadline: Some(Instant::now()), ..env.clone() };
    let error = tile(&late, &id).await.unwrap_err();
    assert!(matches!(error, StepError::OutOfTime) && error.is_transient(), "{error:?}");
    let last = feed.ledger.history("wide").await.unwrap().pop().unwrap();
    assert!(matches!(last.outcome, Some(AttemptOutcome::Failed { class, .. }) if class == "transient"));
    let early = Environment { deadline: Some(Instant::now() + Duration::from_secs(600)), ..env };
    assert!(matches!(tile(&early, &id).await.unwrap(), Outcome::Done(_)));
}

#[tokio::test]
async fn a_second_attempt_makes_no_pixels_that_the_first_completed() {
    let whole = Feed::new("");
    let (env, id) = whole.fetched().await;
    tile(&env, &id).await.unwrap();

    // Archive, thumbnail, preview and digests; then document and manifest.
    for (allowed, left) in [(3, 6), (4, 2), (5, 2)] {
        let feed = Feed::new("");
        let (env, id) = feed.fetched().await;
        let broken: Arc<dyn Store> = Arc::new(FailingStore::new(feed.work.clone(), allowed));
        assert!(tile(&Environment { work: broken, ..env.clone() }, &id).await.unwrap_err().is_transient());
        let work = Arc::new(FailingStore::new(feed.work.clone(), u64::MAX));
        tile(&Environment { work: work.clone(), ..env }, &id).await.unwrap();
        assert_eq!(work.operations(), left, "after {allowed} writes");
        assert!(contents(&*feed.work).await == contents(&*whole.work).await, "other objects than in one go");
    }
}
