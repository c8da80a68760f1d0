//! How far the work is, on standard error: a bar on a terminal, a line now and then elsewhere.

use std::{
    io::{self, IsTerminal},
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Counts finished items of a known number.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines { verb: &'static str, total: u64, state: Mutex<(u64, Instant)> },
}

impl Progress {
    /// Starts to show the progress of `total` items, unless a program reads the output. `verb` is such as `tiling`.
    pub(crate) fn start(output: Output, verb: &'static str, total: usize) -> Self {
        let total = total as u64;
        let shown = if output.is_json() || total < 2 {
            Shown::Nothing
        } else if io::stderr().is_terminal() {
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}  {eta} left") {
                bar.set_style(style);
            }
            bar.set_message(verb);
            bar.enable_steady_tick(Duration::from_millis(250));
            Shown::Bar(bar)
        } else {
            Shown::Lines { verb, total, state: Mutex::new((0, Instant::now())) }
        };
        Self { shown }
    }

    /// One more item is finished.
    pub(crate) fn advance(&self) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.inc(1),
            Shown::Lines { verb, total, state } => {
                let Ok(mut state) = state.lock() else { return };
                state.0 += 1;
                if state.1.elapsed() >= LINE_EVERY {
                    state.1 = Instant::now();
                    eprintln!("{verb}: {} of {total}", state.0);
                }
            }
        }
    }

    /// Runs `print` with the bar out of the way.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.shown {
            Shown::Bar(bar) => bar.suspend(print),
            _ => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}
