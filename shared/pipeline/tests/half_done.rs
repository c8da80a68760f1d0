//! Publications and restores that break off after any write, where revisions share a folder or nothing is staged any more: nothing of one revision is taken for another's.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use skyfeed_pipeline::{
    config::{Config, SiteLayout},
    decide::{Decide, decide},
    environment::Environment,
    error::StepError,
    id::ImageId,
    names::Revision,
    publish::publish,
    record::Verdict,
    restore::restore,
    retract::{Reason, retract},
    standing::{Standing, State},
    tile::tile,
    walk::{Walk, walk},
};
use skyfeed_ports::store::{Body, Condition, FailingStore, Failure, Headers, MemoryStore, Store};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, another, contents, person};

const LAYOUTS: [&str; 2] = ["site_layout: toasty\n", ""];
const FAILURES: [Failure; 2] = [Failure::BeforeEffect, Failure::AfterEffect];

fn wide() -> ImageId {
    ImageId::new("wide").unwrap()
}

/// Decides on the newest revision.
async fn say(env: &Environment, verdict: Verdict) {
    let revision = Standing::of(env, &wide()).await.unwrap().unwrap().revisions[0].revision.clone();
    say_of(env, revision, verdict).await;
}

async fn say_of(env: &Environment, revision: Revision, verdict: Verdict) {
    let (by, note) = (person("anna"), String::new());
    let command = Decide { id: wide(), revision: Some(revision), verdict, by, note, manifest_sha256: None };
    decide(env, &command).await.unwrap();
}

async fn run(env: &Environment) {
    walk(env, &Walk { refresh: false, approve_all: None }, &()).await.unwrap();
}

/// What the site has of the image.
async fn of_image(site: &MemoryStore) -> BTreeMap<String, Bytes> {
    contents(site).await.into_iter().filter(|(key, _)| key.starts_with("wide/")).collect()
}

async fn forget_staged(feed: &Feed) {
    let keys = contents(&*feed.work).await.into_keys();
    let staged = keys.filter(|key| ["staged/wide/", "pixels/wide/"].iter().any(|folder| key.starts_with(folder)));
    feed.work.delete(&staged.collect::<Vec<_>>()).await.unwrap();
}

/// A feed with a first revision on the site, perhaps no longer staged.
async fn first(config: &str, is_staged: bool) -> Feed {
    let feed = Feed::new(config);
    let (env, _) = feed.fetched().await;
    tile(&env, &wide()).await.unwrap();
    say(&env, Verdict::Approve).await;
    publish(&env, &wide()).await.unwrap();
    if !is_staged {
        forget_staged(&feed).await;
    }
    feed
}

/// The same, and a second revision of other pixels that is approved.
async fn second(config: &str, first_is_staged: bool) -> Feed {
    let feed = first(config, first_is_staged).await;
    let env = feed.environment();
    let headers = Headers { content_type: "image/png", cache_control: "" };
    env.work.put("inbox/wide/image.png", Body::Bytes(&another()), headers, Condition::Always).await.unwrap();
    tile(&env, &wide()).await.unwrap();
    say(&env, Verdict::Approve).await;
    feed
}

/// What the site has when that is published.
async fn second_whole(config: &str, first_is_staged: bool) -> BTreeMap<String, Bytes> {
    let feed = second(config, first_is_staged).await;
    publish(&feed.environment(), &wide()).await.unwrap();
    of_image(&feed.site).await
}

/// An environment whose stores break down together after `allowed` writes.
fn failing(feed: &Feed, allowed: u64, failure: Failure) -> (Environment, Arc<FailingStore>) {
    let work = Arc::new(FailingStore::new(feed.work.clone(), allowed).failing(failure));
    let site = Arc::new(work.beside(feed.site.clone()));
    (feed.environment_on(work.clone(), site), work)
}

/// Lets a publication or restore break off after each of its writes.
async fn break_off<T>(
    feed: &Feed,
    allowed: u64,
    failure: Failure,
    act: impl AsyncFnOnce(&Environment) -> Result<T, StepError>,
) -> bool {
    let broken = act(&failing(feed, allowed, failure).0).await.is_err();
    feed.clock.advance(60);
    broken
}

