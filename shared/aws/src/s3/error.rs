//! From the answers of S3 to the errors of stores.

use skyfeed_ports::store::{Condition, StoreError};

use crate::sdk::Failure;

/// An answer of S3 without something that it always has.
#[derive(Debug, thiserror::Error)]
#[error("the answer lacks {0}")]
pub(super) struct Incomplete(pub(super) &'static str);

/// A content that ended too early or too late.
#[derive(Debug, thiserror::Error)]
#[error("the content has {received} bytes instead of {expected}")]
pub(super) struct WrongLength {
    pub(super) received: u64,
    pub(super) expected: u64,
}

/// S3 could not delete one of several objects.
#[derive(Debug, thiserror::Error)]
#[error("the service answered {code}, {message}")]
pub(super) struct NotDeleted {
    pub(super) code: String,
    pub(super) message: String,
}

impl Failure {
    /// Whether there is no such object; a bucket that does not exist has a code of its own, except in the answer to HEAD.
    pub(super) fn is_absence(&self) -> bool {
        self.status == Some(404) && matches!(self.code.as_deref(), None | Some("NoSuchKey" | "NotFound"))
    }

    /// Whether a condition of the request does not hold, or another conditional write came between (409).
    fn is_refusal(&self) -> bool {
        self.status == Some(412) || self.is_conflict()
    }

    fn is_conflict(&self) -> bool {
        self.status == Some(409) && self.code.as_deref() == Some("ConditionalRequestConflict")
    }

    /// Whether the range that was asked for is not in the object.
    pub(super) fn is_range(&self) -> bool {
        self.status == Some(416) || matches!(self.code.as_deref(), Some("InvalidArgument" | "InvalidRange"))
    }

    pub(super) fn at(self, action: &'static str, key: &str) -> StoreError {
        StoreError::Backend { action, key: key.to_owned(), transient: self.transient, source: self.source }
    }

    /// The failure of a put with a condition.
    pub(super) fn of_put(self, key: &str, condition: &Condition) -> StoreError {
        let refused = match condition {
            Condition::Always => false,
            Condition::IfAbsent => self.is_refusal(),
            Condition::IfMatch(_) => self.is_refusal() || self.is_absence(),
        };
        if refused { StoreError::Precondition { key: key.to_owned() } } else { self.at("write", key) }
    }

    /// The failure to read an object that must still be the one that was seen.
    pub(super) fn of_pinned(self, action: &'static str, key: &str) -> StoreError {
        if self.status == Some(412) || self.is_absence() {
            StoreError::Precondition { key: key.to_owned() }
        } else {
            self.at(action, key)
        }
    }
}

/// A failure that does not come from a request.
pub(super) fn failed(
    action: &'static str,
    key: &str,
    transient: bool,
    source: impl std::error::Error + Send + Sync + 'static,
) -> StoreError {
    StoreError::Backend { action, key: key.to_owned(), transient, source: Box::new(source) }
}
