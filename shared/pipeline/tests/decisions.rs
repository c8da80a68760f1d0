//! What people decide: who counts, what stands, and what it comes to.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use bytes::Bytes;
use skyfeed_pipeline::{
    decide::{Decide, Decided, decide, plan},
    environment::Environment,
    error::StepError,
    fetch::fetch,
    id::ImageId,
    names::Revision,
    outcome::Outcome,
    publish::publish,
    record::Verdict,
    retract::{Reason, retract},
    standing::{Next, Standing, Standings, State},
    walk::{Due, Walk, walk},
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, ask, contents, person};

const HEADERS: Headers = Headers { content_type: "application/json", cache_control: "" };

fn small() -> ImageId {
    ImageId::new("small").unwrap()
}

fn command(verdict: Verdict, by: &str) -> Decide {
    let (id, by, note) = (small(), person(by), String::new());
    Decide { id, revision: None, verdict, by, note, manifest_sha256: None }
}

async fn staged(feed: &Feed) -> Environment {
    let env = feed.environment();
    walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap();
    env
}

fn came_to(decided: &Decided) -> &Standing {
    decided.standing.as_ref().unwrap()
}

async fn say(env: &Environment, verdict: Verdict, by: &str) -> Decided {
    match decide(env, &command(verdict, by)).await.unwrap() {
        Outcome::Done(decided) => decided,
        other => panic!("it was said before: {other:?}"),
    }
}

async fn standing(env: &Environment) -> Standing {
    let one = Standing::of(env, &small()).await.unwrap().unwrap();
    let all = Standings::all(env).await.unwrap().get(&small()).cloned().unwrap();
    assert_eq!((&one.state, &one.why, &one.next), (&all.state, &all.why, &all.next), "of one and of all differ");
    one
}

async fn keys(feed: &Feed) -> Vec<String> {
    let work = contents(&*feed.work).await;
    let names = work.keys().filter_map(|key| key.strip_prefix("decisions/small/")?.split_once('/'));
    names.map(|(_, name)| name.to_owned()).collect()
}

#[tokio::test]
async fn the_first_of_two_approvals_is_told_and_the_image_still_waits() {
    let feed = Feed::new("approvals_required: 2\n");
    let env = staged(&feed).await;
    let decided = say(&env, Verdict::Approve, "anna").await;
    assert_eq!(came_to(&decided).state, State::Staged { approvals: 1, required: 2 });
    let standing = standing(&env).await;
    assert_eq!(standing.why, "approved by anna, 1 of 2");
    assert!(matches!(standing.next, Next::Preview { .. }));
    assert_eq!(standing.waiting().count(), 1);
    let due = Due::of(&env, &Standings::all(&env).await.unwrap()).await.unwrap();
    assert_eq!((due.approve.contains(&small()), due.publish), (true, vec![]));
    let error = publish(&env, &small()).await.unwrap_err().to_string();
    assert!(error.contains("1 of 2"), "{error}");
    say(&env, Verdict::Approve, "berta").await;
    assert_eq!(self::standing(&env).await.state, State::Approved);
}

#[tokio::test]
async fn one_person_is_one_however_the_name_is_written_and_two_names_are_two() {
    let feed = Feed::new("approvals_required: 2\n");
    let env = staged(&feed).await;
    say(&env, Verdict::Approve, "José").await;
    let again = decide(&env, &command(Verdict::Approve, "  Jose\u{301} ")).await.unwrap();
    assert!(matches!(again, Outcome::AlreadyDone(_)), "José is two people");
    for name in ["An Na", "An-Na", "an%20na"] {
        say(&env, Verdict::Approve, name).await;
    }
    assert_eq!(keys(&feed).await, ["01-Jos%C3%A9.json", "02-An%20Na.json", "03-An%2DNa.json", "04-an%2520na.json"]);
}

#[tokio::test]
async fn a_later_decision_of_the_same_person_replaces_the_earlier_and_both_stay() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    say(&env, Verdict::Reject, "anna").await;
    assert_eq!(standing(&env).await.state, State::Rejected);
    say(&env, Verdict::Approve, "anna").await;
    assert_eq!(standing(&env).await.state, State::Approved);
    say(&env, Verdict::Withdraw, "anna").await;
    assert_eq!(standing(&env).await.state, State::Staged { approvals: 0, required: 1 });
    assert_eq!(keys(&feed).await, ["01-anna.json", "02-anna.json", "03-anna.json"]);
    let error = decide(&env, &command(Verdict::Withdraw, "anna")).await.unwrap_err();
    assert_eq!(error.to_string(), "anna has nothing to take back of `small`");
}

