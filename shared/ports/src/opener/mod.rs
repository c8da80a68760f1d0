//! From URLs to stores and ledgers.
//!
//! A backend says by an [`Opener`] which URLs are its own. A program registers those that it was built with, in one place, and nothing else of it knows a backend by name.
//!
//! ```
//! use std::sync::Arc;
//! use skyfeed_ports::opener::{LocalOpener, Openers};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let openers = Openers::default().with(Arc::new(LocalOpener));
//! let folder = tempfile::tempdir()?;
//! let store = openers.open_store(&format!("file://{}", folder.path().display())).await?;
//! assert!(store.head("index.wtml").await?.is_none());
//! let unknown = openers.open_store("ftp://example.org").await.unwrap_err();
//! assert_eq!(unknown.to_string(), "`ftp://example.org` is not the URL of a store: write `file:///FOLDER`");
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

use std::{
    error::Error,
    fmt::{self, Debug},
    sync::Arc,
};

use async_trait::async_trait;

use crate::{ledger::Ledger, store::Store};

mod error;
mod local;

pub use error::{OpenError, Refusal};
pub use local::{LocalOpener, local_path};

/// What a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A store.
    Store,
    /// A ledger.
    Ledger,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Store => "store",
            Self::Ledger => "ledger",
        })
    }
}

/// A scheme of URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// What stands before `://`.
    pub name: &'static str,
    /// What such URLs name.
    pub kind: Kind,
    /// How they are written, such as `file:///FOLDER`.
    pub form: &'static str,
}

/// What a ledger is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read: nothing has to be writable, and what is not there is empty and not made.
    ReadOnly,
    /// To claim and end work.
    ReadWrite,
}

/// Opens what is at the URLs of one backend.
#[async_trait]
pub trait Opener: Debug + Send + Sync {
    /// The schemes of those URLs.
    fn schemes(&self) -> &'static [Scheme];

    /// Opens the store at a URL of one of these schemes.
    ///
    /// # Errors
    /// The URL is wrong, something that the backend has to know is not said, or the store cannot be opened.
    async fn open_store(&self, url: &str) -> Result<Arc<dyn Store>, OpenError>;

    /// Opens the ledger at a URL of one of these schemes.
    ///
    /// # Errors
    /// As [`open_store`](Self::open_store).
    async fn open_ledger(&self, url: &str, access: Access) -> Result<Arc<dyn Ledger>, OpenError>;

    /// What a person can do about an error of this backend or one of its causes; nothing if it is of another.
    fn advice(&self, error: &(dyn Error + 'static)) -> Option<String>;
}

/// The openers that a program was built with.
#[derive(Clone, Debug, Default)]
pub struct Openers(Vec<Arc<dyn Opener>>);

impl Openers {
    /// Adds an opener; of two with one scheme, the first is asked.
    #[must_use]
    pub fn with(mut self, opener: Arc<dyn Opener>) -> Self {
        self.0.push(opener);
        self
    }

    /// The schemes that name this kind, in the order of registration.
    pub fn schemes(&self, kind: Kind) -> impl Iterator<Item = Scheme> {
        self.0.iter().flat_map(|opener| opener.schemes()).copied().filter(move |scheme| scheme.kind == kind)
    }

    /// Opens the store at a URL.
    ///
    /// # Errors
    /// No opener knows the scheme, or the one that does cannot open it.
    pub async fn open_store(&self, url: &str) -> Result<Arc<dyn Store>, OpenError> {
        self.of(url, Kind::Store)?.open_store(url).await
    }

    /// Opens the ledger at a URL.
    ///
    /// # Errors
    /// As [`open_store`](Self::open_store).
    pub async fn open_ledger(&self, url: &str, access: Access) -> Result<Arc<dyn Ledger>, OpenError> {
        self.of(url, Kind::Ledger)?.open_ledger(url, access).await
    }

    /// What a person can do about an error, if one of the backends knows.
    pub fn advice(&self, error: &(dyn Error + 'static)) -> Option<String> {
        self.0.iter().find_map(|opener| opener.advice(error))
    }

    fn of(&self, url: &str, kind: Kind) -> Result<&dyn Opener, OpenError> {
        let name = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let is_its = |scheme: &Scheme| scheme.name == name && scheme.kind == kind;
        match self.0.iter().find(|opener| opener.schemes().iter().any(is_its)) {
            Some(opener) => Ok(&**opener),
            None => {
                let forms: Vec<String> = self.schemes(kind).map(|scheme| format!("`{}`", scheme.form)).collect();
                Err(OpenError::Unknown { url: url.to_owned(), kind, forms: forms.join(" or ") })
            }
        }
    }
}
