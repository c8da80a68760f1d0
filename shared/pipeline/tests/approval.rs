//! The gate between what is staged and what is public.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use bytes::Bytes;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{
    decide::{Decide, Decided, decide},
    environment::Environment,
    error::StepError,
    id::ImageId,
    outcome::Outcome,
    publish::publish,
    record::Verdict,
    tile::tile,
    walk::{Walk, walk},
};
use skyfeed_ports::{
    ledger::{Claim, Context, Work},
    store::{Body, Headers, Store},
};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents, person};

const HEADERS: Headers = Headers { content_type: "application/json", cache_control: "" };

fn small() -> ImageId {
    ImageId::new("small").unwrap()
}

async fn staged(feed: &Feed) -> Environment {
    let env = feed.environment();
    walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap();
    env
}

async fn say(env: &Environment, verdict: Verdict, by: &str) -> Result<Outcome<Decided>, StepError> {
    let (id, by, note) = (small(), person(by), String::new());
    decide(env, &Decide { id, revision: None, verdict, by, note, manifest_sha256: None }).await
}

async fn refused(env: &Environment, feed: &Feed) -> String {
    let error = publish(env, &small()).await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    let site = contents(&*feed.site).await;
    assert!(!site.contains_key("small/index.wtml"), "it was published all the same");
    error.to_string()
}

async fn overwrite(feed: &Feed, suffix: &str, change: impl Fn(&Bytes) -> Vec<u8>) {
    let (key, bytes) = staged_object(feed, suffix).await;
    feed.work.put(&key, Body::Bytes(&change(&bytes).into()), HEADERS, Default::default()).await.unwrap();
}

async fn staged_object(feed: &Feed, suffix: &str) -> (String, Bytes) {
    let work = contents(&*feed.work).await;
    work.into_iter().find(|(key, _)| key.contains("/small/") && key.ends_with(suffix)).unwrap()
}

#[tokio::test]
async fn nothing_is_published_without_an_approval() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    assert!(refused(&env, &feed).await.contains("approve"));
    say(&env, Verdict::Approve, "anna").await.unwrap();
    assert!(matches!(publish(&env, &small()).await, Ok(Outcome::Done(_))));
    assert!(matches!(publish(&env, &small()).await, Ok(Outcome::AlreadyDone(_))));
}

#[tokio::test]
async fn one_reject_outweighs_every_approval() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    say(&env, Verdict::Approve, "anna").await.unwrap();
    say(&env, Verdict::Reject, "berta").await.unwrap();
    refused(&env, &feed).await;
}

#[tokio::test]
async fn two_approvals_of_one_person_are_one() {
    let feed = Feed::new("approvals_required: 2\n");
    let env = staged(&feed).await;
    say(&env, Verdict::Approve, "anna").await.unwrap();
    assert!(matches!(say(&env, Verdict::Approve, "anna").await, Ok(Outcome::AlreadyDone(_))));
    refused(&env, &feed).await;
    say(&env, Verdict::Approve, "berta").await.unwrap();
    assert!(matches!(publish(&env, &small()).await, Ok(Outcome::Done(_))));
}

#[tokio::test]
async fn what_changed_after_the_approval_is_not_published() {
    for suffix in ["manifest.json", "index_rel.wtml", "thumb.jpg"] {
        let feed = Feed::new("");
        let env = staged(&feed).await;
        say(&env, Verdict::Approve, "anna").await.unwrap();
        overwrite(&feed, suffix, |bytes| [bytes.as_ref(), b"\n"].concat()).await;
        refused(&env, &feed).await;
    }
}

#[tokio::test]
async fn pictures_exchanged_for_others_of_their_size_are_not_published() {
    for suffix in ["tiles.pmtiles", "tiles.digests", "thumb.jpg"] {
        let feed = Feed::new("");
        let env = staged(&feed).await;
        say(&env, Verdict::Approve, "anna").await.unwrap();
        // The last byte of an archive is one of its last tile.
        overwrite(&feed, suffix, |bytes| {
            bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at + 1 == bytes.len())).collect()
        })
        .await;
        let refused = refused(&env, &feed).await;
        assert!(refused.contains(suffix) && refused.contains("is not what was staged"), "{refused}");
    }
}

#[tokio::test]
async fn the_work_of_a_killed_run_is_free_after_its_lease() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    say(&env, Verdict::Approve, "anna").await.unwrap();
    let work = Work { turn: Some("site".to_owned()), ..Stage::Retract.work(&small(), "turn".to_owned()) };
    let context = Context { trigger: "killed".to_owned(), software: String::new(), config_sha256: String::new() };
    let lease = std::time::Duration::from_secs(15);
    let claim = env.ledger.claim(&work, &context, env.clock.now(), lease).await.unwrap();
    assert!(matches!(claim, Claim::Acquired(_)));
    assert!(matches!(publish(&env, &small()).await, Ok(Outcome::Busy { .. })));
    feed.clock.advance(16);
    assert!(matches!(publish(&env, &small()).await, Ok(Outcome::Done(_))));
}

#[tokio::test]
async fn tiling_again_brings_back_what_was_lost_of_what_was_approved() {
    for suffix in ["tiles.pmtiles", "tiles.digests", "thumb.jpg", "preview.jpg"] {
        let feed = Feed::new("");
        let env = staged(&feed).await;
        say(&env, Verdict::Approve, "anna").await.unwrap();
        let (key, before) = staged_object(&feed, suffix).await;
        feed.work.delete(std::slice::from_ref(&key)).await.unwrap();
        assert!(matches!(tile(&env, &small()).await, Ok(Outcome::Done(_))), "{suffix}");
        assert_eq!(feed.work.get(&key).await.unwrap().unwrap().bytes, before, "{suffix}");
        assert!(matches!(tile(&env, &small()).await, Ok(Outcome::AlreadyDone(_))), "{suffix}");
        assert!(matches!(publish(&env, &small()).await, Ok(Outcome::Done(_))), "{suffix}");
    }
}
