//! What `clean` deletes, and what it never does.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use skyfeed_pipeline::{
    clean::{self, Ages, Litter, clean},
    decide::{Decide, decide},
    environment::Environment,
    id::ImageId,
    names::Revision,
    outcome::Outcome,
    publish::publish,
    record::Verdict,
    restore::{Restored, restore},
    retract::{Reason, retract},
    standing::{Standing, Standings, State},
    tile::tile,
    walk::{Walk, walk},
};
use skyfeed_ports::store::{Body, Condition, FailingStore, Failure, Headers, Store};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents, person};

const JSON: Headers = Headers { content_type: "application/json", cache_control: "no-store" };

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A feed with `wide` in its inbox, whose clock is that of the stores.
async fn fetched() -> (Feed, Environment, ImageId) {
    let feed = Feed::new("");
    let (env, id) = feed.fetched().await;
    wait(&feed, &env, SignedDuration::ZERO);
    (feed, env, id)
}

/// Moves the clock so far beyond the times that the stores give.
fn wait(feed: &Feed, env: &Environment, time: SignedDuration) {
    let to = Timestamp::now() + time;
    feed.clock.advance(to.duration_since(env.clock.now()).as_secs() + 1);
}

async fn edit(env: &Environment, title: &str) -> Revision {
    let key = "inbox/wide/source.json";
    let mut record: serde_json::Value =
        serde_json::from_slice(&env.work.get(key).await.unwrap().unwrap().bytes).unwrap();
    record["title"] = title.into();
    let bytes = Bytes::from(serde_json::to_vec(&record).unwrap());
    env.work.put(key, Body::Bytes(&bytes), JSON, Condition::Always).await.unwrap();
    staged(env).await
}

async fn staged(env: &Environment) -> Revision {
    match tile(env, &ImageId::new("wide").unwrap()).await.unwrap() {
        Outcome::Done(study) | Outcome::AlreadyDone(study) => study.revision,
        other => panic!("{other:?}"),
    }
}

async fn say(env: &Environment, revision: &Revision, verdict: Verdict) {
    let (id, by, note) = (ImageId::new("wide").unwrap(), person("anna"), String::new());
    decide(env, &Decide { id, revision: Some(revision.clone()), verdict, by, note, manifest_sha256: None })
        .await
        .unwrap();
}

/// A feed with a first revision that was live, and a second that is.
async fn renewed() -> (Feed, Environment, ImageId, [Revision; 2]) {
    let (feed, env, id) = fetched().await;
    let one = staged(&env).await;
    say(&env, &one, Verdict::Approve).await;
    publish(&env, &id).await.unwrap();
    let two = edit(&env, "second").await;
    say(&env, &two, Verdict::Approve).await;
    publish(&env, &id).await.unwrap();
    (feed, env, id, [one, two])
}

async fn found(env: &Environment, id: &ImageId, ages: Ages) -> Litter {
    match clean::plan(env, id, ages).await.unwrap() {
        Outcome::Done(litter) | Outcome::AlreadyDone(litter) => litter,
        other => panic!("{other:?}"),
    }
}

async fn keys(store: &dyn Store, prefix: &str) -> BTreeSet<String> {
    store.list(prefix, false).await.unwrap().objects.into_iter().map(|object| object.key).collect()
}

async fn run(env: &Environment) -> usize {
    let walked = walk(env, &Walk { refresh: false, approve_all: None }, &()).await.unwrap();
    assert!(walked.failures.is_empty(), "{walked:?}");
    walked.events.len()
}

