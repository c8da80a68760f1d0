//! What waits where an event should have moved it on.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use skyfeed_pipeline::{
    batch::Ending,
    capacity::Capacity,
    config::Config,
    decide::{Decide, decide},
    environment::Environment,
    id::ImageId,
    publish::publish,
    record::Verdict,
    restore::restore,
    retract::{Reason, finish, retract},
    standing::{Standing, Standings},
    tile::tile,
    walk::{Due, Overdue, publish_decided},
};
use skyfeed_ports::store::{Body, Condition, FailingStore, Failure, Headers};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents, person};

const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// A feed whose clock agrees with its stores, with an image in the inbox.
async fn fetched() -> (Feed, Environment, ImageId) {
    let feed = Feed::new("");
    feed.clock.advance(Timestamp::now().as_second() - 1_700_000_000);
    let (env, id) = feed.fetched().await;
    (feed, env, id)
}

async fn approve(env: &Environment, id: &ImageId) {
    let command = Decide {
        id: id.clone(),
        revision: None,
        verdict: Verdict::Approve,
        by: person("anna"),
        note: String::new(),
        manifest_sha256: None,
    };
    decide(env, &command).await.unwrap();
}

async fn overdue_now(env: &Environment) -> Overdue {
    Overdue::of(env, &Standings::all(env).await.unwrap(), LONGEST).await.unwrap()
}

/// What is overdue now, and what hours later.
async fn overdue(feed: &Feed, env: &Environment) -> [Overdue; 2] {
    let now = overdue_now(env).await;
    feed.clock.advance(3 * 3600);
    let later = overdue_now(env).await;
    feed.clock.advance(-3 * 3600);
    [now, later]
}

fn tiled(id: &ImageId) -> [Overdue; 2] {
    [Overdue::default(), Overdue { tile: vec![id.clone()], ..Overdue::default() }]
}

fn published(id: &ImageId) -> [Overdue; 2] {
    [Overdue::default(), Overdue { publish: vec![id.clone()], ..Overdue::default() }]
}

fn nothing() -> [Overdue; 2] {
    [Overdue::default(), Overdue::default()]
}

#[tokio::test]
async fn what_rests_before_a_stage_is_overdue_and_what_waits_for_people_is_not() {
    let (feed, env, id) = fetched().await;
    assert_eq!(overdue(&feed, &env).await, tiled(&id));
    tile(&env, &id).await.unwrap();
    assert_eq!(overdue(&feed, &env).await, nothing());
    approve(&env, &id).await;
    assert_eq!(overdue(&feed, &env).await, published(&id));
    publish(&env, &id).await.unwrap();
    assert_eq!(overdue(&feed, &env).await, nothing());
}

#[tokio::test]
async fn what_is_live_is_overdue_when_the_site_has_moved() {
    let (feed, env, id) = fetched().await;
    tile(&env, &id).await.unwrap();
    approve(&env, &id).await;
    publish(&env, &id).await.unwrap();
    let moved = Feed::new("").config.as_ref().clone();
    let moved = Config { publish_url_prefix: "https://elsewhere.example.org/".parse().unwrap(), ..moved };
    let elsewhere = Environment { config: Arc::new(moved), ..env.clone() };
    assert_eq!(overdue(&feed, &elsewhere).await, published(&id));
}

#[tokio::test]
async fn what_failed_for_good_is_left_alone_until_image_or_configuration_change() {
    let (feed, env, id) = fetched().await;
    let headers = Headers { content_type: "application/json", cache_control: "" };
    let damaged = Bytes::from_static(b"{");
    env.work.put("inbox/wide/source.json", Body::Bytes(&damaged), headers, Condition::Always).await.unwrap();
    // It comes after the image also by a clock of whole seconds.
    feed.clock.advance(2);
    tile(&env, &id).await.unwrap_err();
    assert_eq!(overdue(&feed, &env).await, nothing());
    let other = Environment { config: Feed::new("approvals_required: 2\n").config, ..env.clone() };
    assert_eq!(overdue(&feed, &other).await[1], tiled(&id)[1], "the configuration is another");

    // Until then the clock of the stores has overtaken.
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    let key = "inbox/wide/image.png";
    let image = env.work.get(key).await.unwrap().map(|object| object.bytes).unwrap();
    let headers = Headers { content_type: "image/png", cache_control: "" };
    env.work.put(key, Body::Bytes(&image), headers, Condition::Always).await.unwrap();
    assert_eq!(overdue(&feed, &env).await[1], tiled(&id)[1], "the image came after the attempt");
}

#[tokio::test]
async fn what_failed_for_reasons_that_are_not_the_images_is_tried_again_less_and_less_often() {
    let (feed, env, id) = fetched().await;
    let tiny =
        Capacity { memory_bytes: 1 << 20, disk_bytes: None, time: None, cores: 1.0, advice: |_| "more".to_owned() };
    let broken = Environment { capacity: Some(tiny), ..env.clone() };
    let mut hours = 0;
    let mut tries = Vec::new();
    while hours < 60 * 24 {
        feed.clock.advance(3600);
        hours += 1;
        if overdue_now(&env).await.tile == [id.clone()] {
            tile(&broken, &id).await.unwrap_err();
            tries.push(hours);
        }
    }
    let pauses: Vec<i32> = tries.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses.is_sorted() && pauses.first() == Some(&2) && pauses.last() == Some(&(7 * 24)), "{tries:?}");
    assert!(tries.len() < 20, "{tries:?}");
}

