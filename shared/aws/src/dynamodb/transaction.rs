//! Reads and writes of several items at once.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{Put, TransactWriteItem, Update},
};
use skyfeed_ports::ledger::LedgerError;

use super::{DynamoLedger, error::failed, item::Item};
use crate::sdk::{self, Failure};

/// How often to begin again because others change the same items.
pub(super) const MAX_TRIES: u32 = 12;
/// The longest pause before the second try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How a transaction ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    Done,
    /// Nothing was written, because the condition of at least one item does not hold or somebody is writing it: read again.
    Refused,
}

impl DynamoLedger {
    /// Reads an item as it is now.
    pub(super) async fn item(&self, action: &'static str, key: Item) -> Result<Option<Item>, LedgerError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let answer = request.send().await.map_err(|error| Failure::from(error).of_ledger(action))?;
        Ok(answer.item)
    }

    /// Writes all items or none. The SDK gives the request a token, so that repeating it after a lost answer writes once.
    pub(super) async fn transact(
        &self,
        action: &'static str,
        items: Vec<TransactWriteItem>,
    ) -> Result<Written, LedgerError> {
        let Err(error) = self.client.transact_write_items().set_transact_items(Some(items)).send().await else {
            return Ok(Written::Done);
        };
        let canceled = error.as_service_error().and_then(|error| {
            match error {
            aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
                canceled,
            ) => Some(canceled.cancellation_reasons()),
            _ => None,
        }
        });
        let Some(reasons) = canceled else { return Err(Failure::from(error).of_ledger(action)) };
        let codes = || reasons.iter().filter_map(|reason| reason.code()).filter(|code| *code != "None");
        if codes().all(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict")) {
            return Ok(Written::Refused);
        }
        let transient = codes().any(|code| sdk::is_transient(400, Some(code)) || code == "ThrottlingError");
        Err(match Failure::from(error).of_ledger(action) {
            LedgerError::Backend { action, source, .. } => LedgerError::Backend { action, transient, source },
            other => other,
        })
    }
}

/// Waits a random while that grows with the number of tries.
pub(super) async fn pause(tries: u32) {
    let longest = FIRST_PAUSE.saturating_mul(1 << tries.min(10)).min(LONGEST_PAUSE);
    let mut random = [0];
    // Without randomness the pause is merely the same for all.
    let part = if getrandom::fill(&mut random).is_ok() { f64::from(random[0]) / 255.0 } else { 1.0 };
    tokio::time::sleep(longest.mul_f64(part)).await;
}

pub(super) fn put(action: &'static str, put: Result<Put, BuildError>) -> Result<TransactWriteItem, LedgerError> {
    let put = put.map_err(|error| failed(action, false, error))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

pub(super) fn update(
    action: &'static str,
    update: Result<Update, BuildError>,
) -> Result<TransactWriteItem, LedgerError> {
    let update = update.map_err(|error| failed(action, false, error))?;
    Ok(TransactWriteItem::builder().update(update).build())
}
