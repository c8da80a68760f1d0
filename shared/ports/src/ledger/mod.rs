//! What was done, when, with what outcome; and who is doing it now.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[cfg(any(test, feature = "contract"))]
mod contract;
mod error;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
mod standing;

#[cfg(any(test, feature = "contract"))]
pub use contract::contract;
pub use error::LedgerError;
pub use memory::MemoryLedger;
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, SqliteLedger};
pub use standing::{Standing, lease_end};

/// A piece of work that at most one worker does at a time, and that is done once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Work {
    /// The kind of work, such as `tile`.
    pub kind: String,
    /// What it is about, such as an image id.
    pub subject: String,
    /// The exact input, such as an object's tag or a revision: another input is other work.
    pub input: String,
    /// The turn that it takes, if it does: kinds of work on one subject and input that share a turn are done one at a time, and as often as asked. Their claims
    /// are counted together, so that a later one always has the higher number. `None`: it is done once. The same kind, subject and input never come with and without.
    pub turn: Option<String>,
}

impl Work {
    /// What a claim of it is kept under beside subject and input: its turn, else its kind.
    pub fn claimed_as(&self) -> &str {
        self.turn.as_deref().unwrap_or(&self.kind)
    }
}

/// The answer to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The work is yours until the lease ends; renew it while working.
    Acquired(Ticket),
    /// It was done before; `receipt` is what [`Ledger::end`] was given, or why the image is unusable.
    Done {
        /// What the worker left, such as the revision.
        receipt: String,
    },
    /// Somebody else holds it.
    Busy {
        /// When that lease ends unless it is renewed.
        until: Timestamp,
    },
}

/// Proof that a piece of work was claimed; of no use after the lease ended and another worker claimed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The work.
    pub work: Work,
    /// Counts the claims of this work or turn, from 1.
    pub attempt: u32,
    /// Unique for this claim.
    pub token: String,
}

/// One line of the history of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The kind of work.
    pub kind: String,
    /// What it was about.
    pub subject: String,
    /// The exact input, as in [`Work::input`].
    pub input: String,
    /// Counts the claims of this work, from 1.
    pub attempt: u32,
    /// What caused it, such as `run` or an event's id.
    pub trigger: String,
    /// When it was claimed.
    pub started: Timestamp,
    /// When it was completed, failed or released; `None` while it runs or if it was killed.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<AttemptOutcome>,
    /// The version of the software.
    pub software: String,
    /// Digest of the configuration in force (hex).
    pub config_sha256: String,
}

impl Attempt {
    /// The first lines of an attempt that begins now.
    pub fn begun(work: &Work, attempt: u32, context: &Context, now: Timestamp) -> Self {
        Self {
            kind: work.kind.clone(),
            subject: work.subject.clone(),
            input: work.input.clone(),
            attempt,
            trigger: context.trigger.clone(),
            started: now,
            ended: None,
            outcome: None,
            software: context.software.clone(),
            config_sha256: context.config_sha256.clone(),
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum AttemptOutcome {
    /// Done; the receipt says what came out.
    Done {
        /// What came out, such as a revision.
        receipt: String,
    },
    /// The image cannot be put on the sky.
    Unusable {
        /// Why.
        reason: String,
    },
    /// It failed.
    Failed {
        /// The class of the error: `transient` passes by itself, `permanent` is the fault of the image, and with `elsewhere` a store, the ledger or the machine has to be mended.
        class: String,
        /// The error and its causes, outermost first.
        chain: Vec<String>,
    },
    /// It was given back undone, for instance before a deadline.
    Released,
}

/// What goes into the history beside the work itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// What caused the work.
    pub trigger: String,
    /// The version of the software.
    pub software: String,
    /// Digest of the configuration in force (hex).
    pub config_sha256: String,
}

/// Keeps claims and history. State can be rebuilt from the objects; history cannot.
#[async_trait]
pub trait Ledger: Debug + Send + Sync {
    /// Tries to claim `work` at `now` for `lease`. Exactly one of many concurrent callers acquires it. A lease that ends later than two leases from now was given
    /// by a wrong clock, and counts as one that ran out.
    async fn claim(
        &self,
        work: &Work,
        context: &Context,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, LedgerError>;

    /// Prolongs a lease to `now + lease`. A lease that ran out can still be prolonged as long as nobody else claimed the work.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] if the work was claimed by another worker meanwhile, or the attempt has ended: stop at once.
    async fn renew(&self, ticket: &Ticket, now: Timestamp, lease: Duration) -> Result<(), LedgerError>;

    /// Ends an attempt. `Done` and `Unusable` settle the work for good (a later claim is answered with [`Claim::Done`], its receipt
    /// being the receipt or the reason), unless it takes a turn; `Failed` and `Released` free it for another claim. Ending it again in the same way changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] if the work was claimed by another worker meanwhile, or the attempt has ended in another way.
    async fn end(&self, ticket: &Ticket, outcome: AttemptOutcome, now: Timestamp) -> Result<(), LedgerError>;

    /// Forgets that `work` was settled, so that it can be claimed again. Its history stays, and so does a claim that is held.
    async fn reopen(&self, work: &Work) -> Result<(), LedgerError>;

    /// What settled work left: the receipt of `Done`, or the reason of `Unusable`. `None` if it is held or free, or was never claimed. Changes nothing.
    async fn receipt(&self, work: &Work) -> Result<Option<String>, LedgerError>;

    /// Adds an attempt to the history of what nobody has to claim; it has ended.
    async fn note(&self, attempt: &Attempt) -> Result<(), LedgerError>;

    /// The last attempt of a kind about a subject that was done.
    async fn last_done(&self, subject: &str, kind: &str) -> Result<Option<Attempt>, LedgerError>;

    /// Every attempt about a subject, oldest first.
    async fn history(&self, subject: &str) -> Result<Vec<Attempt>, LedgerError>;

    /// The last attempt of each subject and kind that failed or is still running, oldest first.
    async fn open_attempts(&self) -> Result<Vec<Attempt>, LedgerError>;
}
