//! What people do on AWS beside stores and ledgers. Builds without the feature `aws` have `no_cloud.rs` in its place.

use std::error::Error;

use skyfeed_aws::dead_letters::DeadLetterError;
use skyfeed_ports::Remedy;

mod bill;
mod caches;

pub(crate) use bill::{Bill, bill};
pub(crate) use caches::Forget;

/// Whether an error of AWS may pass, if it is one that no store and no ledger gives.
pub(crate) fn is_transient(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<DeadLetterError>().is_some_and(|error| error.remedy() == Remedy::Retry)
}
