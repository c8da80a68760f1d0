//! The index stays readable whatever stands in the documents of single images.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use bytes::Bytes;
use skyfeed_pipeline::reindex::{Reindex, reindex};
use skyfeed_ports::store::{Body, Condition, Headers, Store};
use skyfeed_wtml::Folder;

mod support {
    pub(crate) mod feed;
}
use support::feed::Feed;

/// Puts the document of an image that another program published.
async fn put(feed: &Feed, id: &str, description_bytes: usize) {
    let description = "x".repeat(description_bytes);
    let document = format!(
        r#"<Folder Name="{id}"><Place Name="{id}" Thumbnail="http://example.org/feed/{id}/thumb.jpg"><Description>{description}</Description></Place></Folder>"#
    );
    let headers = Headers { content_type: "application/x-wtml", cache_control: "" };
    let body = Bytes::from(document);
    feed.site.put(&format!("{id}/index.wtml"), Body::Bytes(&body), headers, Condition::Always).await.unwrap();
}

async fn index(feed: &Feed) -> Bytes {
    feed.site.get("index.wtml").await.unwrap().unwrap().bytes
}

#[tokio::test]
async fn one_huge_document_is_left_out_and_named() {
    let feed = Feed::new("");
    put(&feed, "good", 100).await;
    put(&feed, "huge", 2 << 20).await;
    let done = reindex(&feed.environment(), &Reindex::Rebuild).await.unwrap();
    assert_eq!((done.images, done.skipped.len(), done.skipped[0].id.as_str()), (1, 1, "huge"));
    assert_eq!(Folder::parse(&index(&feed).await).unwrap().children.len(), 1);
}

#[tokio::test]
async fn what_nobody_could_read_is_never_written() {
    let feed = Feed::new("");
    put(&feed, "good", 100).await;
    let env = feed.environment();
    reindex(&env, &Reindex::Rebuild).await.unwrap();
    let before = index(&feed).await;
    for number in 0..66 {
        put(&feed, &format!("large{number}"), (1 << 20) - 1000).await;
    }
    let error = reindex(&env, &Reindex::Rebuild).await.unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    assert_eq!(index(&feed).await, before);
}
