//! Which images stand in the index, and in which order, whatever became of them.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::Arc;

use bytes::Bytes;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    reindex::{Reindex, reindex},
    restore::restore,
    retract::{Reason, retract},
    walk::{Walk, walk},
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};
use skyfeed_wtml::{Folder, Item};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Drawn, Feed, contents, person};

async fn whole_walk(env: &Environment) {
    walk(env, &Walk { refresh: true, approve_all: Some(person("anna")) }, &()).await.unwrap();
}

/// The titles in the index, in its order.
async fn listed(feed: &Feed) -> Vec<String> {
    let index = feed.site.get("index.wtml").await.unwrap().unwrap().bytes;
    let title = |item: Item| match item {
        Item::Place(place) => place.name,
        other => panic!("{other:?}"),
    };
    Folder::parse(&index).unwrap().children.into_iter().map(title).collect()
}

#[tokio::test]
async fn what_has_no_date_keeps_its_place_when_it_is_published_again_or_comes_back() {
    let feed = Feed::new("");
    let env = Environment { source: Arc::new(Drawn::many(3, false)), ..feed.environment() };
    whole_walk(&env).await;
    let before = listed(&feed).await;
    assert_eq!(before.len(), 3);
    // Whatever is dated anew comes first, so the last one shows it.
    let id = ImageId::new(before[2].trim_start_matches("Picture ")).unwrap();

    retract(&env, &id, &Reason::default()).await.unwrap();
    whole_walk(&env).await;
    assert_eq!(listed(&feed).await, before[..2]);
    restore(&env, &id).await.unwrap();
    whole_walk(&env).await;
    assert_eq!(listed(&feed).await, before);

    let key = format!("inbox/{id}/source.json");
    let record = String::from_utf8(feed.work.get(&key).await.unwrap().unwrap().bytes.to_vec()).unwrap();
    let renamed = Bytes::from(record.replace(&format!("Picture {id}"), "Another title"));
    let headers = Headers { content_type: "application/json", cache_control: "no-store" };
    feed.work.put(&key, Body::Bytes(&renamed), headers, Condition::Always).await.unwrap();
    whole_walk(&env).await;
    assert_eq!(listed(&feed).await, [before[0].as_str(), before[1].as_str(), "Another title"]);
}

#[tokio::test]
async fn what_has_neither_record_nor_folder_leaves_the_index_with_the_next_run() {
    let feed = Feed::new("");
    let env = feed.environment();
    whole_walk(&env).await;
    assert_eq!(listed(&feed).await, ["Picture wide", "Picture small"]);
    let folder: Vec<String> = contents(&*feed.site).await.into_keys().filter(|key| key.starts_with("small/")).collect();
    feed.site.delete(&folder).await.unwrap();
    feed.work.delete(&["published/small.json".to_owned()]).await.unwrap();
    reindex(&env, &Reindex::CatchUp).await.unwrap();
    assert_eq!(listed(&feed).await, ["Picture wide"]);
}
