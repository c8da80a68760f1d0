//! The program, killed at random moments with `kill -9`: the next run ends as if nothing had happened.
//!
//! In the short form twenty feeds see one kill each, all at the same time; `SKYFEED_KILLS=all` makes it ten each. `SKYFEED_SEED` chooses other moments.

mod check;
mod life;
mod tally;

use std::{sync::atomic::AtomicBool, thread};

use life::{Life, Moment};
use skyfeed_test_support::Random;
use tally::Tally;

const FEEDS: usize = 20;

#[test]
fn after_a_kill_at_any_moment_the_next_run_puts_everything_in_order() {
    let kills = if std::env::var("SKYFEED_KILLS").is_ok_and(|which| which == "all") { 10 } else { 1 };
    let seed = Random::seed_or(20_261_126);
    let tally = Tally::default();
    let failed = AtomicBool::new(false);
    thread::scope(|scope| {
        for feed in 0..FEEDS {
            let (tally, failed) = (&tally, &failed);
            scope.spawn(move || {
                let mut life = Life::begin(seed.wrapping_add(feed as u64), tally);
                for kill in 0..kills {
                    if failed.load(std::sync::atomic::Ordering::Relaxed) {
                        return;
                    }
                    let moment = Moment::ALL[(feed + kill) % Moment::ALL.len()];
                    let survived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| life.see(moment)));
                    if let Err(panic) = survived {
                        failed.store(true, std::sync::atomic::Ordering::Relaxed);
                        println!("SKYFEED_SEED={seed}: feed {feed}, kill {kill} during {moment:?}:\n{}", life.told());
                        std::panic::resume_unwind(panic);
                    }
                }
                life.end();
            });
        }
    });
    println!("{}", tally.told(seed));
    assert_eq!(tally.kills(), FEEDS * kills);
}
