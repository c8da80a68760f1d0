//! Whatever meets whatever on one image: every operation on stores, ledger and clock is a step, and schedules decide whose step is next and which goes wrong.
//!
//! In the short form, as everybody runs it, a part of the schedules is tried; `SKYFEED_INTERLEAVINGS=all` tries all of them, and `SKYFEED_START=Kept` those that begin so.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

mod feed;
mod gates;
mod scheduler;
#[path = "../support"]
mod support {
    pub(crate) mod feed;
}

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use feed::{Act, Frozen, Start};
use scheduler::{Fault, Schedule};
use skyfeed_test_support::Random;

/// Tries one schedule; answers how many operations there were.
fn meet(frozen: &Frozen, start: Start, acts: &[Act], schedule: &Schedule) -> Result<usize, String> {
    let meeting = frozen.thaw();
    let tasks = acts.iter().map(|act| meeting.task(*act)).collect();
    let operations = scheduler::run(&meeting.world, tasks, schedule);
    if schedule.faults.is_empty() {
        meeting.check_at_once(start, acts)?;
    }
    meeting.check(acts).map(|()| operations)
}

fn are_all_asked_for() -> bool {
    std::env::var("SKYFEED_INTERLEAVINGS").is_ok_and(|which| which == "all")
}

/// Counts what was tried, and tells what failed.
struct Trial {
    tried: usize,
    failures: Vec<String>,
    /// One of so many is tried.
    every: usize,
    seen: usize,
    began: Instant,
}

impl Trial {
    fn new(every: usize) -> Self {
        let every = if are_all_asked_for() { 1 } else { every };
        Self { tried: 0, failures: Vec::new(), every, seen: 0, began: Instant::now() }
    }

    fn one(&mut self, frozen: &Frozen, start: Start, acts: &[Act], schedule: &Schedule) {
        self.seen += 1;
        // A stride that no loop of ours has.
        if !self.seen.wrapping_mul(7919).is_multiple_of(self.every) {
            return;
        }
        self.tried += 1;
        if let Err(failure) = meet(frozen, start, acts, schedule) {
            self.failures.push(format!("{start:?} {acts:?} {schedule:?}: {failure}"));
        }
    }

    fn end(self, what: &str) {
        println!(
            "{what}: {} schedules in {:.0} s, {} failures",
            self.tried,
            self.began.elapsed().as_secs_f64(),
            self.failures.len()
        );
        for failure in self.failures.iter().take(10) {
            println!("{failure}");
        }
        assert!(self.tried > 100, "hardly anything was tried");
        assert!(self.failures.is_empty(), "{} of {} schedules failed", self.failures.len(), self.tried);
    }
}

fn starts() -> impl Iterator<Item = Start> {
    let asked = std::env::var("SKYFEED_START").ok();
    Start::ALL.into_iter().filter(move |start| asked.as_ref().is_none_or(|asked| *asked == format!("{start:?}")))
}

/// The pairs of acts, each once.
fn pairs() -> impl Iterator<Item = [Act; 2]> {
    Act::ALL.into_iter().enumerate().flat_map(|(at, a)| Act::ALL.into_iter().skip(at).map(move |b| [a, b]))
}

/// How many operations each of two takes alone, after the other.
fn lengths(frozen: &Frozen, start: Start, acts: [Act; 2]) -> [usize; 2] {
    acts.map(|act| meet(frozen, start, &[act], &Schedule::default()).unwrap_or(40))
}

/// One trial at a time: what threads are busy with is counted in the whole process.
struct Alone {
    runtime: tokio::runtime::Runtime,
    _turn: MutexGuard<'static, ()>,
}

impl Alone {
    fn enter(&self) -> tokio::runtime::EnterGuard<'_> {
        self.runtime.enter()
    }
}

fn runtime() -> Alone {
    static TURN: Mutex<()> = Mutex::new(());
    // One that failed does not stop the others.
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    Alone { runtime, _turn: turn }
}

#[test]
fn alone_each_act_leaves_everything_in_order() {
    let runtime = runtime();
    let _entered = runtime.enter();
    for start in Start::ALL {
        let frozen = Frozen::new(start);
        for act in Act::ALL {
            let operations = meet(&frozen, start, &[act], &Schedule::default());
            assert!(operations.is_ok(), "{start:?} {act:?}: {operations:?}");
        }
    }
}

#[test]
fn where_a_request_takes_ten_seconds_each_act_still_leaves_everything_in_order() {
    let runtime = runtime();
    let _entered = runtime.enter();
    for start in Start::ALL {
        let frozen = Frozen::new(start);
        for act in Act::ALL {
            let meeting = frozen.thaw();
            // A lease lasts for fifteen seconds.
            meeting.world.slow_down(Duration::from_secs(10));
            scheduler::run(&meeting.world, vec![meeting.task(act)], &Schedule::default());
            let at_once = meeting.check_at_once(start, &[act]);
            assert!(at_once.is_ok(), "{start:?} {act:?}: {at_once:?}");
            let after = meeting.check(&[act]);
            assert!(after.is_ok(), "{start:?} {act:?}: {after:?}");
        }
    }
}

#[test]
fn two_acts_with_up_to_two_interruptions() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let mut trial = Trial::new(101);
    for start in starts() {
        let frozen = Frozen::new(start);
        for acts in pairs() {
            let lengths = lengths(&frozen, start, acts);
            for first in [0, 1] {
                for one in 0..=lengths[first] {
                    for two in 0..=lengths[1 - first] {
                        let schedule = Schedule { first, switches: vec![one, two], faults: vec![] };
                        trial.one(&frozen, start, &acts, &schedule);
                    }
                }
            }
        }
    }
    trial.end("two interruptions");
}

#[test]
fn two_acts_with_one_interruption_and_one_fault() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let mut trial = Trial::new(401);
    for start in starts() {
        let frozen = Frozen::new(start);
        for acts in pairs() {
            let lengths = lengths(&frozen, start, acts);
            for first in [0, 1] {
                for one in 0..=lengths[first] {
                    for at in 0..lengths[0] + lengths[1] {
                        for fault in [Fault::FailsBefore, Fault::FailsAfter, Fault::LosesLease, Fault::Killed] {
                            let schedule = Schedule { first, switches: vec![one], faults: vec![(at, fault)] };
                            trial.one(&frozen, start, &acts, &schedule);
                        }
                    }
                }
            }
        }
    }
    trial.end("one interruption and one fault");
}

#[test]
fn three_acts_at_random_with_several_faults() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let seed = Random::seed_or(1);
    let mut random = Random::new(seed);
    let mut trial = Trial::new(1);
    let frozen = Start::ALL.map(Frozen::new);
    for _ in 0..if are_all_asked_for() { 20_000 } else { 500 } {
        let at = random.below(frozen.len());
        let acts = [(); 3].map(|()| random.one_of(&Act::ALL));
        // About as long as three acts are together.
        let longest = 120;
        let switches = (0..random.below(8)).map(|_| random.below(longest / 3)).collect();
        let kinds = [Fault::FailsBefore, Fault::FailsAfter, Fault::LosesLease, Fault::Killed];
        let faults = (0..random.below(4)).map(|_| (random.below(longest), random.one_of(&kinds))).collect();
        let schedule = Schedule { first: random.below(3), switches, faults };
        trial.one(&frozen[at], Start::ALL[at], &acts, &schedule);
    }
    trial.end(&format!("three acts, seed {seed}"));
}
