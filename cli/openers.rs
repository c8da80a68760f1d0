//! Which backends the program knows: the one place where they are registered.

use std::{
    error::Error,
    sync::{Arc, LazyLock},
};

use skyfeed_ports::{
    ledger::Ledger,
    opener::{Access, Kind, LocalOpener, OpenError, Openers, Scheme},
    store::Store,
};

use crate::error::{self, UsageError};

#[cfg(not(feature = "aws"))]
mod not_built_in;

/// All of them. A configuration that one looks up is looked up once.
static OPENERS: LazyLock<Openers> = LazyLock::new(|| {
    #[cfg(feature = "aws")]
    let openers = Openers::default().with(Arc::new(skyfeed_aws::open::AwsOpener::default()));
    #[cfg(not(feature = "aws"))]
    let openers = Openers::default().with(Arc::new(not_built_in::NotBuiltIn));
    openers.with(Arc::new(LocalOpener))
});

/// Opens what has a URL, with the credentials of the person at the keyboard.
#[derive(Debug, Default)]
pub(crate) struct Cloud(());

impl Cloud {
    /// Opens the store at a URL.
    ///
    /// # Errors
    /// The URL is wrong or does not say enough, which is wrong usage; or the store cannot be opened.
    pub(crate) async fn store(&self, url: &str) -> anyhow::Result<Arc<dyn Store>> {
        OPENERS.open_store(url).await.map_err(told)
    }

    /// Opens the ledger at a URL.
    ///
    /// # Errors
    /// As [`Cloud::store`].
    pub(crate) async fn ledger(&self, url: &str, access: Access) -> anyhow::Result<Arc<dyn Ledger>> {
        OPENERS.open_ledger(url, access).await.map_err(told)
    }
}

/// The schemes of URLs that name this kind.
pub(crate) fn schemes(kind: Kind) -> impl Iterator<Item = Scheme> {
    OPENERS.schemes(kind)
}

/// What a person can do about an error, if one of the backends knows.
pub(crate) fn advice(error: &(dyn Error + 'static)) -> Option<String> {
    OPENERS.advice(error)
}

fn told(error: OpenError) -> anyhow::Error {
    if error.is_usage() { UsageError(error::chain(&error).join(": ")).into() } else { error.into() }
}
