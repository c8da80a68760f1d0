//! Why a ledger did not do what it was asked.

use std::error::Error;

use super::Work;
use crate::Remedy;

/// Why an operation on a ledger failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The lease ended and another worker has the work. Code `ledger-lost`.
    #[error("the claim on {kind} of `{subject}` was lost to another worker")]
    Lost {
        /// The kind of work.
        kind: String,
        /// What it is about.
        subject: String,
    },
    /// The ledger was opened for reading. Code `ledger-read-only`.
    #[error("the ledger cannot {action}: it was opened for reading only")]
    ReadOnly {
        /// What was tried, such as `claim work`.
        action: &'static str,
    },
    /// The backend failed. Code `ledger-unavailable` if that may pass, else `ledger-refused`.
    #[error("the ledger cannot {action}")]
    Backend {
        /// What was tried, such as `claim work`.
        action: &'static str,
        /// Whether trying again may help.
        transient: bool,
        /// The backend's own error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl LedgerError {
    /// The claim on `work` was lost.
    pub fn lost(work: &Work) -> Self {
        Self::Lost { kind: work.kind.clone(), subject: work.subject.clone() }
    }

    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Lost { .. } => Remedy::Retry,
            Self::ReadOnly { .. } => Remedy::Person,
            Self::Backend { transient, .. } => Remedy::retry_if(*transient),
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lost { .. } => "ledger-lost",
            Self::ReadOnly { .. } => "ledger-read-only",
            Self::Backend { transient: true, .. } => "ledger-unavailable",
            Self::Backend { transient: false, .. } => "ledger-refused",
        }
    }

    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        self.remedy() == Remedy::Retry
    }
}
