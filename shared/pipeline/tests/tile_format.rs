//! Feeds with JPEG tiles, and a change from one format to the other.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::collections::BTreeSet;

use skyfeed_pipeline::{
    batch::Ending,
    id::ImageId,
    publish::publish,
    reindex::{Reindex, reindex},
    restore::restore,
    retract::{Reason, retract},
    walk::{Walk, walk},
};
use skyfeed_ports::store::{MemoryStore, Store};
use skyfeed_wtml::{Folder, ImageSet, Item};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents, person};

async fn whole_walk(feed: &Feed) {
    let command = Walk { refresh: true, approve_all: Some(person("anna")) };
    let walked = walk(&feed.environment(), &command, &()).await.unwrap();
    assert!(walked.events.iter().all(|event| !matches!(event.ending, Ending::Failed(_))), "{:?}", walked.events);
}

/// The names of all tiles of an image, without folders.
async fn tiles(store: &MemoryStore, folder: &str) -> BTreeSet<String> {
    let keys = store.list(folder, false).await.unwrap().objects.into_iter().map(|object| object.key);
    keys.filter_map(|key| Some(key.rsplit_once('/')?.1.to_owned())).filter(|name| name.starts_with('L')).collect()
}

/// The tiles of `wide` in pictures of 300 × 20 pixels.
fn wide(extension: &str) -> BTreeSet<String> {
    ["L0X0Y0", "L1X0Y0", "L1X0Y1", "L1X1Y0", "L1X1Y1"].map(|tile| format!("{tile}.{extension}")).into()
}

async fn image_sets(store: &dyn Store, key: &str) -> Vec<ImageSet> {
    let document = Folder::parse(store.get(key).await.unwrap().unwrap().bytes).unwrap();
    let set = |item| match item {
        Item::Place(place) => place.foreground.unwrap(),
        other => panic!("not a place: {other:?}"),
    };
    document.children.into_iter().map(set).collect()
}

#[tokio::test]
async fn a_feed_of_jpeg_tiles_names_them_in_its_documents_and_headers() {
    for layout in ["skyfeed", "toasty"] {
        let feed = Feed::new(&format!("tile_format: jpg\nsite_layout: {layout}\n"));
        whole_walk(&feed).await;
        assert_eq!(tiles(&feed.site, "wide/").await, wide("jpg"));
        for store in [&feed.work, &feed.site] {
            for (key, bytes) in contents(&**store).await.into_iter().filter(|(key, _)| key.ends_with(".jpg")) {
                assert_eq!(store.headers(&key).unwrap().content_type, "image/jpeg", "{key}");
                assert!(bytes.starts_with(b"\xff\xd8\xff"), "{key}");
            }
        }
        let sets = image_sets(&*feed.site, "index.wtml").await;
        assert_eq!(sets.len(), 2);
        for set in sets {
            assert_eq!(set.file_type, ".jpg");
            assert!(set.url.ends_with("/L{1}X{2}Y{3}.jpg"), "{}", set.url);
        }
    }
}

#[tokio::test]
async fn another_format_is_another_revision_that_leaves_no_old_tiles_in_toastys_layout() {
    for (old, new) in [("png", "jpg"), ("jpg", "png")] {
        let config = |format| format!("site_layout: toasty\ntile_format: {format}\n");
        let mut feed = Feed::new(&config(old));
        whole_walk(&feed).await;
        let note = bytes::Bytes::from_static(b"somebody else's");
        let headers = feed.site.headers("wide/thumb.jpg").unwrap();
        let body = skyfeed_ports::store::Body::Bytes(&note);
        feed.site.put("wide/note.jpg", body, headers, Default::default()).await.unwrap();

        feed.config = Feed::new(&config(new)).config;
        feed.clock.advance(60);
        whole_walk(&feed).await;
        assert_eq!(tiles(&feed.site, "wide/").await, wide(new));
        assert_eq!(feed.work.list("staged/wide/", true).await.unwrap().prefixes.len(), 2);
        for key in ["wide/index.wtml", "wide/index_rel.wtml", "wide/thumb.jpg", "wide/note.jpg"] {
            assert!(feed.site.head(key).await.unwrap().is_some(), "{key} is gone");
        }
        for key in ["wide/index.wtml", "index.wtml"] {
            for set in image_sets(&*feed.site, key).await {
                assert_eq!(set.file_type, format!(".{new}"));
                assert!(set.url.ends_with(&format!("L{{1}}X{{2}}Y{{3}}.{new}")), "{}", set.url);
            }
        }
    }
}

#[tokio::test]
async fn with_folders_of_revisions_the_tiles_of_the_old_format_stay_for_caches() {
    let mut feed = Feed::new("");
    whole_walk(&feed).await;
    feed.config = Feed::new("tile_format: jpg\n").config;
    feed.clock.advance(60);
    whole_walk(&feed).await;
    assert_eq!(tiles(&feed.site, "wide/").await, &wide("png") | &wide("jpg"));
    let set = image_sets(&*feed.site, "wide/index.wtml").await.remove(0);
    let folder = set.url.strip_prefix("http://example.org/feed/").unwrap().strip_suffix("L{1}X{2}Y{3}.jpg").unwrap();
    assert_eq!(tiles(&feed.site, folder).await, wide("jpg"));
}

#[tokio::test]
async fn until_the_index_is_made_again_it_names_nothing_that_is_gone_when_the_layout_changes() {
    for (old, new) in [("skyfeed", "toasty"), ("toasty", "skyfeed")] {
        let mut feed = Feed::new(&format!("site_layout: {old}\n"));
        whole_walk(&feed).await;
        let before = tiles(&feed.site, "wide/").await;
        feed.config = Feed::new(&format!("site_layout: {new}\n")).config;
        let env = feed.environment();
        publish(&env, &ImageId::new("wide").unwrap()).await.unwrap();
        for remade in [false, true] {
            if remade {
                reindex(&env, &Reindex::CatchUp).await.unwrap();
            }
            for set in image_sets(&*feed.site, "index.wtml").await {
                let top = set.url.replace("L{1}X{2}Y{3}", "L0X0Y0");
                let key = top.strip_prefix("http://example.org/feed/").unwrap();
                assert!(feed.site.head(key).await.unwrap().is_some(), "{old} to {new}, made again: {remade}: {key}");
            }
        }
        assert_eq!(tiles(&feed.site, "wide/").await, before);
    }
}

#[tokio::test]
async fn jpeg_tiles_are_taken_down_and_restored() {
    for layout in ["skyfeed", "toasty"] {
        let feed = Feed::new(&format!("tile_format: jpg\nsite_layout: {layout}\n"));
        whole_walk(&feed).await;
        let published = contents(&*feed.site).await;
        let (env, id) = (feed.environment(), ImageId::new("wide").unwrap());
        retract(&env, &id, &Reason::default()).await.unwrap();
        reindex(&env, &Reindex::Changed(vec![id.clone()])).await.unwrap();
        assert_eq!(tiles(&feed.site, "wide/").await, BTreeSet::new());
        restore(&env, &id).await.unwrap();
        reindex(&env, &Reindex::Changed(vec![id])).await.unwrap();
        assert_eq!(contents(&*feed.site).await, published);
        for key in published.keys().filter(|key| key.ends_with(".jpg")) {
            assert_eq!(feed.site.headers(key).unwrap().content_type, "image/jpeg", "{key}");
        }
    }
}
