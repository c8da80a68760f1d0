//! Each run looks at a slice of the site, in turn, and makes again what lacks or differs.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use skyfeed_pipeline::{
    batch::Ending,
    environment::Environment,
    stage::Stage,
    walk::{Walk, Walked, walk},
    whole_feed,
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Drawn, Feed, contents, person};

const IMAGES: usize = 20;

async fn walked(env: &Environment) -> Walked {
    walk(env, &Walk { refresh: true, approve_all: Some(person("anna")) }, &()).await.unwrap()
}

/// A feed whose images are all published.
async fn published(feed: &Feed) -> Environment {
    let env = Environment { source: Arc::new(Drawn::many(IMAGES, true)), ..feed.environment() };
    walked(&env).await;
    env
}

/// How many walks it took until all of these keys were as before.
async fn walks_until_mended(env: &Environment, site: &dyn Store, keys: &[String], before: &[Bytes]) -> usize {
    for count in 1..=IMAGES {
        let walked = walked(env).await;
        assert!(walked.events.iter().all(|event| matches!(event.ending, Ending::Done { .. })), "{:?}", walked.events);
        let mut whole = true;
        for (key, bytes) in keys.iter().zip(before) {
            whole &= site.get(key).await.unwrap().is_some_and(|there| there.bytes == *bytes);
        }
        if whole {
            return count;
        }
    }
    panic!("{keys:?} were never mended");
}

#[tokio::test]
async fn whatever_is_damaged_is_found_and_made_again_after_a_few_runs() {
    for layout in ["", "site_layout: toasty\n"] {
        mends_whatever_is_damaged(&Feed::new(layout)).await;
    }
}

async fn mends_whatever_is_damaged(feed: &Feed) {
    let env = published(feed).await;
    let site = contents(&*feed.site).await;
    // Of each kind of object of an image, deleted or emptied.
    let of = |id: &str, end: &str| {
        site.keys().find(|key| key.starts_with(&format!("{id}/")) && key.ends_with(end)).unwrap().clone()
    };
    let headers = Headers { content_type: "image/png", cache_control: "" };
    for id in ["img00000", "img00009", "img00019"] {
        for end in ["L0X0Y0.png", "thumb.jpg", "/index.wtml", "/index_rel.wtml"] {
            for delete in [true, false] {
                let key = of(id, end);
                if delete {
                    feed.site.delete(std::slice::from_ref(&key)).await.unwrap();
                } else {
                    feed.site.put(&key, Body::Bytes(&Bytes::new()), headers, Condition::Always).await.unwrap();
                }
                let before = site[&key].clone();
                let took = walks_until_mended(&env, &*feed.site, std::slice::from_ref(&key), &[before]).await;
                assert!(took <= IMAGES.div_ceil(8), "{key}: {took} walks");
            }
        }
    }
    assert_eq!(contents(&*feed.site).await, site);
}

#[tokio::test]
async fn every_image_has_its_turn_and_the_ledger_tells() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    let mut last = BTreeSet::new();
    for _ in 0..5 {
        assert!(walked(&env).await.events.is_empty(), "a whole site is not worth telling");
        let row = whole_feed::last_done(&env, Stage::Look).await.unwrap().unwrap();
        last.insert(row.input.split_once(' ').unwrap().1.to_owned());
        feed.clock.advance(1);
    }
    // 8 at a time of 20: they end at other images each time, until all were looked at.
    assert_eq!(last.into_iter().collect::<Vec<_>>(), ["img00003", "img00007", "img00011", "img00015", "img00019"]);
}

#[tokio::test]
async fn what_cannot_be_made_again_is_told_and_holds_up_nobody() {
    let feed = Feed::new("");
    let env = published(&feed).await;
    let all = contents(&*feed.work).await;
    let lost: Vec<String> = all.keys().filter(|key| key.starts_with("pixels/img00003/")).cloned().collect();
    feed.work.delete(&lost).await.unwrap();
    let site = contents(&*feed.site).await;
    let damaged: Vec<String> = ["img00003", "img00004"]
        .map(|id| site.keys().find(|key| key.starts_with(&format!("{id}/")) && key.ends_with(".png")).unwrap().clone())
        .to_vec();
    feed.site.delete(&damaged).await.unwrap();
    let walked = walked(&env).await;
    let failed: Vec<&str> = walked
        .events
        .iter()
        .filter(|event| matches!(event.ending, Ending::Failed(_)))
        .map(|event| event.id.as_str())
        .collect();
    assert_eq!(failed, ["img00003"], "{:?}", walked.events);
    assert!(feed.site.get(&damaged[1]).await.unwrap().is_some());
}
