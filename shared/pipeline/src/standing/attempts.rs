//! Whether an attempt that did not come to its end still matters.

use skyfeed_ports::ledger::Attempt;

use super::{Standing, State};
use crate::stage::{IGNORE_REJECTS, Stage};

impl Standing {
    /// Takes up an attempt that failed or is still running, unless the image has moved on since. The ledger is a hint: whoever was killed after its last write is done, and as an image's
    /// place on the site is taken in turn, a later publication finishes what a restore began.
    pub(super) fn note(&mut self, attempt: Attempt) {
        if !self.has_moved_on(&attempt) {
            self.open_attempt = Some(attempt);
        }
    }

    fn has_moved_on(&self, attempt: &Attempt) -> bool {
        let is_of = |stage: Stage| attempt.kind == stage.as_str();
        let since = self.since.is_some_and(|since| since >= attempt.started);
        let is_ahead = !matches!(self.state, State::Offered | State::PutOff { .. });
        if is_of(Stage::Fetch) {
            // Somebody else may have put the image there.
            return since && is_ahead;
        }
        // Both change nothing of where an image stands, and find by themselves what is left to do.
        if is_of(Stage::Clean) || attempt.kind == IGNORE_REJECTS {
            return true;
        }
        if ![Stage::Publish, Stage::Retract, Stage::Restore].into_iter().any(is_of) || self.is_held_up() {
            return false;
        }
        match self.state {
            State::Published | State::Retracted => since && self.to_publish.is_none(),
            // Nothing of it is on the site, and nothing is to be.
            State::Staged { .. } | State::Rejected => true,
            _ => false,
        }
    }
}
