//! What every ledger must do, as a suite that runs on any of them.

use std::time::Duration;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{Attempt, AttemptOutcome, Claim, Context, Ledger, LedgerError, Ticket, Work};

/// How many callers race.
const CALLERS: usize = 32;
const LEASE: Duration = Duration::from_secs(60);

/// Runs the suite on a ledger that is empty. It holds the suite's claims and history afterwards.
///
/// # Errors
/// An operation that has to succeed failed.
///
/// # Panics
/// The ledger did something else than [`Ledger`] promises.
pub async fn contract(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    assert_eq!(ledger.open_attempts().await?, [], "the suite needs an empty ledger");
    one_worker_at_a_time(ledger).await?;
    a_renewed_lease_lasts_longer(ledger).await?;
    a_lease_that_ran_out_can_be_taken_over(ledger).await?;
    a_lease_that_ran_out_is_good_until_then(ledger).await?;
    done_and_unusable_settle(ledger).await?;
    failed_and_released_free(ledger).await?;
    an_end_can_be_repeated_but_not_changed(ledger).await?;
    settled_work_can_be_reopened(ledger).await?;
    receipts_are_of_settled_work_only(ledger).await?;
    other_work_is_independent(ledger).await?;
    a_lease_of_a_wrong_clock_has_run_out(ledger).await?;
    a_turn_is_taken_by_one_kind_at_a_time(ledger).await?;
    one_of_many_acquires(ledger).await?;
    one_of_many_takes_over(ledger).await?;
    history_tells_all_in_order(ledger).await?;
    what_nobody_claims_is_noted(ledger).await?;
    open_attempts_are_those_to_look_at(ledger).await
}

