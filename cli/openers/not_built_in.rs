//! The backends that this program could have been built with.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use skyfeed_ports::{
    ledger::Ledger,
    opener::{Access, Kind, OpenError, Opener, Scheme},
    store::Store,
};

use crate::cloud::NotBuiltIn as Problem;

/// Opens nothing, and says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotBuiltIn;

#[async_trait]
impl Opener for NotBuiltIn {
    fn schemes(&self) -> &'static [Scheme] {
        &[
            Scheme { name: "s3", kind: Kind::Store, form: "s3://BUCKET/PREFIX" },
            Scheme { name: "dynamodb", kind: Kind::Ledger, form: "dynamodb://TABLE/FEED" },
        ]
    }

    async fn open_store(&self, url: &str) -> Result<Arc<dyn Store>, OpenError> {
        Err(OpenError::refused("aws-not-built-in", Problem(url.to_owned())))
    }

    async fn open_ledger(&self, url: &str, _: Access) -> Result<Arc<dyn Ledger>, OpenError> {
        Err(OpenError::refused("aws-not-built-in", Problem(url.to_owned())))
    }

    fn advice(&self, _error: &(dyn Error + 'static)) -> Option<String> {
        None
    }
}
