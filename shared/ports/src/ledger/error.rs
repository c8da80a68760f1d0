//! Why a ledger did not do what it was asked.

use std::error::Error;

use super::Work;

/// Why an operation on a ledger failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The lease ended and another worker has the work.
    #[error("the claim on {kind} of `{subject}` was lost to another worker")]
    Lost {
        /// The kind of work.
        kind: String,
        /// What it is about.
        subject: String,
    },
    /// The ledger was opened for reading.
    #[error("the ledger cannot {action}: it was opened for reading only")]
    ReadOnly {
        /// What was tried, such as `claim work`.
        action: &'static str,
    },
    /// The backend failed.
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

    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Lost { .. } => true,
            Self::ReadOnly { .. } => false,
            Self::Backend { transient, .. } => *transient,
        }
    }
}
