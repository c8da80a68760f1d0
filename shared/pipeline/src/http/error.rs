//! Why a request failed.

use std::{error::Error, io, time::Duration};

use reqwest::StatusCode;
use url::Url;

use super::{resolve::PrivateName, rules};

/// Why a request failed. URLs are shown without credentials and query.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The TLS backend cannot be set up, for instance because the system has no root certificates.
    #[error("cannot set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// The rules forbid the URL.
    #[error("`{url}` is not fetched: {problem}")]
    Refused {
        /// The URL.
        url: String,
        /// Which rule.
        problem: &'static str,
    },
    /// The server answered with an error.
    #[error("`{url}` answered {status}")]
    Status {
        /// The URL.
        url: String,
        /// The HTTP status.
        status: StatusCode,
        /// How long to wait before asking again, if the server said so.
        retry_after: Option<Duration>,
    },
    /// The server answered with a success that brings no file, such as 204, or a part that nobody asked for.
    #[error("`{url}` answered {status}, which brings no file")]
    NoFile {
        /// The URL.
        url: String,
        /// The HTTP status.
        status: StatusCode,
    },
    /// The answer is larger than allowed.
    #[error("`{url}` is larger than the limit of {limit_bytes} bytes")]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// Fewer bytes arrived than the server announced.
    #[error("`{url}` broke off: {received_bytes} of {announced_bytes} bytes arrived")]
    Incomplete {
        /// The URL.
        url: String,
        /// What the server announced.
        announced_bytes: u64,
        /// What arrived.
        received_bytes: u64,
    },
    /// The redirects do not end.
    #[error("`{url}` redirects more than {limit} times")]
    TooManyRedirects {
        /// The URL where they began.
        url: String,
        /// How many are followed.
        limit: usize,
    },
    /// A redirect does not say where to.
    #[error("`{url}` redirects to something that is not a URL")]
    BadRedirect {
        /// The URL.
        url: String,
    },
    /// The connection failed.
    #[error("cannot fetch `{url}`")]
    Connection {
        /// The URL.
        url: String,
        /// Whether trying again may help.
        transient: bool,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
}

impl HttpError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status.as_u16(), 408 | 425 | 429 | 500..=599),
            Self::Incomplete { .. } => true,
            Self::Connection { transient, .. } => *transient,
            _ => false,
        }
    }

    pub(super) fn connection(url: &Url, source: reqwest::Error) -> Self {
        let source = source.without_url();
        let url = rules::redacted(url);
        if chain(&source).any(|error| error.is::<PrivateName>()) {
            return Self::Refused { url, problem: rules::PRIVATE };
        }
        let transient = !source.is_builder() && !chain(&source).any(is_tls_refusal);
        Self::Connection { url, transient, source }
    }
}

/// A certificate that does not verify reaches us as invalid data inside an I/O error; it will not verify a second later either.
fn is_tls_refusal(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
}

/// The error and everything below it, also what an [`io::Error`] wraps (its `source` skips that).
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