#[tokio::test]
async fn what_was_replaced_goes_when_that_is_long_ago_and_the_dry_run_names_the_same() {
    let (feed, env, id, [one, two]) = renewed().await;
    let ages = Ages::default();
    wait(&feed, &env, days(29));
    assert!(found(&env, &id, ages).await.is_empty(), "not long ago");
    wait(&feed, &env, days(31));
    let planned = found(&env, &id, ages).await;
    assert_eq!((&planned.revisions, planned.pixels.len()), (&vec![one.clone()], 0), "the pixels are those of both");
    let before = keys(&*env.work, "").await;
    let Outcome::Done(done) = clean(&env, &id, ages).await.unwrap() else { panic!("nothing was done") };
    assert_eq!(done, planned);
    let gone: BTreeSet<String> = before.difference(&keys(&*env.work, "").await).cloned().collect();
    let expected = ["index_rel.wtml", "manifest.json"].map(|name| format!("staged/wide/{one}/{name}"));
    assert_eq!(gone, BTreeSet::from(expected));
    assert!(matches!(clean(&env, &id, ages).await.unwrap(), Outcome::AlreadyDone(_)));
    // Nothing is made again, and nothing older is published.
    assert_eq!(run(&env).await, 0);
    let standing = Standing::of(&env, &id).await.unwrap().unwrap();
    assert_eq!((standing.state, standing.revision, standing.to_publish), (State::Published, Some(two), None));
}

#[tokio::test]
async fn what_waits_is_approved_or_would_be_made_again_at_once_stays() {
    let (feed, env, id) = fetched().await;
    let one = staged(&env).await;
    wait(&feed, &env, days(400));
    assert!(found(&env, &id, Ages::default()).await.is_empty(), "it waits for people");
    say(&env, &one, Verdict::Approve).await;
    wait(&feed, &env, days(400));
    assert!(found(&env, &id, Ages::default()).await.is_empty(), "it waits to be published");
    publish(&env, &id).await.unwrap();
    let two = edit(&env, "second").await;
    wait(&feed, &env, days(400));
    let litter = found(&env, &id, Ages { published: Some(days(4000)), ..Ages::default() }).await;
    assert!(litter.is_empty(), "one is live, {two} waits: {litter:?}");
    // The source took its change back: the first revision is what it makes now, though the second was published since.
    say(&env, &two, Verdict::Approve).await;
    publish(&env, &id).await.unwrap();
    let key = "inbox/wide/source.json";
    let bytes = skyfeed_pipeline::fetch::fetch_again(&env, &id).await.map(|_| env.work.get(key));
    drop(bytes.unwrap().await);
    assert_eq!(staged(&env).await, one);
    wait(&feed, &env, days(400));
    assert!(found(&env, &id, Ages::default()).await.is_empty());
}

#[tokio::test]
async fn what_was_rejected_goes_with_its_pixels_and_is_not_made_again_until_that_is_taken_back() {
    let (feed, env, id) = fetched().await;
    let one = staged(&env).await;
    say(&env, &one, Verdict::Reject).await;
    wait(&feed, &env, days(31));
    let Outcome::Done(done) = clean(&env, &id, Ages::default()).await.unwrap() else { panic!("nothing was done") };
    assert_eq!((done.revisions, done.pixels.len()), (vec![one.clone()], 1));
    assert!(keys(&*env.work, "staged/").await.is_empty() && keys(&*env.work, "pixels/").await.is_empty());
    assert_eq!(keys(&*env.work, "decisions/").await.len(), 1, "decisions stay");
    assert_eq!(run(&env).await, 0);
    assert_eq!(Standing::of(&env, &id).await.unwrap().unwrap().state, State::Rejected);
    say(&env, &one, Verdict::Withdraw).await;
    assert_eq!(run(&env).await, 1, "it is tiled again");
    assert!(matches!(Standing::of(&env, &id).await.unwrap().unwrap().state, State::Staged { approvals: 0, .. }));
}