/// Seconds after an odd moment, whose last digits must not be lost.
fn at(seconds: i64) -> Timestamp {
    let start = Timestamp::new(1_800_000_000, 123_456_789).unwrap_or(Timestamp::UNIX_EPOCH);
    start.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn work(image: &str) -> Work {
    Work { kind: "tile".to_owned(), subject: image.to_owned(), input: "\"etag\"".to_owned(), turn: None }
}

fn context(trigger: &str) -> Context {
    Context { trigger: trigger.to_owned(), software: "0.1.0".to_owned(), config_sha256: "abc".to_owned() }
}

async fn claim(ledger: &dyn Ledger, work: &Work, now: Timestamp) -> Result<Claim, LedgerError> {
    ledger.claim(work, &context("run"), now, LEASE).await
}

async fn acquire(ledger: &dyn Ledger, work: &Work, now: Timestamp) -> Result<Ticket, LedgerError> {
    match claim(ledger, work, now).await? {
        Claim::Acquired(ticket) => Ok(ticket),
        other => panic!("{work:?} is not free: {other:?}"),
    }
}

fn done(receipt: &str) -> AttemptOutcome {
    AttemptOutcome::Done { receipt: receipt.to_owned() }
}

fn failed() -> AttemptOutcome {
    AttemptOutcome::Failed {
        class: "transient".to_owned(),
        chain: vec!["cannot read".to_owned(), "it's “gone”".to_owned()],
    }
}

fn lost(result: &Result<(), LedgerError>, image: &str) -> bool {
    matches!(result, Err(LedgerError::Lost { kind, subject: lost }) if kind == "tile" && lost == image)
}

async fn one_worker_at_a_time(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("one");
    let ticket = acquire(ledger, &work, at(0)).await?;
    assert_eq!((&ticket.work, ticket.attempt), (&work, 1));
    for now in [at(-10), at(0), at(59)] {
        assert_eq!(claim(ledger, &work, now).await?, Claim::Busy { until: at(60) });
    }
    ledger.end(&ticket, done("r"), at(59)).await
}

async fn a_renewed_lease_lasts_longer(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("renewed");
    let ticket = acquire(ledger, &work, at(0)).await?;
    ledger.renew(&ticket, at(50), LEASE).await?;
    assert_eq!(claim(ledger, &work, at(109)).await?, Claim::Busy { until: at(110) });
    ledger.end(&ticket, done("r"), at(100)).await
}

async fn a_lease_of_a_wrong_clock_has_run_out(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("years ahead");
    let ticket = acquire(ledger, &work, at(0)).await?;
    assert_eq!(claim(ledger, &work, at(-60)).await?, Claim::Busy { until: at(60) }, "clocks differ a little");
    ledger.renew(&ticket, at(0), Duration::MAX).await?;
    let second = acquire(ledger, &work, at(1)).await?;
    assert!(lost(&ledger.renew(&ticket, at(2), LEASE).await, "years ahead"));
    ledger.end(&second, done("r"), at(3)).await
}

async fn a_turn_is_taken_by_one_kind_at_a_time(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = |kind: &str| Work { kind: kind.to_owned(), turn: Some("site".to_owned()), ..work("turns") };
    let publish = acquire(ledger, &work("publish"), at(0)).await?;
    assert_eq!(claim(ledger, &work("retract"), at(1)).await?, Claim::Busy { until: at(60) });
    ledger.end(&publish, done("r"), at(2)).await?;
    ledger.end(&publish, done("r"), at(2)).await?;
    assert_eq!(ledger.receipt(&work("publish")).await?, None, "a turn settles nothing");
    let retract = acquire(ledger, &work("retract"), at(3)).await?;
    assert!(matches!(ledger.renew(&publish, at(4), LEASE).await, Err(LedgerError::Lost { .. })));
    let again = acquire(ledger, &work("publish"), at(63)).await?;
    assert_eq!([publish.attempt, retract.attempt, again.attempt], [1, 2, 3], "all are counted together");
    assert!(ledger.end(&retract, done(""), at(64)).await.is_err(), "it was lost");
    ledger.end(&again, done("r"), at(65)).await?;
    let last = acquire(ledger, &work("retract"), at(66)).await?;
    ledger.end(&last, done(""), at(67)).await?;
    let kinds: Vec<String> = ledger.history("turns").await?.into_iter().map(|attempt| attempt.kind).collect();
    assert_eq!(kinds, ["publish", "retract", "publish", "retract"]);
    Ok(())
}

async fn a_lease_that_ran_out_can_be_taken_over(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("stolen");
    let first = acquire(ledger, &work, at(0)).await?;
    let second = acquire(ledger, &work, at(60)).await?;
    assert_eq!(second.attempt, 2);
    assert_ne!(first.token, second.token);

    for outcome in [done("late"), failed(), AttemptOutcome::Released] {
        assert!(lost(&ledger.renew(&first, at(61), LEASE).await, "stolen"));
        assert!(lost(&ledger.end(&first, outcome, at(61)).await, "stolen"));
    }
    assert_eq!(claim(ledger, &work, at(61)).await?, Claim::Busy { until: at(120) }, "a lost ticket changed the claim");
    ledger.end(&second, done("in time"), at(62)).await?;
    assert!(lost(&ledger.renew(&first, at(63), LEASE).await, "stolen"));
    assert!(lost(&ledger.end(&first, done("late"), at(63)).await, "stolen"));
    assert_eq!(claim(ledger, &work, at(64)).await?, Claim::Done { receipt: "in time".to_owned() });

    let history = ledger.history("stolen").await?;
    assert_eq!((history[0].ended, &history[0].outcome), (None, &None), "the killed attempt has no end");
    assert_eq!((history[1].ended, &history[1].outcome), (Some(at(62)), &Some(done("in time"))));
    Ok(())
}

async fn a_lease_that_ran_out_is_good_until_then(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("slow");
    let ticket = acquire(ledger, &work, at(0)).await?;
    ledger.renew(&ticket, at(500), LEASE).await?;
    assert_eq!(claim(ledger, &work, at(501)).await?, Claim::Busy { until: at(560) });
    ledger.end(&ticket, done("slow"), at(900)).await?;
    assert_eq!(claim(ledger, &work, at(901)).await?, Claim::Done { receipt: "slow".to_owned() });
    Ok(())
}

async fn done_and_unusable_settle(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let unusable = AttemptOutcome::Unusable { reason: "no coordinates".to_owned() };
    for (image, outcome, receipt) in [("done", done("revision"), "revision"), ("unusable", unusable, "no coordinates")]
    {
        let work = work(image);
        let ticket = acquire(ledger, &work, at(0)).await?;
        ledger.end(&ticket, outcome, at(1)).await?;
        for now in [at(0), at(2), at(1_000_000)] {
            assert_eq!(claim(ledger, &work, now).await?, Claim::Done { receipt: receipt.to_owned() });
        }
        assert!(lost(&ledger.renew(&ticket, at(2), LEASE).await, image), "what has ended cannot be renewed");
        assert_eq!(ledger.history(image).await?.len(), 1, "a refused claim is no attempt");
    }
    Ok(())
}

async fn failed_and_released_free(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("freed");
    for (number, outcome) in [failed(), AttemptOutcome::Released, failed(), done("r")].into_iter().enumerate() {
        let ticket = acquire(ledger, &work, at(0)).await?;
        assert_eq!(ticket.attempt as usize, number + 1, "attempts count up");
        ledger.end(&ticket, outcome, at(0)).await?;
        assert!(lost(&ledger.renew(&ticket, at(0), LEASE).await, "freed"));
    }
    Ok(())
}

async fn an_end_can_be_repeated_but_not_changed(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("ended");
    let ticket = acquire(ledger, &work, at(0)).await?;
    ledger.end(&ticket, done("r"), at(1)).await?;
    ledger.end(&ticket, done("r"), at(2)).await?;
    assert!(lost(&ledger.end(&ticket, done("other"), at(3)).await, "ended"));
    assert!(lost(&ledger.end(&ticket, failed(), at(3)).await, "ended"));
    assert_eq!(claim(ledger, &work, at(4)).await?, Claim::Done { receipt: "r".to_owned() });
    assert_eq!(ledger.history("ended").await?[0].ended, Some(at(1)));

    let forged = Ticket { token: "forged".to_owned(), ..ticket };
    assert!(lost(&ledger.end(&forged, done("r"), at(5)).await, "ended"));
    let unknown = Ticket { work: self::work("never claimed"), ..forged };
    assert!(lost(&ledger.end(&unknown, done("r"), at(5)).await, "never claimed"));
    assert!(lost(&ledger.renew(&unknown, at(5), LEASE).await, "never claimed"));
    Ok(())
}

async fn settled_work_can_be_reopened(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("reopened");
    ledger.reopen(&work).await?;
    let first = acquire(ledger, &work, at(0)).await?;
    ledger.reopen(&work).await?;
    assert_eq!(claim(ledger, &work, at(1)).await?, Claim::Busy { until: at(60) }, "a held claim stays");
    ledger.end(&first, done("first"), at(2)).await?;

    ledger.reopen(&work).await?;
    let second = acquire(ledger, &work, at(3)).await?;
    assert_eq!(second.attempt, 2);
    assert!(lost(&ledger.end(&first, done("first"), at(4)).await, "reopened"));
    ledger.end(&second, done("second"), at(5)).await?;
    assert_eq!(claim(ledger, &work, at(6)).await?, Claim::Done { receipt: "second".to_owned() });
    assert_eq!(ledger.history("reopened").await?.len(), 2, "history stays");
    Ok(())
}

async fn receipts_are_of_settled_work_only(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("receipts");
    let unusable = AttemptOutcome::Unusable { reason: "no coordinates".to_owned() };
    assert_eq!(ledger.receipt(&work).await?, None, "never claimed");
    let ends = [
        (failed(), None),
        (AttemptOutcome::Released, None),
        (done("r"), Some("r")),
        (unusable, Some("no coordinates")),
    ];
    for (outcome, receipt) in ends {
        ledger.reopen(&work).await?;
        assert_eq!(ledger.receipt(&work).await?, None, "free");
        let ticket = acquire(ledger, &work, at(0)).await?;
        assert_eq!(ledger.receipt(&work).await?, None, "held");
        ledger.end(&ticket, outcome, at(1)).await?;
        for _ in 0..2 {
            assert_eq!(ledger.receipt(&work).await?.as_deref(), receipt);
        }
    }
    let other = Work { input: "\"another\"".to_owned(), ..work.clone() };
    assert_eq!(ledger.receipt(&other).await?, None);
    assert_eq!(ledger.history("receipts").await?.len(), 4, "to ask is no attempt");
    Ok(())
}

async fn other_work_is_independent(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let same = work("independent");
    let other_kind = Work { kind: "publish".to_owned(), ..same.clone() };
    let other_input = Work { input: "\"another\"".to_owned(), ..same.clone() };
    let other_subject = work("Independent");
    let mut tickets = Vec::new();
    for work in [&same, &other_kind, &other_input, &other_subject] {
        tickets.push(acquire(ledger, work, at(0)).await?);
    }
    let crossed = Ticket { work: other_kind, ..tickets[0].clone() };
    assert!(ledger.end(&crossed, done("r"), at(1)).await.is_err(), "a ticket is good for its own work only");
    for ticket in tickets {
        assert_eq!(ticket.attempt, 1);
        ledger.end(&ticket, done("r"), at(1)).await?;
    }
    Ok(())
}

async fn one_of_many_acquires(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    for round in 0..4 {
        let work = work(&format!("race {round}"));
        race(ledger, &work, at(0), 1).await?;
    }
    Ok(())
}

async fn one_of_many_takes_over(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let work = work("race after a kill");
    acquire(ledger, &work, at(0)).await?;
    race(ledger, &work, at(100), 2).await
}

async fn race(ledger: &dyn Ledger, work: &Work, now: Timestamp, attempt: u32) -> Result<(), LedgerError> {
    let mut winners = Vec::new();
    for answer in join_all((0..CALLERS).map(|_| claim(ledger, work, now))).await {
        match answer? {
            Claim::Acquired(ticket) => winners.push(ticket),
            other => assert!(matches!(other, Claim::Busy { .. }), "a loser was answered {other:?}"),
        }
    }
    assert_eq!(winners.len(), 1, "exactly one must win");
    assert_eq!(winners[0].attempt, attempt);
    ledger.end(&winners[0], done("won"), now).await
}

async fn history_tells_all_in_order(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    assert_eq!(ledger.history("nobody").await?, []);
    let image = "it's “ngc–1” (漢字)";
    let unusable = AttemptOutcome::Unusable { reason: "quality = \"Position\"".to_owned() };
    let outcomes = [failed(), AttemptOutcome::Released, unusable, done("r\n2")];
    let mut expected = Vec::new();
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let kind = ["fetch", "fetch", "tile", "publish"][number].to_owned();
        let work = Work { kind, subject: image.to_owned(), input: "i".to_owned(), turn: None };
        let context = context(&format!("event {number}"));
        let (started, ended) = (at(number as i64 * 10), at(number as i64 * 10 + 5));
        let Claim::Acquired(ticket) = ledger.claim(&work, &context, started, LEASE).await? else {
            panic!("{work:?} is not free");
        };
        ledger.end(&ticket, outcome.clone(), ended).await?;
        let attempt = if number == 1 { 2 } else { 1 };
        let begun = Attempt::begun(&work, attempt, &context, started);
        expected.push(Attempt { ended: Some(ended), outcome: Some(outcome), ..begun });
    }
    assert_eq!(ledger.history(image).await?, expected);
    Ok(())
}

