//! The whole walk: done twice, and broken off after every single write.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::Arc;

use skyfeed_pipeline::{
    batch::Ending,
    decide::{Decide, decide},
    environment::Environment,
    error::StepError,
    id::ImageId,
    publish::publish,
    record::Verdict,
    reindex::{Reindex, reindex},
    restore::restore,
    retract::{Reason, retract},
    standing::Standings,
    walk::{Walk, Walked, walk},
};
use skyfeed_ports::store::{FailingStore, Failure, LocalStore, Store};
use skyfeed_wtml::{Folder, Item};

mod support {
    pub(crate) mod consistent;
    pub(crate) mod feed;
}
use support::{
    consistent::{Contents, assert_consistent, same},
    feed::{Drawn, Feed, ask, contents, person},
};

async fn whole_walk(env: &Environment) -> Result<Walked, StepError> {
    let command = Walk { refresh: true, approve_all: Some(person("anna")) };
    walk(env, &command, &()).await
}

async fn both(feed: &Feed) -> (Contents, Contents) {
    (contents(&*feed.work).await, contents(&*feed.site).await)
}

#[tokio::test]
async fn the_walk_publishes_what_has_a_place_newest_first() {
    let feed = Feed::new("");
    let walked = whole_walk(&feed.environment()).await.unwrap();
    assert!(walked.events.iter().all(|event| !matches!(event.ending, Ending::Failed(_))), "{:?}", walked.events);
    let (work, site) = both(&feed).await;
    assert_consistent(&work, &site, "at the end");
    let index = Folder::parse(&site["index.wtml"]).unwrap();
    let names: Vec<_> = index
        .children
        .iter()
        .map(|item| match item {
            Item::Place(place) => place.name.as_str(),
            _ => "",
        })
        .collect();
    assert_eq!(names, ["Picture wide", "Picture small"]);
    assert!(work["unusable/nowhere.json"].starts_with(b"{"));
}

#[tokio::test]
async fn the_same_file_under_another_id_is_told_when_one_of_them_is_on_the_site() {
    let feed = Feed::new("");
    let env = Environment { source: Arc::new(Drawn::many(2, true)), ..feed.environment() };
    walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap();
    let [one, two] = ["img00000", "img00001"].map(|id| ImageId::new(id).unwrap());
    let same_as = async |id| Standings::all(&env).await.unwrap().get(id).unwrap().same_as.clone();
    assert_eq!(same_as(&two).await, None);
    let (by, note) = (person("anna"), String::new());
    let command =
        Decide { id: one.clone(), revision: None, verdict: Verdict::Approve, by, note, manifest_sha256: None };
    decide(&env, &command).await.unwrap();
    publish(&env, &one).await.unwrap();
    assert_eq!((same_as(&one).await, same_as(&two).await), (None, Some(one)));
}

#[tokio::test]
async fn a_second_walk_writes_nothing() {
    for layout in ["", "site_layout: toasty\n"] {
        let feed = Feed::new(layout);
        whole_walk(&feed.environment()).await.unwrap();
        let work = Arc::new(FailingStore::new(feed.work.clone(), 0));
        let site = Arc::new(FailingStore::new(feed.site.clone(), 0));
        let walked = whole_walk(&feed.environment_on(work.clone(), site.clone())).await.unwrap();
        assert_eq!((work.operations(), site.operations()), (0, 0));
        assert!(!walked.reindexed.unwrap().written);
    }
}

#[tokio::test]
async fn a_walk_that_breaks_off_after_any_write_is_finished_by_the_next() {
    for layout in ["", "site_layout: toasty\n"] {
        let reference = Feed::new(layout);
        let (work, site) = failing(&reference, u64::MAX, Failure::BeforeEffect);
        whole_walk(&reference.environment_on(work.clone(), site)).await.unwrap();
        let expected = both(&reference).await;
        for failure in [Failure::BeforeEffect, Failure::AfterEffect] {
            for allowed in 0..=work.operations() {
                break_off_and_finish(layout, &expected, failure, allowed).await;
            }
        }
    }
}

/// The stores of a feed, breaking down together.
fn failing(feed: &Feed, allowed: u64, failure: Failure) -> (Arc<FailingStore>, Arc<FailingStore>) {
    let work = FailingStore::new(feed.work.clone(), allowed).failing(failure);
    let site = work.beside(feed.site.clone());
    (Arc::new(work), Arc::new(site))
}