#[tokio::test]
async fn an_approval_beside_a_reject_says_that_the_reject_stands() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    say(&env, Verdict::Reject, "berta").await;
    let decided = say(&env, Verdict::Approve, "anna").await;
    assert_eq!(
        (came_to(&decided).state.clone(), came_to(&decided).why.as_str()),
        (State::Rejected, "rejected by berta")
    );
    assert_eq!(came_to(&decided).who, [person("berta")]);
}

#[tokio::test]
async fn a_reject_of_what_is_live_says_that_it_stays_so() {
    let feed = Feed::new("");
    let env = feed.environment();
    walk(&env, &Walk { refresh: true, approve_all: Some(person("anna")) }, &()).await.unwrap();
    let decided = say(&env, Verdict::Reject, "berta").await;
    assert_eq!((came_to(&decided).state.clone(), came_to(&decided).code), (State::Published, "rejected-but-live"));
    assert_eq!(came_to(&decided).next, Next::Retract);
    assert!(standing(&env).await.is_stuck());
    walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap();
    assert!(contents(&*feed.site).await.contains_key("small/index.wtml"));
    retract(&env, &small(), &Reason { by: Some(person("berta")), note: "wrong sky".to_owned() }).await.unwrap();
    let standing = Standing::of(&env, &small()).await.unwrap().unwrap();
    assert_eq!((standing.state, standing.why.as_str()), (State::Retracted, "it was taken down: wrong sky"));
    assert_eq!(standing.who, [person("berta")]);
}

#[tokio::test]
async fn a_candidate_can_be_rejected_before_it_is_downloaded() {
    let feed = Feed::new("");
    let env = feed.environment();
    ask(&env).await.unwrap();
    assert!(came_to(&say(&env, Verdict::Reject, "anna").await).state == State::Rejected);
    assert!(!ask(&env).await.unwrap().due.contains(&small()));
    let error = fetch(&env, &small()).await.unwrap_err().to_string();
    assert!(error.contains("rejected by anna"), "{error}");
    walk(&env, &Walk { refresh: true, approve_all: Some(person("carl")) }, &()).await.unwrap();
    assert!(!contents(&*feed.work).await.contains_key("inbox/small/image.png"));
    say(&env, Verdict::Withdraw, "anna").await;
    assert!(ask(&env).await.unwrap().due.contains(&small()));
}

#[tokio::test]
async fn what_nobody_knows_cannot_be_decided_on_not_even_for_trial() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    let unknown = Decide { id: ImageId::new("nothing").unwrap(), ..command(Verdict::Approve, "anna") };
    assert!(matches!(plan(&env, &unknown).await, Err(StepError::Missing(_))));
    let no_such_revision = Decide { revision: Some(Revision::of(&[])), ..command(Verdict::Approve, "anna") };
    assert!(matches!(plan(&env, &no_such_revision).await, Err(StepError::Missing(_))));
    let before = contents(&*feed.work).await;
    let Ok(Outcome::Done(trial)) = plan(&env, &command(Verdict::Approve, "anna")).await else { panic!("refused") };
    assert_eq!(came_to(&trial).state, State::Approved);
    assert!(contents(&*feed.work).await == before, "a trial wrote something");
    let stale = Decide { manifest_sha256: Some("00".to_owned()), ..command(Verdict::Approve, "anna") };
    assert!(matches!(decide(&env, &stale).await, Err(StepError::Refused(_))));
}

async fn put_decision(feed: &Feed, name: &str, text: &str) {
    let work = contents(&*feed.work).await;
    let manifest = work.keys().find(|key| key.starts_with("staged/small/") && key.ends_with("manifest.json")).unwrap();
    let revision = manifest.split('/').nth(2).unwrap();
    let key = format!("decisions/small/{revision}/{name}");
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    feed.work.put(&key, Body::Bytes(&bytes), HEADERS, Condition::Always).await.unwrap();
}

