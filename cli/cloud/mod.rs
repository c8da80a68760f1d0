//! Stores, ledgers and queues on AWS. Builds without the feature `aws` have `no_cloud.rs` in its place.

use std::{error::Error, sync::Arc};

use skyfeed_aws::{
    dead_letters::{DeadLetterError, DeadLetters},
    open::{OpenError, Opener},
};
use skyfeed_ports::{Remedy, ledger::Ledger, store::Store};

use crate::exit::{self, UsageError};

mod bill;
pub(crate) mod redrive;

pub(crate) use bill::{Bill, bill};
pub(crate) use skyfeed_aws::advice;

/// Opens what is on AWS, with the credentials of the person at the keyboard.
#[derive(Debug, Default)]
pub(crate) struct Cloud(Opener);

impl Cloud {
    /// Opens the store at `s3://bucket/prefix`.
    ///
    /// # Errors
    /// The URL is of another form, or nothing says in which region it is.
    pub(crate) async fn store(&self, url: &str) -> anyhow::Result<Arc<dyn Store>> {
        self.0.store(url).await.map_err(told)
    }

    /// Opens the ledger at `dynamodb://table/feed`.
    ///
    /// # Errors
    /// As [`Cloud::store`].
    pub(crate) async fn ledger(&self, url: &str) -> anyhow::Result<Arc<dyn Ledger>> {
        self.0.ledger(url).await.map_err(told)
    }

    /// Finds a queue of dead letters.
    ///
    /// # Errors
    /// There is none of this name, or it cannot be asked.
    async fn dead_letters(&self, name: &str) -> Result<DeadLetters, DeadLetterError> {
        DeadLetters::find(name, self.0.sdk().await).await
    }
}

/// Whether an error of AWS may pass, if it is one that no store and no ledger gives.
pub(crate) fn is_transient(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<DeadLetterError>().is_some_and(|error| error.remedy() == Remedy::Retry)
}

fn told(error: OpenError) -> anyhow::Error {
    match error {
        OpenError::Store(_) | OpenError::Ledger(_) => error.into(),
        wrong => UsageError(exit::chain(&wrong).join(": ")).into(),
    }
}
