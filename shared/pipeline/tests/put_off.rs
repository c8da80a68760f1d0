//! What the source does not give is tried again later and later, and keeps nobody waiting.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use jiff::{SignedDuration, Timestamp};
use skyfeed_pipeline::{
    batch::Ending,
    environment::Environment,
    error::StepError,
    fetch::{fetch, fetch_again},
    id::ImageId,
    outcome::Outcome,
    record::{Candidate, FORMAT, Version},
    refresh::Refreshed,
    source::{Arrival, Ask, Begun, Fetched, Image, ImageSource, Offer, SourceError},
    standing::{Next, Standing, State},
    tile::tile,
    walk::{Fetching, Walk, Walked, fetch_all, walk},
    whole_feed,
};
use skyfeed_ports::{
    Remedy,
    ledger::AttemptOutcome,
    store::{Body, Condition, Headers},
};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, ask, draw};

/// Offers `img0` to `img9`, of which some cannot be had, and gives the same bytes for each.
#[derive(Debug)]
struct Breaking {
    offered: usize,
    broken: Mutex<BTreeSet<String>>,
    image: Mutex<Bytes>,
    asked: Mutex<Vec<String>>,
}

impl Breaking {
    fn new(offered: usize, broken: &[&str]) -> Arc<Self> {
        Arc::new(Self {
            offered,
            broken: Mutex::new(broken.iter().map(|&id| id.to_owned()).collect()),
            image: Mutex::new(draw(8, 8)),
            asked: Mutex::default(),
        })
    }

    fn mend(&self) {
        self.broken.lock().unwrap().clear();
    }

    /// What was asked for since the last look.
    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }
}

#[async_trait]
impl ImageSource for Breaking {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        if self.broken.lock().unwrap().contains("*") {
            return futures::stream::iter([Err(gone("the list"))]).boxed();
        }
        let offer = |number| {
            let id = ImageId::new(format!("img{number}")).unwrap();
            Ok(Offer::Candidate(Candidate { format: FORMAT, id, record: serde_json::json!({}) }))
        };
        futures::stream::iter((0..self.offered).map(offer)).boxed()
    }

    async fn fetch(&self, candidate: &Candidate, _: &Ask) -> Result<Fetched, SourceError> {
        self.asked.lock().unwrap().push(candidate.id.to_string());
        if self.broken.lock().unwrap().contains(candidate.id.as_str()) {
            return Err(gone(candidate.id.as_str()));
        }
        let bytes = self.image.lock().unwrap().clone();
        Ok(Fetched::Image(Image::of_bytes("image.png", Version::default(), bytes, None)))
    }
}

fn gone(what: &str) -> SourceError {
    SourceError::Transport { what: what.to_owned(), transient: false, source: "410 Gone".into() }
}

fn id(text: &str) -> ImageId {
    ImageId::new(text).unwrap()
}

fn environment(feed: &Feed, source: &Arc<Breaking>) -> Environment {
    Environment { source: Arc::clone(source) as Arc<dyn ImageSource>, ..feed.environment() }
}

