//! From the answers of DynamoDB to the errors of ledgers.

use skyfeed_ports::ledger::LedgerError;
use std::error::Error;

use crate::sdk::Failure;

/// Others wrote the same items again and again.
#[derive(Debug, thiserror::Error)]
#[error("others change the same items again and again")]
pub(super) struct Contended;

impl Failure {
    /// Whether the condition of a write does not hold.
    pub(super) fn is_condition(&self) -> bool {
        self.status == Some(400) && self.code.as_deref() == Some("ConditionalCheckFailedException")
    }

    pub(super) fn of_ledger(self, action: &'static str) -> LedgerError {
        LedgerError::Backend { action, transient: self.transient, source: self.source }
    }
}

/// A failure that does not come from a request.
pub(super) fn failed(action: &'static str, transient: bool, source: impl Error + Send + Sync + 'static) -> LedgerError {
    LedgerError::Backend { action, transient, source: Box::new(source) }
}