#[tokio::test]
async fn pixels_that_nothing_shows_go_after_a_day_and_young_ones_are_in_the_making() {
    let (feed, env, id) = fetched().await;
    staged(&env).await;
    let orphan = "pixels/wide/0123456789abcdef/tiles.pmtiles";
    let half = "staged/wide/fedcba9876543210/index_rel.wtml";
    for key in [orphan, half, "pixels/wide/notes/mine.txt"] {
        env.work.put(key, Body::Bytes(&Bytes::from_static(b"x")), JSON, Condition::Always).await.unwrap();
    }
    wait(&feed, &env, SignedDuration::from_hours(23));
    assert!(found(&env, &id, Ages::default()).await.is_empty());
    wait(&feed, &env, SignedDuration::from_hours(25));
    let before = keys(&*env.work, "").await;
    let standings = Standings::all(&env).await.unwrap();
    assert_eq!(clean::worth_a_look(&env, &standings, Ages::default()).await.unwrap(), std::slice::from_ref(&id));
    clean(&env, &id, Ages::default()).await.unwrap();
    let gone: BTreeSet<String> = before.difference(&keys(&*env.work, "").await).cloned().collect();
    assert_eq!(gone, BTreeSet::from([orphan.to_owned(), half.to_owned()]));
}

#[tokio::test]
async fn what_a_restore_needs_stays() {
    let (feed, env, id, [_, two]) = renewed().await;
    retract(&env, &id, &Reason::default()).await.unwrap();
    wait(&feed, &env, days(400));
    let zero = SignedDuration::ZERO;
    let ages = Ages { settled: zero, published: Some(zero), making: zero };
    drop(clean(&env, &id, ages).await.unwrap());
    assert_eq!(restore(&env, &id).await.unwrap(), Outcome::Done(Restored::OnSite(Some(two))));
}

#[tokio::test]
async fn long_published_files_go_only_if_asked_for_and_the_image_stays_as_it_is() {
    let (feed, env, id, [one, two]) = renewed().await;
    let site = contents(&*feed.site).await;
    wait(&feed, &env, days(400));
    let ages = Ages { published: Some(days(365)), ..Ages::default() };
    assert_eq!(found(&env, &id, Ages::default()).await.revisions, [one]);
    let Outcome::Done(done) = clean(&env, &id, ages).await.unwrap() else { panic!("nothing was done") };
    assert_eq!((done.revisions.len(), done.pixels.len()), (2, 1));
    assert!(keys(&*env.work, "staged/").await.is_empty() && keys(&*env.work, "pixels/").await.is_empty());
    assert_eq!(run(&env).await, 0, "nothing is tiled or published again");
    assert_eq!(publish(&env, &id).await.unwrap(), Outcome::AlreadyDone(two.clone()));
    run(&env).await;
    let now = contents(&*feed.site).await;
    assert!(site.iter().all(|(key, bytes)| now.get(key) == Some(bytes)));
    // A takedown keeps what can no longer be made again from what is staged.
    retract(&env, &id, &Reason::default()).await.unwrap();
    assert_eq!(restore(&env, &id).await.unwrap(), Outcome::Done(Restored::OnSite(Some(two))));
}

#[tokio::test]
async fn the_files_of_what_is_on_the_site_stay_if_nothing_could_make_them_again() {
    let (feed, env, id, [_, two]) = renewed().await;
    // A new revision waits, or the image in the inbox cannot be used, or there is none.
    edit(&env, "third").await;
    wait(&feed, &env, days(400));
    let ages = Ages { published: Some(days(0)), ..Ages::default() };
    assert!(!found(&env, &id, ages).await.revisions.contains(&two), "another waits");
    let image = Bytes::from_static(b"no picture");
    env.work.put("inbox/wide/image.png", Body::Bytes(&image), JSON, Condition::Always).await.unwrap();
    tile(&env, &id).await.unwrap_err();
    assert!(!found(&env, &id, ages).await.revisions.contains(&two), "it cannot be used");
    env.work.delete(&["inbox/wide/image.png".to_owned()]).await.unwrap();
    assert!(!found(&env, &id, ages).await.revisions.contains(&two), "it is gone");
}