async fn break_off_and_finish(layout: &str, expected: &(Contents, Contents), failure: Failure, allowed: u64) {
    let when = format!("{failure:?} of write {allowed}");
    let feed = Feed::new(layout);
    let (work, site) = failing(&feed, allowed, failure);
    // Whether the broken walk notices at once or item by item does not matter here.
    drop(whole_walk(&feed.environment_on(work, site)).await);
    let (work, site) = both(&feed).await;
    assert_consistent(&work, &site, &when);
    feed.clock.advance(60);
    let walked = whole_walk(&feed.environment()).await.unwrap();
    assert!(
        walked.events.iter().all(|event| !matches!(event.ending, Ending::Failed(_))),
        "{when}: {:?}",
        walked.events
    );
    let (work, site) = both(&feed).await;
    assert!(same(&expected.0, &work), "{when}: other work objects: {:?}", work.keys());
    assert!(site == expected.1, "{when}: other site objects: {:?}", site.keys());
}

#[tokio::test]
async fn a_takedown_leaves_nothing_and_restore_brings_the_same_bytes_back() {
    let feed = Feed::new("");
    let env = feed.environment();
    whole_walk(&env).await.unwrap();
    let (_, published) = both(&feed).await;
    let id = ImageId::new("wide").unwrap();

    retract(&env, &id, &Reason::default()).await.unwrap();
    reindex(&env, &Reindex::Changed(vec![id.clone()])).await.unwrap();
    let (_, site) = both(&feed).await;
    let left: Vec<_> = site.keys().filter(|key| key.starts_with("wide/")).collect();
    assert_eq!(left, ["wide/skip.flag"]);
    assert!(!String::from_utf8_lossy(&site["index.wtml"]).contains("wide"));
    whole_walk(&env).await.unwrap();
    assert_eq!(both(&feed).await.1, site, "a walk put back what was taken down");

    restore(&env, &id).await.unwrap();
    reindex(&env, &Reindex::Changed(vec![id])).await.unwrap();
    assert_eq!(both(&feed).await.1, published);
}

#[tokio::test]
async fn a_rebuilt_index_has_the_bytes_of_the_folded_one() {
    let feed = Feed::new("folder_name: Test\n");
    let env = feed.environment();
    whole_walk(&env).await.unwrap();
    let (_, folded) = both(&feed).await;
    feed.site.delete(&["index.wtml".to_owned(), "index_rel.wtml".to_owned()]).await.unwrap();
    let rebuilt = reindex(&env, &Reindex::Rebuild).await.unwrap();
    assert!(rebuilt.written);
    assert_eq!(both(&feed).await.1, folded);
    assert!(!reindex(&env, &Reindex::Rebuild).await.unwrap().written);
}

#[tokio::test]
async fn concurrent_folds_lose_no_image() {
    let feed = Feed::new("");
    let env = feed.environment();
    whole_walk(&env).await.unwrap();
    let (_, whole) = both(&feed).await;
    for _ in 0..20 {
        let empty = Folder::default().to_xml().into();
        let headers = skyfeed_ports::store::Headers { content_type: "application/x-wtml", cache_control: "" };
        let body = skyfeed_ports::store::Body::Bytes(&empty);
        feed.site.put("index.wtml", body, headers, Default::default()).await.unwrap();
        let folds = ["small", "wide", "nowhere"].map(|id| {
            let env = env.clone();
            tokio::spawn(async move { reindex(&env, &Reindex::Changed(vec![ImageId::new(id).unwrap()])).await })
        });
        for fold in folds {
            fold.await.unwrap().unwrap();
        }
        assert_eq!(both(&feed).await.1, whole);
    }
}

#[tokio::test]
async fn two_refreshes_at_once_do_not_fail_each_other() {
    for _ in 0..10 {
        let feed = Feed::new("");
        let folder = tempfile::tempdir().unwrap();
        // A store of files gives way between a look and a write, as memory does not.
        let work = Arc::new(LocalStore::open(folder.path()).unwrap());
        let env = feed.environment_on(work, feed.site.clone());
        let (one, two) = tokio::join!(ask(&env), ask(&env));
        assert_eq!(one.unwrap().due, two.unwrap().due);
    }
}