async fn what_nobody_claims_is_noted(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    assert_eq!(ledger.last_done("*", "refresh").await?, None);
    let noted = |kind: &str, started: i64, outcome: AttemptOutcome| {
        let work = Work { kind: kind.to_owned(), subject: "*".to_owned(), input: started.to_string(), turn: None };
        let begun = Attempt::begun(&work, 1, &context("schedule"), at(started));
        Attempt { ended: Some(at(started + 1)), outcome: Some(outcome), ..begun }
    };
    let attempts = [
        noted("refresh", 10, done("1 offered")),
        noted("refresh", 20, done("2 offered")),
        noted("reindex", 30, done("2 images")),
        noted("refresh", 40, failed()),
    ];
    for attempt in &attempts {
        ledger.note(attempt).await?;
    }
    assert_eq!(ledger.history("*").await?, attempts);
    assert_eq!(ledger.last_done("*", "refresh").await?.as_ref(), Some(&attempts[1]));
    assert_eq!(ledger.last_done("other", "refresh").await?, None);
    let open = ledger.open_attempts().await?;
    assert_eq!(open.iter().find(|open| open.subject == "*"), Some(&attempts[3]), "it failed last");
    let again = noted("refresh", 50, done("3 offered"));
    ledger.note(&again).await?;
    assert!(ledger.open_attempts().await?.iter().all(|open| open.subject != "*"));
    // One that began before and is told late is not the last.
    ledger.note(&noted("refresh", 45, failed())).await?;
    assert_eq!(ledger.last_done("*", "refresh").await?, Some(again));
    assert!(ledger.open_attempts().await?.iter().all(|open| open.subject != "*"));
    Ok(())
}

