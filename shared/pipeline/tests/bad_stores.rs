//! Stores that refuse, are full, answer late or lose their answers: nothing is lost, nothing becomes public that should not, one bad key holds up one image, and afterwards a run heals
//! everything.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use skyfeed_pipeline::{
    batch::{Ending, Failure},
    decide::{Decide, decide},
    environment::Environment,
    error::StepError,
    id::ImageId,
    record::Verdict,
    walk::{Walk, Walked, walk},
};
use skyfeed_ports::{
    Remedy,
    store::{FailingStore, Operation, Store, Trouble},
};

mod support {
    pub(crate) mod consistent;
    pub(crate) mod feed;
}
use support::{
    consistent::{Contents, assert_consistent, same},
    feed::{Feed, contents, person},
};

/// More than a lease lasts, and more than what failed at the source is put off for the first time.
const LATER_SECONDS: i64 = 2 * 3600;

async fn whole_walk(env: &Environment) -> Result<Walked, StepError> {
    let command = Walk { refresh: true, approve_all: Some(person("anna")) };
    walk(env, &command, &()).await
}

async fn both(feed: &Feed) -> (Contents, Contents) {
    (contents(&*feed.work).await, contents(&*feed.site).await)
}

/// The feed on stores of which each operation may go wrong; keys of the site begin with `site:`.
fn troubled(feed: &Feed, troubles: impl Fn(&Operation<'_>) -> Option<Trouble> + Send + Sync + 'static) -> Environment {
    let troubles = Arc::new(troubles);
    let (on_work, on_site) = (Arc::clone(&troubles), troubles);
    let work: Arc<dyn Store> = Arc::new(FailingStore::troubled(feed.work.clone(), move |one| on_work(one)));
    let site: Arc<dyn Store> = Arc::new(FailingStore::troubled(feed.site.clone(), move |one| {
        on_site(&Operation { key: &format!("site:{}", one.key), ..*one })
    }));
    feed.environment_on(work, site)
}

/// What a walk said went wrong.
fn failures(walked: Result<Walked, StepError>) -> Vec<Failure> {
    match walked {
        Err(error) => vec![Failure::of("the walk", &error)],
        Ok(walked) => {
            let events = walked.events.into_iter().filter_map(|event| match event.ending {
                Ending::Failed(failure) => Some(failure),
                _ => None,
            });
            events.chain(walked.failures).chain(walked.refreshed.failures).collect()
        }
    }
}

/// Everything is as if nothing had been wrong, one run after the trouble.
async fn heals(feed: &Feed, when: &str) {
    let reference = Feed::new("");
    whole_walk(&reference.environment()).await.unwrap();
    let expected = both(&reference).await;
    let (work, site) = both(feed).await;
    assert_consistent(&work, &site, when);
    feed.clock.advance(LATER_SECONDS);
    let walked = whole_walk(&feed.environment()).await;
    let failed = failures(walked);
    assert!(failed.is_empty(), "{when}: {failed:?}");
    let (work, site) = both(feed).await;
    assert!(same(&expected.0, &work), "{when}: other work objects: {:?}", work.keys());
    assert!(site == expected.1, "{when}: other site objects: {:?}", site.keys());
}

/// Every key that a walk reads or writes, and what it does with it.
async fn operations() -> BTreeSet<(bool, String)> {
    let feed = Feed::new("");
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let note = Arc::clone(&seen);
    let env = troubled(&feed, move |one| {
        note.lock().unwrap().insert((one.is_write, one.key.to_owned()));
        None
    });
    whole_walk(&env).await.unwrap();
    seen.lock().unwrap().clone()
}

#[tokio::test]
async fn one_key_that_is_refused_holds_up_one_image_and_is_named() {
    let mut single = 0;
    for (is_write, key) in operations().await {
        let when = format!("{} of {key} is refused", if is_write { "a write" } else { "a read" });
        let feed = Feed::new("");
        let refused = key.clone();
        let env =
            troubled(&feed, move |one| (one.is_write == is_write && one.key == refused).then_some(Trouble::Refused));
        let failed = failures(whole_walk(&env).await);
        let named = key.trim_start_matches("site:");
        let causes: Vec<String> = failed.iter().flat_map(|failure| failure.causes.clone()).collect();
        // A key need not be there: what only looks whether something is new passes over it.
        for failure in &failed {
            assert!(failure.causes.iter().any(|cause| cause.contains(&format!("`{named}`"))), "{when}: {failure:?}");
            assert_eq!(failure.remedy, Remedy::Requeue, "{when}: {failure:?}");
        }
        let site = contents(&*feed.site).await;
        let of = |id: &str| named.split(['/', '.']).any(|part| part == id);
        let is_of_one = ["small", "wide", "nowhere"].into_iter().find(|id| of(id));
        if let Some(concerned) = is_of_one {
            single += 1;
            for other in ["small", "wide"].into_iter().filter(|id| *id != concerned) {
                assert!(site.contains_key(&format!("{other}/index.wtml")), "{when}: {other} is not out: {causes:?}");
                let index = site.get("index.wtml").map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                let is_listed = index.is_some_and(|index| index.contains(&format!("/feed/{other}/")));
                assert!(is_listed, "{when}: {other} is not in the index: {causes:?}");
            }
        }
        heals(&feed, &when).await;
    }
    assert!(single > 20, "only {single} keys were of one image");
}

#[tokio::test]
async fn a_minute_of_503_at_any_time_is_over_after_a_minute() {
    for begins in (0..120).step_by(3) {
        let feed = Feed::new("");
        // Each request takes a second.
        let clock = feed.clock.clone();
        let passed = AtomicU64::new(0);
        let env = troubled(&feed, move |_| {
            clock.advance(1);
            let now = passed.fetch_add(1, Ordering::SeqCst);
            (begins..begins + 60).contains(&now).then_some(Trouble::Unavailable)
        });
        for failure in failures(whole_walk(&env).await) {
            assert_eq!(failure.remedy, Remedy::Retry, "503 from request {begins} on: {failure:?}");
        }
        heals(&feed, &format!("503 from request {begins} on")).await;
    }
}

#[tokio::test]
async fn a_store_that_is_full_loses_nothing_and_goes_on_when_there_is_room() {
    let mut failed = 0;
    for room in (0..40_000).step_by(1_000) {
        let feed = Feed::new("");
        let left = Mutex::new(room);
        let env = troubled(&feed, move |one| {
            let mut left = left.lock().unwrap();
            if one.action != "write" {
                return None;
            }
            match u64::checked_sub(*left, one.size_bytes.max(1)) {
                Some(less) => {
                    *left = less;
                    None
                }
                None => Some(Trouble::Full),
            }
        });
        for failure in failures(whole_walk(&env).await) {
            failed += 1;
            assert_eq!(failure.remedy, Remedy::Retry, "room for {room} bytes: {failure:?}");
        }
        heals(&feed, &format!("room for {room} bytes")).await;
    }
    assert!(failed > 20, "only {failed} failures");
}

#[tokio::test]
async fn a_store_that_may_only_be_read_is_named_and_nothing_half_is_public() {
    for read_only in ["site:", ""] {
        let feed = Feed::new("");
        let env = troubled(&feed, move |one| {
            (one.is_write && (read_only.is_empty() || one.key.starts_with(read_only))).then_some(Trouble::Refused)
        });
        let failed = failures(whole_walk(&env).await);
        assert!(!failed.is_empty(), "nobody was told");
        assert!(failed.iter().all(|failure| failure.remedy == Remedy::Requeue), "{failed:?}");
        assert_eq!(contents(&*feed.site).await, Contents::new());
        heals(&feed, &format!("`{read_only}` was only read")).await;
    }
}

#[tokio::test]
async fn answers_that_get_lost_change_nothing_that_was_done() {
    for every in 1..12 {
        for offset in 0..every {
            let feed = Feed::new("");
            let count = AtomicU64::new(offset);
            let env = troubled(&feed, move |one| {
                let is_lost = one.is_write && count.fetch_add(1, Ordering::SeqCst).is_multiple_of(every);
                is_lost.then_some(Trouble::AnswerLost)
            });
            // Somebody tries again and again, and each time some answers are lost.
            for _ in 0..3 {
                drop(whole_walk(&env).await);
                feed.clock.advance(LATER_SECONDS);
            }
            heals(&feed, &format!("every {every}th answer was lost")).await;
        }
    }
}

#[tokio::test]
async fn whatever_goes_wrong_what_nobody_approved_and_what_was_rejected_is_not_public() {
    for wrong in [Trouble::Unavailable, Trouble::Refused, Trouble::AnswerLost] {
        for (is_write, key) in operations().await {
            let feed = Feed::new("");
            let env = feed.environment();
            walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap();
            let say = |id: &str, verdict| Decide {
                id: ImageId::new(id).unwrap(),
                revision: None,
                verdict,
                by: person("anna"),
                note: String::new(),
                manifest_sha256: None,
            };
            decide(&env, &say("wide", Verdict::Approve)).await.unwrap();
            decide(&env, &say("small", Verdict::Reject)).await.unwrap();
            let bad = key.clone();
            let env = troubled(&feed, move |one| (one.is_write == is_write && one.key == bad).then_some(wrong));
            for _ in 0..2 {
                drop(walk(&env, &Walk { refresh: true, approve_all: None }, &()).await);
                feed.clock.advance(LATER_SECONDS);
                let site = contents(&*feed.site).await;
                let public: Vec<_> =
                    site.keys().filter(|key| key.contains("small") || key.contains("nowhere")).collect();
                assert!(public.is_empty(), "{wrong:?} of {key}: {public:?}");
            }
        }
    }
}