#[tokio::test]
async fn a_new_revision_that_breaks_off_is_whole_after_the_next_publication() {
    for config in LAYOUTS {
        for staged in [true, false] {
            let whole = second_whole(config, staged).await;
            for failure in FAILURES {
                for allowed in 0.. {
                    let feed = second(config, staged).await;
                    let broken = break_off(&feed, allowed, failure, async |env| publish(env, &wide()).await).await;
                    publish(&feed.environment(), &wide()).await.unwrap();
                    let site = of_image(&feed.site).await;
                    // With folders of their own, what was live before stays for caches.
                    let differs = whole.iter().find(|(key, bytes)| site.get(*key) != Some(*bytes));
                    assert!(
                        differs.is_none(),
                        "{config}{staged} {failure:?} of write {allowed}: {:?}",
                        differs.map(|it| it.0)
                    );
                    if !config.is_empty() {
                        assert_eq!(site.len(), whole.len(), "{staged} {failure:?} of write {allowed}");
                    }
                    if !broken {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_new_revision_that_is_rejected_half_done_leaves_what_was_live() {
    for config in LAYOUTS {
        for staged in [true, false] {
            let before = of_image(&first(config, staged).await.site).await;
            let whole = second_whole(config, staged).await;
            for failure in FAILURES {
                for allowed in 0.. {
                    let feed = second(config, staged).await;
                    let broken = break_off(&feed, allowed, failure, async |env| publish(env, &wide()).await).await;
                    let env = feed.environment();
                    say(&env, Verdict::Reject).await;
                    run(&env).await;
                    let standing = Standing::of(&env, &wide()).await.unwrap().unwrap();
                    let at = format!("{config}{staged} {failure:?} of write {allowed}: {standing:?}");
                    if standing.code == "rejected-but-live" {
                        // It had come to its end.
                        let site = of_image(&feed.site).await;
                        assert!(whole.iter().all(|(key, bytes)| site.get(key) == Some(bytes)), "{at}");
                    } else {
                        assert!(standing.state == State::Published && of_image(&feed.site).await == before, "{at}");
                    }
                    if !broken {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_first_revision_that_is_rejected_half_done_leaves_nothing_though_the_layout_is_another_by_then() {
    for (config, other) in [(LAYOUTS[0], SiteLayout::Skyfeed), (LAYOUTS[1], SiteLayout::Toasty)] {
        for allowed in 0.. {
            let feed = Feed::new(config);
            let (env, _) = feed.fetched().await;
            tile(&env, &wide()).await.unwrap();
            say(&env, Verdict::Approve).await;
            let broken = break_off(&feed, allowed, Failure::AfterEffect, async |env| publish(env, &wide()).await).await;
            let is_live = Standing::of(&env, &wide()).await.unwrap().unwrap().state == State::Published;
            if !broken || is_live || of_image(&feed.site).await.contains_key("wide/index.wtml") {
                break;
            }
            say(&env, Verdict::Reject).await;
            let switched = Config { site_layout: other, ..env.config.as_ref().clone() };
            run(&Environment { config: Arc::new(switched), ..env }).await;
            let left = of_image(&feed.site).await;
            assert!(left.is_empty(), "{config}after write {allowed}: {:?}", left.keys());
        }
    }
}

#[tokio::test]
async fn a_restore_of_what_was_kept_that_breaks_off_is_down_until_it_is_done_again() {
    for config in LAYOUTS {
        let before = of_image(&first(config, false).await.site).await;
        for failure in FAILURES {
            for allowed in 0.. {
                let feed = first(config, false).await;
                let env = feed.environment();
                // So that no walk makes it again.
                feed.work.delete(&["inbox/wide/image.png".to_owned()]).await.unwrap();
                retract(&env, &wide(), &Reason::default()).await.unwrap();
                let broken = break_off(&feed, allowed, failure, async |env| restore(env, &wide()).await).await;
                let at = format!("{config}{failure:?} of write {allowed}");
                let unfinished = Standing::of(&env, &wide()).await.unwrap().unwrap();
                run(&env).await;
                let down = of_image(&feed.site).await;
                let standing = Standing::of(&env, &wide()).await.unwrap().unwrap();
                match standing.state {
                    State::Retracted => {
                        assert!(down.keys().all(|key| key == "wide/skip.flag"), "{at}: {:?}", down.keys())
                    }
                    State::Published => assert_eq!(down, before, "{at}"),
                    state => panic!("{at}: {state:?}, before {unfinished:?}"),
                }
                restore(&env, &wide()).await.unwrap();
                assert_eq!(of_image(&feed.site).await, before, "{at}");
                if !broken {
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn what_was_kept_of_one_revision_does_not_come_back_with_another() {
    for config in LAYOUTS {
        let feed = first(config, false).await;
        let env = feed.environment();
        retract(&env, &wide(), &Reason::default()).await.unwrap();
        let headers = Headers { content_type: "image/png", cache_control: "" };
        env.work.put("inbox/wide/image.png", Body::Bytes(&another()), headers, Condition::Always).await.unwrap();
        tile(&env, &wide()).await.unwrap();
        say(&env, Verdict::Approve).await;
        restore(&env, &wide()).await.unwrap();
        let of_second = of_image(&feed.site).await;
        forget_staged(&feed).await;
        retract(&env, &wide(), &Reason::default()).await.unwrap();
        restore(&env, &wide()).await.unwrap();
        assert_eq!(of_image(&feed.site).await, of_second, "{config}");
    }
}

#[tokio::test]
async fn what_was_kept_of_a_rejected_revision_stays_down_and_kept() {
    for config in LAYOUTS {
        let feed = first(config, true).await;
        let env = feed.environment();
        let before = of_image(&feed.site).await;
        say(&env, Verdict::Reject).await;
        forget_staged(&feed).await;
        retract(&env, &wide(), &Reason::default()).await.unwrap();
        let error = restore(&env, &wide()).await.unwrap_err().to_string();
        assert!(error.contains("stays down") && error.contains("anna"), "{error}");
        let down = Standing::of(&env, &wide()).await.unwrap().unwrap().revision.unwrap();
        say_of(&env, down, Verdict::Withdraw).await;
        restore(&env, &wide()).await.unwrap();
        assert_eq!(of_image(&feed.site).await, before, "{config}");
    }
}
