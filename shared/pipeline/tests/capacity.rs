//! An image that needs more than there is.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{sync::Arc, time::Duration};

use skyfeed_pipeline::{
    capacity::{Capacity, Shortage},
    environment::Environment,
    error::StepError,
    outcome::Outcome,
    tile::tile,
};
use skyfeed_ports::{
    ledger::{AttemptOutcome, Ledger},
    store::FailingStore,
};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents};

/// Enough for the pictures of the feed.
const AMPLE: Capacity = Capacity {
    memory_bytes: 1 << 30,
    disk_bytes: Some(1 << 21),
    time: Some(Duration::from_secs(10)),
    cores: 1.0,
    advice: |shortage| format!("rent more than {shortage:?}"),
};

/// What is short if there is only so much.
async fn shortage(capacity: Capacity) -> Shortage {
    let feed = Feed::new("");
    let (env, id) = feed.fetched().await;
    let before = contents(&*feed.work).await;
    let error = tile(&Environment { capacity: Some(capacity), ..env.clone() }, &id).await.unwrap_err();
    assert!(error.remedy() == skyfeed_ports::Remedy::Requeue, "{error:?}");
    assert_eq!(error.to_string(), "`wide` does not fit here");
    assert!(contents(&*feed.work).await == before, "something was written or set aside");
    assert_eq!(std::fs::read_dir(feed.scratch.path()).unwrap().count(), 0);
    let last = feed.ledger.history("wide").await.unwrap().pop().unwrap();
    let Some(AttemptOutcome::Failed { class, chain }) = last.outcome else { panic!("{last:?}") };
    assert_eq!(class, "elsewhere");
    assert!(chain[1].contains("rent more than"), "{chain:?}");

    let enough = Environment { capacity: Some(AMPLE), ..env };
    assert!(matches!(tile(&enough, &id).await.unwrap(), Outcome::Done(_)));
    match error {
        StepError::DoesNotFit { source, .. } => source.shortage,
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn an_image_that_does_not_fit_is_refused_by_what_is_short_and_made_when_there_is_more() {
    let memory = shortage(Capacity { memory_bytes: 1 << 20, ..AMPLE }).await;
    assert!(matches!(memory, Shortage::Memory { needed_bytes, .. } if needed_bytes > 40 << 20), "{memory:?}");
    let disk = shortage(Capacity { disk_bytes: Some(100), ..AMPLE }).await;
    assert!(matches!(disk, Shortage::Disk { present_bytes: 100, .. }), "{disk:?}");
    let time = shortage(Capacity { time: Some(Duration::from_nanos(1)), ..AMPLE }).await;
    assert!(matches!(time, Shortage::Time { .. }), "{time:?}");
}

#[tokio::test]
async fn what_fits_and_what_was_done_elsewhere_is_not_refused() {
    let feed = Feed::new("");
    let (env, id) = feed.fetched().await;
    let Outcome::Done(here) = tile(&env, &id).await.unwrap() else { panic!("it was not tiled") };
    let small = Capacity { memory_bytes: 1, disk_bytes: Some(1), ..AMPLE };
    let untouched = Arc::new(FailingStore::new(feed.work.clone(), 0));
    let env = Environment { capacity: Some(small), work: untouched, ..env };
    let Outcome::AlreadyDone(there) = tile(&env, &id).await.unwrap() else { panic!("it was tiled again") };
    assert_eq!(here.revision, there.revision);

    let other = Feed::new("");
    let (env, id) = other.fetched().await;
    let counted = tile(&Environment { capacity: Some(AMPLE), ..env }, &id).await.unwrap();
    assert!(matches!(counted, Outcome::Done(staged) if staged.revision == here.revision));
}
