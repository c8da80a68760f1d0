//! Why a store did not do what it was asked.

use std::{error::Error, io};

use crate::Remedy;

/// Why an operation on a store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The object is not, or no longer, what the condition asked for; read it again and decide anew. Code `store-changed`.
    #[error("`{key}` changed meanwhile")]
    Precondition {
        /// The object's key.
        key: String,
    },
    /// The claim under which it was to be written is over, and another worker may have taken it. Code `lease-over`.
    #[error("`{key}` was not written: the lease of the claim on it is over")]
    LeaseOver {
        /// The object's key.
        key: String,
    },
    /// The key cannot be used, for instance because it would leave the store. Code `store-key`.
    #[error("`{key}` is not a usable key: {problem}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The backend failed. Code `store-unavailable` if that may pass, else `store-refused`.
    #[error("cannot {action} `{key}`")]
    Backend {
        /// What was tried, such as `read`.
        action: &'static str,
        /// The object's key or the prefix.
        key: String,
        /// Whether trying again may help.
        transient: bool,
        /// The backend's own error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// A failure of the file system; it is transient if time or somebody's tidying up can cure it.
    pub fn from_io(action: &'static str, key: &str, error: io::Error) -> Self {
        Self::Backend { action, key: key.to_owned(), transient: may_pass(&error), source: Box::new(error) }
    }

    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Precondition { .. } | Self::LeaseOver { .. } => Remedy::Retry,
            Self::Key { .. } => Remedy::Person,
            Self::Backend { transient, .. } => Remedy::retry_if(*transient),
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Precondition { .. } => "store-changed",
            Self::LeaseOver { .. } => "lease-over",
            Self::Key { .. } => "store-key",
            Self::Backend { transient: true, .. } => "store-unavailable",
            Self::Backend { transient: false, .. } => "store-refused",
        }
    }

    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        self.remedy() == Remedy::Retry
    }
}

/// Whether time or somebody's tidying up can cure an error without a change to the key or the permissions.
pub(crate) fn may_pass(error: &io::Error) -> bool {
    use io::ErrorKind::{
        Interrupted, QuotaExceeded, ResourceBusy, StaleNetworkFileHandle, StorageFull, TimedOut, WouldBlock,
    };
    // ENFILE and EMFILE (too many open files) have no kind of their own.
    let too_many_files = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    let kinds = [Interrupted, QuotaExceeded, ResourceBusy, StaleNetworkFileHandle, StorageFull, TimedOut, WouldBlock];
    too_many_files || kinds.contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::StoreError;

    #[test]
    fn a_full_disk_may_pass_and_a_refusal_does_not() {
        let is_transient = |error: Error| StoreError::from_io("write", "a", error).is_transient();
        for kind in [ErrorKind::StorageFull, ErrorKind::Interrupted, ErrorKind::TimedOut] {
            assert!(is_transient(kind.into()), "{kind}");
        }
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem, ErrorKind::InvalidInput] {
            assert!(!is_transient(kind.into()), "{kind}");
        }
        #[cfg(unix)]
        assert!(is_transient(Error::from_raw_os_error(24)), "too many open files");
    }
}