async fn walked(env: &Environment) -> Walked {
    walk(env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap()
}

async fn standing(env: &Environment, image: &str) -> Standing {
    Standing::of(env, &id(image)).await.unwrap().unwrap()
}

#[tokio::test]
async fn dead_images_at_the_head_of_a_feed_do_not_stop_it() {
    let feed = Feed::new("max_new_per_run: 3\n");
    let source = Breaking::new(8, &["img0", "img1", "img2"]);
    let env = environment(&feed, &source);
    let first = walked(&env).await;
    assert_eq!((source.asked(), first.refreshed.postponed), (vec!["img0".into(), "img1".into(), "img2".into()], 5));
    let second = walked(&env).await;
    assert_eq!((source.asked(), second.refreshed.put_off), (vec!["img3".into(), "img4".into(), "img5".into()], 3));
    walked(&env).await;
    assert_eq!(source.asked(), ["img6", "img7"]);
    // An hour later they have their turn again, and nobody else needs one.
    feed.clock.advance(3601);
    source.mend();
    walked(&env).await;
    assert_eq!(source.asked(), ["img0", "img1", "img2"]);
    assert!(matches!(standing(&env, "img0").await.state, State::Unusable), "its picture has no place on the sky");
}

#[tokio::test]
async fn pauses_grow_and_end_with_the_first_success() {
    let feed = Feed::new("");
    let source = Breaking::new(1, &["img0"]);
    let env = environment(&feed, &source);
    for (tries, hours) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
        let walked = walked(&env).await;
        assert_eq!(source.asked(), ["img0"], "try {tries}");
        let failed = serde_json::to_value(&walked.events).unwrap();
        assert_eq!((failed[0]["remedy"].as_str(), failed[0]["code"].as_str()), (Some("wait"), Some("source-refused")));
        let standing = standing(&env, "img0").await;
        let until = env.clock.now() + SignedDuration::from_hours(hours);
        let State::PutOff { tries: told, until: put_off, .. } = standing.state else { panic!("{standing:?}") };
        assert!(told == tries && until.duration_since(put_off).abs() < SignedDuration::from_secs(60), "{standing:?}");
        assert_eq!((standing.next, standing.code), (Next::Wait { until: put_off }, "put-off"));
        // Nothing happens before.
        feed.clock.advance(hours * 3600 - 60);
        ask(&env).await.unwrap();
        assert!(super_quiet(&walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap()));
        assert_eq!(source.asked(), [""; 0]);
        feed.clock.advance(120);
        assert_eq!(self::standing(&env, "img0").await.state, State::Offered);
    }
    source.mend();
    let image = fetch(&env, &id("img0")).await.unwrap();
    assert_eq!(standing(&env, "img0").await.state, State::Fetched, "{image:?}");
}

fn super_quiet(walked: &Walked) -> bool {
    walked.events.is_empty() && walked.failures.is_empty() && walked.refreshed.failures.is_empty()
}

#[tokio::test]
async fn a_person_need_not_wait() {
    let feed = Feed::new("");
    let source = Breaking::new(1, &["img0"]);
    let env = environment(&feed, &source);
    walked(&env).await;
    source.mend();
    fetch(&env, &id("img0")).await.unwrap();
    assert_eq!(standing(&env, "img0").await.state, State::Fetched);
}

#[tokio::test]
async fn what_is_put_off_is_left_alone_and_who_tries_by_hand_makes_nobody_wait_longer() {
    let feed = Feed::new("");
    let source = Breaking::new(1, &["img0"]);
    let env = environment(&feed, &source);
    walked(&env).await;
    let until = standing(&env, "img0").await.next;
    source.asked();
    let events = fetch_all(&env, &[id("img0")], Fetching::Due, &()).await;
    assert!(matches!(&events[0].ending, Ending::Waiting { reason } if reason.contains("tried again")), "{events:?}");
    assert!(source.asked().is_empty());
    for why in [Fetching::Asked, Fetching::Again] {
        fetch_all(&env, &[id("img0")], why, &()).await;
        assert_eq!(source.asked(), ["img0"]);
        assert_eq!(standing(&env, "img0").await.next, until);
    }
}

/// Offers one image of which a byte comes, and then nothing.
#[derive(Debug)]
struct Dripping {
    resumes: bool,
}

#[async_trait]
impl ImageSource for Dripping {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        let candidate = Candidate { format: FORMAT, id: id("img0"), record: serde_json::json!({}) };
        futures::stream::iter([Ok(Offer::Candidate(candidate))]).boxed()
    }

    async fn fetch(&self, _: &Candidate, ask: &Ask) -> Result<Fetched, SourceError> {
        let from = ask.begun.as_ref().map_or(0, |begun: &Begun| begun.bytes);
        let begin = Arrival::Begin { version: Version::default(), from, resumes: self.resumes };
        let bytes = Arrival::Bytes(Bytes::from(vec![7; 1 << 20]));
        let arrivals = futures::stream::iter([Ok(begin), Ok(bytes)]).chain(futures::stream::pending()).boxed();
        Ok(Fetched::Image(Image { name: "image.png".to_owned(), record: None, arrivals }))
    }
}

