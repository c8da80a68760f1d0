//! Why nothing is opened.

use std::{error::Error, fmt};

use super::Kind;
use crate::{Remedy, ledger::LedgerError, store::StoreError};

/// Why a store or a ledger cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL is of a kind that is not known. Code `url-unknown`.
    #[error("`{url}` is not the URL of a {kind}: write {forms}")]
    Unknown {
        /// The URL.
        url: String,
        /// What was to be opened.
        kind: Kind,
        /// What can be written.
        forms: String,
    },
    /// The URL of a file is not an absolute path. Code `url-path`.
    #[error("`{url}` is not an absolute path: write `{scheme}:///PATH`")]
    Path {
        /// The URL.
        url: String,
        /// Its scheme.
        scheme: &'static str,
    },
    /// The backend does not take the URL, or is not told what else it has to know. The backend's code.
    #[error(transparent)]
    Refused(Refusal),
    /// The store cannot be opened. Its own code.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot be opened. Its own code.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// An error of a backend whose code it says itself.
#[derive(Debug)]
pub struct Refusal {
    code: &'static str,
    error: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(out)
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl OpenError {
    /// A backend refuses, and only a person can change that. `code` is for machines, in kebab-case, and stays as it is.
    pub fn refused(code: &'static str, error: impl Error + Send + Sync + 'static) -> Self {
        Self::Refused(Refusal { code, error: Box::new(error) })
    }

    /// Whether what was written is wrong, rather than what it names.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Path { .. } | Self::Refused(_))
    }

    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Unknown { .. } | Self::Path { .. } | Self::Refused(_) => Remedy::Person,
            Self::Store(error) => error.remedy(),
            Self::Ledger(error) => error.remedy(),
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "url-unknown",
            Self::Path { .. } => "url-path",
            Self::Refused(refusal) => refusal.code,
            Self::Store(error) => error.code(),
            Self::Ledger(error) => error.code(),
        }
    }
}
