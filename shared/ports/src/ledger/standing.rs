//! The rules of claims, the same for every ledger.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{AttemptOutcome, Claim, Work};

/// Where a piece of work stands that was claimed at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A worker has it.
    Held {
        /// When its lease ends.
        until: Timestamp,
    },
    /// The last attempt failed or was released.
    Free,
    /// It is done.
    Settled {
        /// What came out.
        receipt: String,
    },
}

impl Standing {
    /// Where work stands after an attempt ended so.
    pub fn after(work: &Work, outcome: &AttemptOutcome) -> Self {
        match outcome {
            _ if work.turn.is_some() => Self::Free,
            AttemptOutcome::Done { receipt } => Self::Settled { receipt: receipt.clone() },
            AttemptOutcome::Unusable { reason } => Self::Settled { receipt: reason.clone() },
            AttemptOutcome::Failed { .. } | AttemptOutcome::Released => Self::Free,
        }
    }

    /// What settled work left.
    pub fn receipt(&self) -> Option<&str> {
        match self {
            Self::Settled { receipt } => Some(receipt),
            Self::Held { .. } | Self::Free => None,
        }
    }

    /// Why the work cannot be claimed for `lease` at `now`; `None` if it can.
    pub fn obstacle(&self, now: Timestamp, lease: Duration) -> Option<Claim> {
        // Clocks of two machines differ a little; who is further ahead would hold up the work for as long as its clock is wrong.
        let furthest = lease_end(now, lease.saturating_mul(2));
        match self {
            Self::Held { until } if *until > now && *until <= furthest => Some(Claim::Busy { until: *until }),
            Self::Held { .. } | Self::Free => None,
            Self::Settled { receipt } => Some(Claim::Done { receipt: receipt.clone() }),
        }
    }
}

/// When a lease that begins at `now` ends; the end of time if it is that long.
pub fn lease_end(now: Timestamp, lease: Duration) -> Timestamp {
    SignedDuration::try_from(lease).ok().and_then(|lease| now.checked_add(lease).ok()).unwrap_or(Timestamp::MAX)
}