#[tokio::test]
async fn a_download_that_never_comes_to_its_end_is_put_off_unless_it_goes_on() {
    for resumes in [false, true] {
        let feed = Feed::new("");
        let source = Arc::new(Dripping { resumes });
        let env = Environment { source, ..feed.environment() };
        ask(&env).await.unwrap();
        let deadline = Some(tokio::time::Instant::now() + std::time::Duration::from_millis(500));
        let error = fetch(&Environment { deadline, ..env.clone() }, &id("img0")).await.unwrap_err();
        let put_off = matches!(error, StepError::PutOff { .. });
        assert_eq!((put_off, matches!(error, StepError::OutOfTime)), (!resumes, resumes), "{error:?}");
        let last = env.ledger.history("img0").await.unwrap().pop().unwrap();
        assert!(matches!(last.outcome, Some(AttemptOutcome::Failed { class, .. }) if class == "transient"));
    }
}

#[tokio::test]
async fn an_image_whose_source_failed_once_is_asked_for_until_that_is_known_to_be_over() {
    let feed = Feed::new("");
    let source = Breaking::new(1, &[]);
    let env = environment(&feed, &source);
    walked(&env).await;
    source.broken.lock().unwrap().insert("img0".to_owned());
    fetch_again(&env, &id("img0")).await.unwrap_err();
    source.mend();
    source.asked();
    // The time of the stores has to pass what was noted, and the hour.
    feed.clock.advance(Timestamp::now().as_second() - env.clock.now().as_second() + 2 * 3600);
    walked(&env).await;
    assert_eq!(source.asked(), ["img0"]);
    let walked = walked(&env).await;
    assert!(source.asked().is_empty() && walked.events.is_empty(), "{walked:?}");
    assert!(standing(&env, "img0").await.open_attempt.is_none());
}

#[tokio::test]
async fn of_two_images_none_is_replaced_though_one_came_damaged() {
    let feed = Feed::new("");
    let source = Breaking::new(1, &[]);
    let env = environment(&feed, &source);
    *source.image.lock().unwrap() = draw(8, 8).slice(..40);
    walked(&env).await;
    let headers = Headers { content_type: "image/png", cache_control: "" };
    let good = draw(9, 9);
    env.work.put("inbox/img0/mine.png", Body::Bytes(&good), headers, Condition::Always).await.unwrap();
    let _ = fetch(&env, &id("img0")).await;
    assert!(env.work.get("inbox/img0/mine.png").await.unwrap().is_some_and(|there| there.bytes == good));
}

#[tokio::test]
async fn a_damaged_image_is_downloaded_once_more() {
    const REMOTE: &str = "source_type: astropix\nastropix:\n  json_query_url: http://example.org/\npublish_url_prefix: http://example.org/feed/\n";
    for mended in [true, false] {
        let mut feed = Feed::new("");
        feed.config = Arc::new(skyfeed_pipeline::config::Config::parse(REMOTE).unwrap());
        let source = Breaking::new(1, &[]);
        let env = environment(&feed, &source);
        let whole = source.image.lock().unwrap().clone();
        *source.image.lock().unwrap() = whole.slice(..whole.len() / 2);
        let first = walked(&env).await;
        assert_eq!((source.asked(), first.events.len()), (vec!["img0".to_owned()], 2), "{:?}", first.events);
        let put_off = standing(&env, "img0").await;
        assert!(matches!(put_off.state, State::PutOff { tries: 1, .. }), "{put_off:?}");
        // Who tiles the same file again learns nothing new.
        let again = tile(&env, &id("img0")).await.unwrap_err();
        assert_eq!((again.remedy(), again.code()), (Remedy::Wait, "image-damaged"));
        assert!(super_quiet(&walked(&env).await));
        feed.clock.advance(2 * 3600 + 1);
        if mended {
            *source.image.lock().unwrap() = whole.clone();
        }
        walked(&env).await;
        assert_eq!(source.asked(), ["img0"]);
        let then = standing(&env, "img0").await;
        assert_eq!(then.state, State::Unusable, "{then:?}");
        assert_eq!(then.why.contains("damaged"), !mended, "{then:?}");
        feed.clock.advance(100 * 24 * 3600);
        walked(&env).await;
        assert_eq!(source.asked(), [""; 0], "the same bytes twice: it is not tried again");
    }
}

