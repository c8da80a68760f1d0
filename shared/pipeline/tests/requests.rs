//! What commands ask of the stores: few requests for one image, however many there are.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{sync::Arc, time::Duration};

use skyfeed_pipeline::{
    decide::{Decide, decide},
    environment::Environment,
    id::ImageId,
    outcome::Outcome,
    publish::publish,
    record::Verdict,
    reindex::{Reindex, reindex},
    retract::{Reason, retract},
    staged::{Study, TileReader},
    standing::{Standing, Standings},
    tile::tile,
    walk::{Walk, walk},
};
use skyfeed_ports::counted::Operation;

mod support {
    pub(crate) mod feed;
    pub(crate) mod many;
}
use support::{
    feed::{ask, person},
    many::Many,
};

const IMAGES: usize = 120;
const NO_DELAY: Duration = Duration::ZERO;

fn one() -> ImageId {
    ImageId::new("img00042").unwrap()
}

async fn approve(env: &Environment) {
    let (id, by, note) = (one(), person("berta"), String::new());
    let command = Decide { id, revision: None, verdict: Verdict::Approve, by, note, manifest_sha256: None };
    assert!(matches!(decide(env, &command).await, Ok(Outcome::Done(_))));
}

#[tokio::test]
async fn what_is_done_with_one_image_asks_for_no_other() {
    let mut many = Many::published(IMAGES, true, NO_DELAY).await;
    let env = many.environment();
    approve(&env).await;
    assert!(many.counters.total() <= 20, "approve: {:?}", many.counters.by_operation());

    let env = many.environment();
    let standing = Standing::of(&env, &one()).await.unwrap().unwrap();
    assert!(many.counters.total() <= 20, "why: {:?}", many.counters.by_operation());

    let env = many.environment();
    let study = Study::find(&env, &one(), standing.revision.as_ref().unwrap()).await.unwrap().unwrap();
    let reader = TileReader::open(&env.work, &study).await.unwrap();
    assert!(reader.tile("L0X0Y0.png").await.unwrap().is_some());
    assert!(many.counters.total() <= 8, "one tile of a preview: {:?}", many.counters.by_operation());

    let env = many.environment();
    retract(&env, &one(), &Reason::default()).await.unwrap();
    assert!(many.counters.total() <= 20, "retract: {:?}", many.counters.by_operation());
    for (_, key) in many.counters.keys() {
        assert!(key.contains("img00042"), "`{key}` is not of the image");
    }
}

#[tokio::test]
async fn a_fold_of_one_image_reads_no_record_of_another_dated_or_not() {
    for dated in [true, false] {
        let mut many = Many::published(IMAGES, dated, NO_DELAY).await;
        let env = many.environment();
        retract(&env, &one(), &Reason::default()).await.unwrap();
        let env = many.environment();
        assert!(reindex(&env, &Reindex::Changed(vec![one()])).await.unwrap().written);
        let of_others = |key: &String| key.contains("img") && !key.contains("img00042");
        assert!(!many.counters.keys().iter().any(|(_, key)| of_others(key)), "dated: {dated}");
        assert!(many.counters.total() <= 10, "dated: {dated}: {:?}", many.counters.by_operation());
    }
}

#[tokio::test]
async fn an_idle_run_opens_no_archive_and_status_reads_small_records_only() {
    let mut many = Many::published(IMAGES, true, NO_DELAY).await;
    let env = many.environment();
    let all = Standings::all(&env).await.unwrap();
    assert_eq!(all.iter().count(), IMAGES);
    assert_eq!(many.counters.large_reads(), 0, "{} bytes", many.counters.largest_read_bytes());
    let cold = many.counters.total();
    assert!(cold <= 3 * IMAGES as u64 + 20, "{:?}", many.counters.by_operation());

    // With what was read before, only the listings are asked for again.
    let kept = Arc::clone(&env.records);
    let env = Environment { records: kept, ..many.environment() };
    Standings::all(&env).await.unwrap();
    assert!(many.counters.total() <= 20, "{:?}", many.counters.by_operation());

    let env = many.environment();
    let walked = walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap();
    assert_eq!((walked.events, walked.reindexed.unwrap().written), (vec![], false));
    for (operation, key) in many.counters.keys() {
        assert!(!key.ends_with(".pmtiles") && !key.ends_with(".digests"), "{operation:?} of {key}");
        assert!(!matches!(operation, Operation::Put | Operation::Claim), "{operation:?} of {key}");
    }
}

#[tokio::test]
async fn new_candidates_cost_one_request_each_and_are_due_while_the_source_still_tells() {
    let mut many = Many::new(IMAGES, true, NO_DELAY);
    let env = many.environment();
    assert_eq!(ask(&env).await.unwrap().due.len(), IMAGES);
    assert_eq!(many.counters.requests(Operation::Put), IMAGES as u64);
    assert!(many.counters.total() <= IMAGES as u64 + 20, "{:?}", many.counters.by_operation());
}

#[tokio::test]
async fn a_pyramid_is_staged_in_few_requests_and_published_in_one_for_each_tile() {
    let mut many = Many::new(IMAGES, true, NO_DELAY);
    let env = many.environment();
    ask(&env).await.unwrap();
    skyfeed_pipeline::fetch::fetch(&env, &one()).await.unwrap();
    let env = many.environment();
    let Outcome::Done(study) = tile(&env, &one()).await.unwrap() else { panic!("it was not tiled") };
    assert!(many.counters.total() <= 20, "{:?}", many.counters.by_operation());

    let env = many.environment();
    approve(&env).await;
    let env = many.environment();
    publish(&env, &one()).await.unwrap();
    assert!(many.counters.total() <= study.tile_count() + 40, "{:?}", many.counters.by_operation());
}