#[tokio::test]
async fn a_decision_by_hand_with_another_digest_counts_for_nothing_and_is_told() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    put_decision(&feed, "01-anna.json", r#"{"format": 2, "decision": "approve", "manifest_sha256": "beef"}"#).await;
    let standing = standing(&env).await;
    assert_eq!(standing.state, State::Staged { approvals: 0, required: 1 });
    assert!(standing.refused[0].reason.contains("another manifest"), "{:?}", standing.refused);
}

#[tokio::test]
async fn nobody_decides_in_the_name_of_another_whatever_the_record_says() {
    let feed = Feed::new("approvals_required: 2\n");
    let env = staged(&feed).await;
    let digest = standing_digest(&env).await;
    let text = format!(r#"{{"format": 2, "decision": "approve", "by": "carl", "manifest_sha256": "{digest}"}}"#);
    for name in ["01-anna.json", "02-anna.json", "anna/carl/anna.json", "03-x-anna.json", "notes.txt"] {
        put_decision(&feed, name, &text).await;
    }
    // As the first edition wrote them, of what it did not make.
    let old = format!(
        r#"{{"format": 1, "decision": "approve", "by": "x anna", "at": "2020-01-01T00:00:00Z", "manifest_sha256": "{digest}"}}"#
    );
    put_decision(&feed, "x-anna.json", &old).await;
    let standing = standing(&env).await;
    assert_eq!(standing.state, State::Staged { approvals: 1, required: 2 }, "{:?}", standing.revisions);
    assert_eq!(standing.who, [person("anna")]);
    let refused: Vec<&str> = standing.refused.iter().map(|refused| refused.key.rsplit('/').next().unwrap()).collect();
    for name in ["anna.json", "03-x-anna.json", "notes.txt", "x-anna.json"] {
        assert!(refused.contains(&name), "{name} is not among {refused:?}");
    }
    let feed_goes_on = Decide { id: ImageId::new("wide").unwrap(), ..command(Verdict::Approve, "berta") };
    assert!(matches!(decide(&env, &feed_goes_on).await, Ok(Outcome::Done(_))));
}

async fn standing_digest(env: &Environment) -> String {
    let evidence = skyfeed_pipeline::standing::Evidence::of(env, &small()).await.unwrap();
    evidence.staged[0].study.clone().unwrap().unwrap().manifest_sha256
}

#[tokio::test]
async fn of_two_revisions_that_are_approved_unseen_the_newer_goes_live() {
    for (first, second) in [("fast", "small"), ("small", "fast")] {
        let config = |preset: &str| Feed::new(&format!("compression: {preset}\n")).config;
        let mut feed = Feed::new(&format!("compression: {first}\n"));
        staged(&feed).await;
        feed.config = config(second);
        let env = staged(&feed).await;
        let newest = standing(&env).await.revisions[0].revision.clone();
        walk(&env, &Walk { refresh: false, approve_all: Some(person("anna")) }, &()).await.unwrap();
        assert_eq!(standing(&env).await.revision, Some(newest), "{first}, then {second}");
    }
}

#[tokio::test]
async fn a_withdrawal_takes_back_what_was_said_of_the_same_thing_and_no_other() {
    let feed = Feed::new("");
    let env = feed.environment();
    ask(&env).await.unwrap();
    skyfeed_pipeline::fetch::fetch(&env, &small()).await.unwrap();
    say(&env, Verdict::Reject, "anna").await;
    skyfeed_pipeline::tile::tile(&env, &small()).await.unwrap();
    say(&env, Verdict::Approve, "anna").await;
    assert_eq!(standing(&env).await.state, State::Approved);
    say(&env, Verdict::Withdraw, "anna").await;
    assert_eq!(standing(&env).await.state, State::Rejected, "her reject of the image stands");
    say(&env, Verdict::Withdraw, "anna").await;
    assert_eq!(standing(&env).await.state, State::Staged { approvals: 0, required: 1 });
}

/// Somebody who may write decisions writes one by hand.
async fn by_hand(env: &Environment, name: &str, text: &str) {
    let revision = standing(env).await.revisions[0].revision.clone();
    let (key, bytes) =
        (format!("decisions/small/{revision}/{name}.json"), bytes::Bytes::copy_from_slice(text.as_bytes()));
    env.work.put(&key, Body::Bytes(&bytes), HEADERS, Condition::Always).await.unwrap();
}

#[tokio::test]
async fn the_highest_number_leaves_room_for_the_words_of_others() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    let work = contents(&*feed.work).await;
    let (_, manifest) =
        work.iter().find(|(key, _)| key.starts_with("staged/small/") && key.ends_with("manifest.json")).unwrap();
    let digest = skyfeed_pipeline::sha256_hex(manifest);
    by_hand(
        &env,
        "1000000-mallory",
        &format!(r#"{{"format": 2, "decision": "approve", "manifest_sha256": "{digest}"}}"#),
    )
    .await;
    assert_eq!(standing(&env).await.state, State::Approved);
    say(&env, Verdict::Reject, "anna").await;
    assert_eq!(standing(&env).await.state, State::Rejected);
    say(&env, Verdict::Withdraw, "anna").await;
    assert_eq!(standing(&env).await.state, State::Approved);
    let more = decide(&env, &command(Verdict::Reject, "mallory")).await.unwrap_err();
    assert!(more.to_string().contains("highest number"), "{more}");
}

#[tokio::test]
async fn a_reject_whose_number_or_name_is_none_holds_up_its_revision() {
    for name in ["1000001-anna", "42-anna", "4th-reviewer", &"A".repeat(90)] {
        let feed = Feed::new("");
        let env = staged(&feed).await;
        say(&env, Verdict::Approve, "berta").await;
        let text =
            r#"{"format": 1, "decision": "reject", "by": "anna", "at": "2020-01-01T00:00:00Z", "manifest_sha256": ""}"#;
        by_hand(&env, name, text).await;
        assert!(publish(&env, &small()).await.is_err(), "{name}");
        assert_eq!(standing(&env).await.to_publish, None, "{name}");
    }
}

#[tokio::test]
async fn nobody_is_invented_who_rejects_what_is_live() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    say(&env, Verdict::Approve, "berta").await;
    publish(&env, &small()).await.unwrap();
    let text =
        r#"{"format": 1, "decision": "reject", "by": "carl", "at": "2020-01-01T00:00:00Z", "manifest_sha256": ""}"#;
    by_hand(&env, "carl", text).await;
    assert_eq!(standing(&env).await.code, "published");
}

