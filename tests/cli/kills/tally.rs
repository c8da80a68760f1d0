//! When the kills hit, and what came of them.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::life::Moment;

/// Where in its work a command was when it was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hit {
    /// It had changed nothing yet.
    Before,
    /// It had changed something and was not done.
    In,
    /// It had ended.
    After,
}

#[derive(Debug)]
pub(super) struct Tally {
    began: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    hits: BTreeMap<(Moment, Hit), usize>,
    /// How long a command of this kind is expected to take.
    lasts: BTreeMap<Moment, Duration>,
    longest_run: Duration,
    tiles: usize,
}

impl Default for Tally {
    fn default() -> Self {
        Self { began: Instant::now(), inner: Mutex::default() }
    }
}

impl Tally {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// How long a command will last, as far as the kills before tell.
    pub(super) fn lasts(&self, moment: Moment) -> Duration {
        *self.inner().lasts.entry(moment).or_insert(Duration::from_millis(150))
    }

    /// A kill that came a while after the first change.
    pub(super) fn hit_at_work(&self, moment: Moment, hit: Hit) {
        *self.inner().hits.entry((moment, hit)).or_default() += 1;
    }

    /// A kill that came a while after the start, from which the next such while is learnt.
    pub(super) fn hit(&self, moment: Moment, hit: Hit) {
        self.hit_at_work(moment, hit);
        let mut inner = self.inner();
        let lasts = inner.lasts.entry(moment).or_insert(Duration::from_millis(150));
        *lasts = match hit {
            Hit::After => lasts.mul_f64(0.8),
            Hit::Before | Hit::In => lasts.mul_f64(1.15),
        };
    }

    /// A run after a kill was this long, and left so many tiles of which each is right.
    pub(super) fn ran(&self, lasted: Duration, tiles: usize) {
        let mut inner = self.inner();
        inner.longest_run = inner.longest_run.max(lasted);
        inner.tiles += tiles;
    }

    pub(super) fn kills(&self) -> usize {
        self.inner().hits.values().sum()
    }

    pub(super) fn told(&self, seed: u64) -> String {
        let inner = self.inner();
        let count = |moment: Option<Moment>, hit| -> usize {
            let hits = inner.hits.iter().filter(|((of, how), _)| *how == hit && moment.is_none_or(|one| one == *of));
            hits.map(|(_, count)| count).sum()
        };
        let line = |moment| {
            let [before, within, after] = [Hit::Before, Hit::In, Hit::After].map(|hit| count(moment, hit));
            format!("{before} before, {within} in, {after} after")
        };
        let kills: usize = inner.hits.values().sum();
        let (seconds, longest) = (self.began.elapsed().as_secs_f64(), inner.longest_run.as_secs_f64());
        let tiles = inner.tiles;
        let mut told = format!("{kills} kills (seed {seed}) in {seconds:.0} s: {}", line(None));
        let _ = write!(told, "; the longest run after one took {longest:.1} s; {tiles} tiles were looked at");
        for moment in Moment::ALL {
            let _ = write!(told, "\n  {moment:?}: {}", line(Some(moment)));
        }
        told
    }
}
