//! Stores and ledgers on this machine.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use url::Url;

use super::{Access, Kind, OpenError, Opener, Scheme};
use crate::{
    ledger::Ledger,
    store::{LocalStore, Store},
};

const FOLDER: Scheme = Scheme { name: "file", kind: Kind::Store, form: "file:///FOLDER" };
#[cfg(feature = "sqlite")]
const SQLITE: Scheme = Scheme { name: "sqlite", kind: Kind::Ledger, form: "sqlite:///FILE" };

/// Opens folders (`file:///FOLDER`), and with the feature `sqlite` ledgers in files (`sqlite:///FILE`).
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalOpener;

#[async_trait]
impl Opener for LocalOpener {
    fn schemes(&self) -> &'static [Scheme] {
        #[cfg(feature = "sqlite")]
        return &[FOLDER, SQLITE];
        #[cfg(not(feature = "sqlite"))]
        &[FOLDER]
    }

    async fn open_store(&self, url: &str) -> Result<Arc<dyn Store>, OpenError> {
        Ok(Arc::new(LocalStore::open(&local_path(url, FOLDER.name)?)?))
    }

    #[cfg(feature = "sqlite")]
    async fn open_ledger(&self, url: &str, access: Access) -> Result<Arc<dyn Ledger>, OpenError> {
        use crate::ledger::SqliteLedger;
        let path = local_path(url, SQLITE.name)?;
        Ok(Arc::new(match access {
            Access::ReadOnly => SqliteLedger::open_read_only(&path)?,
            Access::ReadWrite => SqliteLedger::open(&path)?,
        }))
    }

    #[cfg(not(feature = "sqlite"))]
    async fn open_ledger(&self, url: &str, _: Access) -> Result<Arc<dyn Ledger>, OpenError> {
        Err(OpenError::Unknown {
            url: url.to_owned(),
            kind: Kind::Ledger,
            forms: "the URL of another ledger".to_owned(),
        })
    }

    /// What is wrong with files, their errors say themselves.
    fn advice(&self, _error: &(dyn Error + 'static)) -> Option<String> {
        None
    }
}

/// The path of a URL such as `sqlite:///srv/my%20feed/ledger.sqlite`.
///
/// # Errors
/// It is of another scheme, or not an absolute path below the root.
pub fn local_path(url: &str, scheme: &'static str) -> Result<PathBuf, OpenError> {
    let rest = url.strip_prefix(scheme).filter(|rest| rest.starts_with("://"));
    // `file` is the scheme whose rules of hosts and drive letters the library knows.
    let path = rest.and_then(|rest| Url::parse(&format!("file{rest}")).ok()?.to_file_path().ok());
    path.filter(|path| path != Path::new("/")).ok_or_else(|| OpenError::Path { url: url.to_owned(), scheme })
}