#[tokio::test]
async fn what_was_taken_back_last_leaves_nothing_known() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    say(&env, Verdict::Reject, "anna").await;
    let keys =
        contents(&*feed.work).await.into_keys().filter(|key| key.contains("small") && !key.starts_with("decisions/"));
    feed.work.delete(&keys.collect::<Vec<_>>()).await.unwrap();
    let revision = contents(&*feed.work)
        .await
        .into_keys()
        .find_map(|key| key.strip_prefix("decisions/small/").map(|key| key[..16].to_owned()));
    let withdraw = Decide { revision: Some(revision.unwrap().parse().unwrap()), ..command(Verdict::Withdraw, "anna") };
    let Outcome::Done(decided) = decide(&env, &withdraw).await.unwrap() else { panic!("nothing was taken back") };
    assert_eq!(decided.standing, None);
}

#[tokio::test]
async fn an_older_revision_that_is_approved_again_is_wanted_back() {
    let feed = Feed::new("");
    let env = staged(&feed).await;
    let first = standing(&env).await.revisions[0].revision.clone();
    let approve = |env: Environment, revision: Option<skyfeed_pipeline::names::Revision>| async move {
        decide(&env, &Decide { revision, ..command(Verdict::Approve, "anna") }).await.unwrap()
    };
    approve(env.clone(), None).await;
    publish(&env, &small()).await.unwrap();
    let mut other = Feed::new("tile_format: jpg\n");
    (other.work, other.site, other.ledger, other.clock) =
        (feed.work.clone(), feed.site.clone(), feed.ledger.clone(), feed.clock.clone());
    let jpeg = staged(&other).await;
    approve(jpeg.clone(), None).await;
    publish(&jpeg, &small()).await.unwrap();
    assert_ne!(standing(&env).await.revision.as_ref(), Some(&first));
    assert!(matches!(approve(env.clone(), Some(first.clone())).await, Outcome::Done(_)));
    assert!(matches!(approve(env.clone(), Some(first.clone())).await, Outcome::AlreadyDone(_)));
    assert_eq!(publish(&env, &small()).await.unwrap(), Outcome::Done(first.clone()));
    assert!(matches!(approve(env, Some(first)).await, Outcome::AlreadyDone(_)));
}
