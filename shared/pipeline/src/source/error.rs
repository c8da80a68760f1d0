//! Why a source did not give what it was asked for.

use std::error::Error;

use skyfeed_ports::Remedy;

#[cfg(feature = "http")]
use crate::http::HttpError;

/// The code of a source that may answer a little later.
pub(crate) const UNAVAILABLE: &str = "source-unavailable";
/// The code of a source that refuses.
pub(crate) const REFUSED: &str = "source-refused";

/// Why a source failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A record, or a key of the configuration, cannot be understood or used.
    #[error("`{item}` cannot be used: {problem}")]
    Record {
        /// The id, the place in the list, or the key of the configuration.
        item: String,
        /// What is wrong, and what to do.
        problem: String,
        /// The parser's own error.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// Something came, and it is not what was asked for: a page to log in, an empty file. It may pass.
    #[error("`{what}` answered with {came}, not with {wanted}")]
    NothingOfUse {
        /// The URL (without credentials).
        what: String,
        /// What came instead.
        came: String,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The server could not be reached or answered with an error.
    #[cfg(feature = "http")]
    #[error(transparent)]
    Http(HttpError),
    /// The source could not be read.
    #[error("cannot read {what}")]
    Transport {
        /// The URL (without credentials) or path.
        what: String,
        /// Whether trying again may help.
        transient: bool,
        /// What happened.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl SourceError {
    #[cfg(feature = "http")]
    pub(super) fn nothing_of_use(url: &url::Url, came: impl Into<String>, wanted: &'static str) -> Self {
        Self::NothingOfUse { what: crate::http::rules::redacted(url), came: came.into(), wanted }
    }

    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        Remedy::retry_if(match self {
            #[cfg(feature = "http")]
            Self::Http(error) => error.is_transient(),
            Self::Transport { transient, .. } => *transient,
            Self::NothingOfUse { .. } => true,
            Self::Record { .. } => false,
        })
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Record { .. } => "source-record",
            Self::NothingOfUse { .. } => "source-nothing-of-use",
            _ if self.is_transient() => UNAVAILABLE,
            _ => REFUSED,
        }
    }

    /// Whether the same again may succeed a little later.
    pub fn is_transient(&self) -> bool {
        self.remedy() == Remedy::Retry
    }
}