async fn open_attempts_are_those_to_look_at(ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let first = |image: &str, input: &str| Work { input: input.to_owned(), ..work(image) };
    let failing = acquire(ledger, &first("open failed", "a"), at(2000)).await?;
    ledger.end(&failing, failed(), at(2001)).await?;
    acquire(ledger, &first("open running", "a"), at(1000)).await?;
    let released = acquire(ledger, &first("open released", "a"), at(3000)).await?;
    ledger.end(&released, AttemptOutcome::Released, at(3001)).await?;
    // A later attempt with another input has done what an earlier one failed to do.
    let failing = acquire(ledger, &first("open mended", "a"), at(4000)).await?;
    ledger.end(&failing, failed(), at(4001)).await?;
    let mended = acquire(ledger, &first("open mended", "b"), at(4002)).await?;
    ledger.end(&mended, done("r"), at(4003)).await?;
    // Two kinds of work on one subject are looked at one by one.
    let fetch = Work { kind: "fetch".to_owned(), ..work("open failed") };
    acquire(ledger, &fetch, at(5000)).await?;

    let open = ledger.open_attempts().await?;
    let seen: Vec<_> =
        open.iter().map(|open| (open.subject.as_str(), open.kind.as_str(), open.outcome.clone())).collect();
    let expected =
        [("open running", "tile", None), ("open failed", "tile", Some(failed())), ("open failed", "fetch", None)];
    assert_eq!(seen, expected);
    Ok(())
}
