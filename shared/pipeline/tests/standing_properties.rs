//! Whatever lies in the stores, also partial, damaged and foreign: an image has a standing that holds.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::OnceLock;

use bytes::Bytes;
use proptest::prelude::*;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    record::{Published, PublishedState},
    standing::{Next, Standing, Standings, State},
    walk::{Due, Walk, walk},
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents, person};

const HEADERS: Headers = Headers { content_type: "application/json", cache_control: "" };

type Objects = Vec<(String, Bytes)>;

/// A whole feed, the objects of both stores: mixtures are made of them.
fn whole() -> &'static (Objects, Objects) {
    static WHOLE: OnceLock<(Objects, Objects)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        runtime().block_on(async {
            let feed = Feed::new("");
            let env = feed.environment();
            walk(&env, &Walk { refresh: true, approve_all: Some(person("anna")) }, &()).await.unwrap();
            let all = async |store| contents(store).await.into_iter().collect();
            (all(&*feed.work).await, all(&*feed.site).await)
        })
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What becomes of one object.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Stays,
    Goes,
    IsCut,
    IsEmpty,
    SaysAnotherImage,
    IsOfLaterFormat,
}

fn fates(count: usize) -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        4 => Just(Fate::Stays),
        3 => Just(Fate::Goes),
        1 => Just(Fate::IsCut),
        1 => Just(Fate::IsEmpty),
        1 => Just(Fate::SaysAnotherImage),
        1 => Just(Fate::IsOfLaterFormat),
    ];
    proptest::collection::vec(fate, count)
}

const LITTER: [&str; 9] = [
    "inbox/small/Thumbs.db",
    "decisions/small/notes.txt",
    "decisions/small/0123456789abcdef/7.json",
    "decisions/small/0123456789abcdef/a/b/c.json",
    "staged/small/litter/manifest.json",
    "staged/small/0123456789abcdef/L0X0Y0.png",
    "published/small.json.bak",
    "put-off/small.json",
    "pixels/small/0123456789abcdef/tiles.digests",
];

fn changed(bytes: &Bytes, fate: Fate) -> Option<Bytes> {
    let replaced = |from: &str, to: &str| Bytes::from(String::from_utf8_lossy(bytes).replace(from, to));
    match fate {
        Fate::Stays => Some(bytes.clone()),
        Fate::Goes => None,
        Fate::IsCut => Some(bytes.slice(..bytes.len() / 2)),
        Fate::IsEmpty => Some(Bytes::new()),
        Fate::SaysAnotherImage => Some(replaced("\"small\"", "\"another\"")),
        Fate::IsOfLaterFormat => Some(replaced("\"format\": ", "\"format\": 9")),
    }
}

async fn mix(store: &dyn Store, objects: &[(String, Bytes)], fates: &[Fate]) {
    for ((key, bytes), fate) in objects.iter().zip(fates) {
        if let Some(bytes) = changed(bytes, *fate) {
            store.put(key, Body::Bytes(&bytes), HEADERS, Condition::Always).await.unwrap();
        }
    }
}

/// What must hold of every standing.
async fn check(env: &Environment, feed: &Feed, one: &Standing) {
    let record = contents(&*feed.work).await.get(&format!("published/{}.json", one.id)).cloned();
    let record: Option<Published> = record.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if one.state == State::Published {
        let live = record.as_ref().is_some_and(|record| matches!(record.state, PublishedState::Live(_)));
        let by_others = record.is_none() && env.site.head(&format!("{}/index.wtml", one.id)).await.unwrap().is_some();
        assert!(live || by_others, "published without a live record: {one:?}");
    }
    if let Next::Nothing { because } = one.next {
        assert!(!because.is_empty(), "{one:?}");
    }
    assert!(!one.why.is_empty() && !one.code.is_empty(), "{one:?}");
    assert!(one.problem.as_ref().is_none_or(|problem| problem.code == one.code), "{one:?}");
    if let Some(revision) = &one.to_publish {
        assert!(one.revisions.iter().any(|staged| staged.revision == *revision), "not staged: {one:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_mixture_of_objects_has_standings_that_hold(
        work in fates(whole().0.len()),
        site in fates(whole().1.len()),
        litter in proptest::collection::vec(any::<bool>(), LITTER.len()),
    ) {
        runtime().block_on(async {
            let feed = Feed::new("");
            let env = feed.environment();
            mix(&*feed.work, &whole().0, &work).await;
            mix(&*feed.site, &whole().1, &site).await;
            for (key, _) in LITTER.iter().zip(&litter).filter(|(_, there)| **there) {
                let bytes = Bytes::from_static(b"{\"format\": 2}");
                feed.work.put(key, Body::Bytes(&bytes), HEADERS, Condition::Always).await.unwrap();
            }
            let all = Standings::all(&env).await.unwrap();
            Due::of(&env, &all).await.unwrap();
            for id in ["small", "wide", "nowhere"] {
                let id = ImageId::new(id).unwrap();
                let one = Standing::of(&env, &id).await.unwrap();
                match (&one, all.get(&id)) {
                    (Some(one), Some(of_all)) => {
                        check(&env, &feed, one).await;
                        check(&env, &feed, of_all).await;
                        // A flag beside a live record is seen by who asks for the image itself.
                        if one.code != "takedown-unfinished" {
                            assert_eq!((&one.state, &one.to_publish), (&of_all.state, &of_all.to_publish));
                        }
                    }
                    (one, of_all) => assert!(one.is_none() && of_all.is_none(), "{one:?} {of_all:?}"),
                }
            }
        });
    }
}