#[tokio::test]
async fn an_older_revision_never_goes_live_because_a_newer_ones_files_are_gone() {
    for record_too in [false, true] {
        let (_feed, env, id, [one, two]) = renewed().await;
        let mut gone: Vec<String> = keys(&*env.work, &format!("staged/wide/{two}/")).await.into_iter().collect();
        if record_too {
            gone.push("published/wide.json".to_owned());
            gone.extend(keys(&*env.work, "inbox/").await);
            env.site.delete(&["wide/index.wtml".to_owned(), "wide/index_rel.wtml".to_owned()]).await.unwrap();
        }
        env.work.delete(&gone).await.unwrap();
        let standing = Standing::of(&env, &id).await.unwrap().unwrap();
        assert_eq!(standing.to_publish, None, "{standing:?}");
        run(&env).await;
        let live = Standing::of(&env, &id).await.unwrap().unwrap();
        assert_ne!((live.state, live.revision), (State::Published, Some(one.clone())));
        if record_too {
            assert!(standing.why.contains("approve it again"), "{}", standing.why);
            say(&env, &one, Verdict::Approve).await;
            let again = Standing::of(&env, &id).await.unwrap().unwrap();
            assert_eq!(again.to_publish, Some(one), "the later word counts");
        }
    }
}

#[tokio::test]
async fn documents_that_are_lost_are_made_again_when_they_are_to_be_published() {
    let (_feed, env, id) = fetched().await;
    let one = staged(&env).await;
    env.work.delete(&[format!("staged/wide/{one}/index_rel.wtml")]).await.unwrap();
    say(&env, &one, Verdict::Approve).await;
    run(&env).await;
    assert_eq!(Standing::of(&env, &id).await.unwrap().unwrap().state, State::Published);
}

#[tokio::test]
async fn a_cleaning_that_breaks_off_after_any_write_is_finished_by_the_next() {
    let ages = Ages { published: Some(days(365)), ..Ages::default() };
    let (feed, env, id, _) = renewed().await;
    wait(&feed, &env, days(400));
    clean(&env, &id, ages).await.unwrap();
    let clean_work = keys(&*feed.work, "").await;
    let mut allowed = 0;
    loop {
        let (feed, env, id, _) = renewed().await;
        wait(&feed, &env, days(400));
        let work = Arc::new(FailingStore::new(feed.work.clone(), allowed).failing(Failure::AfterEffect));
        let failing = Environment { work, ..env.clone() };
        if clean(&failing, &id, ages).await.is_ok() {
            assert!(allowed > 2, "hardly anything was written");
            break;
        }
        wait(&feed, &env, days(401));
        clean(&env, &id, ages).await.unwrap();
        assert_eq!(keys(&*feed.work, "").await, clean_work, "after write {allowed}");
        assert_eq!(run(&env).await, 0);
        allowed += 1;
    }
}

#[tokio::test]
async fn parts_of_a_download_that_nobody_goes_on_with_go_after_a_month() {
    let (feed, env, id) = fetched().await;
    for key in ["downloads/wide/0", "downloads/other/0"] {
        env.work.put(key, Body::Bytes(&Bytes::from_static(b"part")), JSON, Condition::Always).await.unwrap();
    }
    assert!(matches!(clean(&env, &id, Ages::default()).await.unwrap(), Outcome::AlreadyDone(_)), "they are new");
    wait(&feed, &env, days(31));
    let standings = Standings::all(&env).await.unwrap();
    let found = clean::worth_a_look(&env, &standings, Ages::default()).await.unwrap();
    assert_eq!(found.iter().map(ImageId::as_str).collect::<Vec<_>>(), ["other", "wide"]);
    for id in found {
        let Outcome::Done(litter) = clean(&env, &id, Ages::default()).await.unwrap() else { panic!("{id}") };
        assert_eq!(litter.objects, 1);
    }
    assert!(env.work.list("downloads/", false).await.unwrap().objects.is_empty());
}