#[tokio::test]
async fn a_source_that_is_silent_or_broken_is_told() {
    let feed = Feed::new("");
    let source = Breaking::new(2, &[]);
    let env = environment(&feed, &source);
    let failure = |refreshed: &Refreshed| refreshed.source_failure().map(|failure| failure.code);
    let last = async || {
        let last =
            whole_feed::history(&env).await.unwrap().into_iter().rev().find(|row| row.kind == "refresh").unwrap();
        last.outcome.unwrap()
    };
    assert_eq!(failure(&ask(&env).await.unwrap()), None);
    assert_eq!(last().await, AttemptOutcome::Done { receipt: "2 offered, 2 due".to_owned() });
    source.broken.lock().unwrap().insert("*".to_owned());
    assert_eq!(failure(&ask(&env).await.unwrap()), Some("source-refused"));
    assert!(matches!(last().await, AttemptOutcome::Failed { class, .. } if class == "permanent"));
    let answered = whole_feed::last_done(&env, skyfeed_pipeline::stage::Stage::Refresh).await.unwrap().unwrap();
    assert_eq!(answered.outcome, Some(AttemptOutcome::Done { receipt: "2 offered, 2 due".to_owned() }));
    let standings = skyfeed_pipeline::standing::Standings::all(&env).await.unwrap();
    assert_eq!(standings.of_feed.len(), 1);
    let silent = Environment { source: Breaking::new(0, &[]), ..env.clone() };
    assert_eq!(failure(&ask(&silent).await.unwrap()), Some("source-empty"));
    source.mend();
    assert_eq!(failure(&ask(&env).await.unwrap()), None);
    assert!(skyfeed_pipeline::standing::Standings::all(&env).await.unwrap().of_feed.is_empty());
}

#[tokio::test]
async fn a_source_that_never_offered_anything_may_offer_nothing() {
    let feed = Feed::new("");
    let env = environment(&feed, &Breaking::new(0, &[]));
    assert!(ask(&env).await.unwrap().source_failure().is_none());
}

#[tokio::test]
async fn after_a_success_failures_are_counted_anew() {
    let feed = Feed::new("");
    let source = Breaking::new(1, &["img0"]);
    let env = environment(&feed, &source);
    ask(&env).await.unwrap();
    for _ in 0..4 {
        fetch(&env, &id("img0")).await.unwrap_err();
    }
    source.mend();
    fetch(&env, &id("img0")).await.unwrap();
    source.broken.lock().unwrap().insert("img0".to_owned());
    let error = fetch_again(&env, &id("img0")).await.unwrap_err();
    let StepError::PutOff { until, .. } = error else { panic!("{error:?}") };
    let pause = until.duration_since(env.clock.now());
    assert!(pause <= SignedDuration::from_secs(3600), "{pause:?}");
}

#[tokio::test]
async fn what_failed_once_and_cannot_be_used_is_not_asked_for_again() {
    let feed = Feed::new("");
    let env = feed.environment();
    let nowhere = id("nowhere");
    let broken = Environment { source: Breaking::new(0, &["nowhere"]), ..env.clone() };
    ask(&env).await.unwrap();
    fetch(&broken, &nowhere).await.unwrap_err();
    assert!(matches!(fetch(&env, &nowhere).await.unwrap(), Outcome::Unusable(_)));
    feed.clock.advance(100 * 24 * 3600);
    let due = ask(&env).await.unwrap().due;
    assert!(!due.contains(&nowhere), "{due:?}");
}

#[tokio::test]
async fn an_image_that_a_person_brings_is_no_longer_one_that_failed() {
    let feed = Feed::new("");
    let source = Breaking::new(1, &["img0"]);
    let env = environment(&feed, &source);
    walked(&env).await;
    assert!(standing(&env, "img0").await.is_stuck());
    let headers = Headers { content_type: "image/png", cache_control: "" };
    env.work.put("inbox/img0/mine.png", Body::Bytes(&draw(8, 8)), headers, Condition::Always).await.unwrap();
    feed.clock.advance(10);
    let there = standing(&env, "img0").await;
    assert!(!there.is_stuck() && there.open_attempt.is_none(), "{there:?}");
}