#[tokio::test]
async fn what_cannot_be_published_as_it_is_fails_once_and_is_in_the_history() {
    let (feed, env, id) = fetched().await;
    tile(&env, &id).await.unwrap();
    approve(&env, &id).await;
    let revision = Standing::of(&env, &id).await.unwrap().unwrap().revisions[0].revision.clone();
    let key = format!("staged/wide/{revision}/index_rel.wtml");
    let headers = Headers { content_type: "text/xml", cache_control: "" };
    env.work.put(&key, Body::Bytes(&Bytes::from_static(b"<Folder")), headers, Condition::Always).await.unwrap();
    assert_eq!(overdue(&feed, &env).await, published(&id));
    feed.clock.advance(2);
    publish(&env, &id).await.unwrap_err();
    assert_eq!(overdue(&feed, &env).await, nothing());
    assert!(Standing::of(&env, &id).await.unwrap().unwrap().is_stuck());
}

#[tokio::test]
async fn two_images_beside_what_is_staged_wait_for_a_person_and_are_told() {
    let (feed, env, id) = fetched().await;
    tile(&env, &id).await.unwrap();
    let headers = Headers { content_type: "image/png", cache_control: "" };
    let second = Bytes::from_static(b"another");
    env.work.put("inbox/wide/second.png", Body::Bytes(&second), headers, Condition::Always).await.unwrap();
    let standing = Standing::of(&env, &id).await.unwrap().unwrap();
    assert!(standing.code == "two-images" && standing.is_stuck(), "{standing:?}");
    assert_eq!(overdue(&feed, &env).await, nothing());
    // What was approved goes to the site all the same.
    approve(&env, &id).await;
    publish(&env, &id).await.unwrap();
}

#[tokio::test]
async fn what_lies_deeper_in_an_inbox_is_no_image_of_it() {
    let (feed, env, id) = fetched().await;
    tile(&env, &id).await.unwrap();
    let headers = Headers { content_type: "image/png", cache_control: "" };
    let second = Bytes::from_static(b"another");
    env.work.put("inbox/wide/old/image.png", Body::Bytes(&second), headers, Condition::Always).await.unwrap();
    assert_eq!(overdue(&feed, &env).await, nothing());
    let failures = Due::of(&env, &Standings::all(&env).await.unwrap()).await.unwrap().failures;
    assert!(failures.len() == 1 && failures[0].item == "inbox/wide/old/image.png", "{failures:?}");
}

#[tokio::test]
async fn two_images_in_one_folder_wait_for_a_person() {
    let (feed, env, id) = fetched().await;
    let headers = Headers { content_type: "image/png", cache_control: "" };
    let second = Bytes::from_static(b"another");
    env.work.put("inbox/wide/second.png", Body::Bytes(&second), headers, Condition::Always).await.unwrap();
    assert_eq!(Standing::of(&env, &id).await.unwrap().unwrap().code, "two-images");
    assert_eq!(overdue(&feed, &env).await, nothing());
}

#[tokio::test]
async fn a_takedown_that_broke_off_anywhere_is_finished_by_publish() {
    let done = {
        let (_feed, env, id) = fetched().await;
        tile(&env, &id).await.unwrap();
        approve(&env, &id).await;
        publish(&env, &id).await.unwrap();
        let counting = Arc::new(FailingStore::new(env.work.clone(), u64::MAX));
        let site = Arc::new(counting.beside(env.site.clone()));
        retract(&Environment { work: counting.clone(), site, ..env.clone() }, &id, &Reason::default()).await.unwrap();
        (contents(&*env.site).await, counting.operations())
    };
    for allowed in 1..done.1 - 1 {
        let (feed, env, id) = fetched().await;
        tile(&env, &id).await.unwrap();
        approve(&env, &id).await;
        publish(&env, &id).await.unwrap();
        let work = Arc::new(FailingStore::new(env.work.clone(), allowed).failing(Failure::AfterEffect));
        let site = Arc::new(work.beside(env.site.clone()));
        let broken = Environment { work, site, ..env.clone() };
        retract(&broken, &id, &Reason { by: Some(person("carl")), note: "wrong".to_owned() }).await.unwrap_err();
        feed.clock.advance(60);
        assert_eq!(overdue(&feed, &env).await[1], published(&id)[1], "after write {allowed}");
        let events = publish_decided(&env, std::slice::from_ref(&id), &()).await;
        assert!(matches!(&events[0].ending, Ending::Waiting { reason } if reason == "it was taken down"), "{events:?}");
        assert_eq!(contents(&*env.site).await, done.0, "after write {allowed}");
        let standing = Standing::of(&env, &id).await.unwrap().unwrap();
        assert_eq!((standing.code, standing.who), ("retracted", vec![person("carl")]));
        assert_eq!(overdue(&feed, &env).await, nothing());
    }
}

#[tokio::test]
async fn a_takedown_that_was_lifted_meanwhile_is_not_finished() {
    let (_feed, env, id) = fetched().await;
    tile(&env, &id).await.unwrap();
    approve(&env, &id).await;
    publish(&env, &id).await.unwrap();
    let before = contents(&*env.site).await;
    retract(&env, &id, &Reason::default()).await.unwrap();
    restore(&env, &id).await.unwrap();
    // Somebody found it unfinished before all that, and comes late.
    finish(&env, &id).await.unwrap();
    assert_eq!(contents(&*env.site).await, before);
}
