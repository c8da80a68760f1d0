//! Why a ledger did not do what it was asked.

use std::error::Error;

use super::Work;

/// Why an operation on a ledger failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The lease ended and another worker has the work.
    #[error("the claim on {stage} of `{image}` was lost to another worker")]
    Lost {
        /// The stage.
        stage: String,
        /// The image id.
        image: String,
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
        Self::Lost { stage: work.stage.to_string(), image: work.image.clone() }
    }

    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Lost { .. } => true,
            Self::Backend { transient, .. } => *transient,
        }
    }
}
