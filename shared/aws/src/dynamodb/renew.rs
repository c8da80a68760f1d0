//! Changes of a claim alone.

use jiff::Timestamp;
use skyfeed_ports::ledger::{LedgerError, Ticket, Work};

use super::{
    DynamoLedger,
    item::{expiry, text, time},
};
use crate::sdk::Failure;

pub(super) async fn renew(ledger: &DynamoLedger, ticket: &Ticket, until: Timestamp) -> Result<(), LedgerError> {
    let request = ledger.client.update_item().table_name(&ledger.table);
    let sent = request
        .set_key(Some(ledger.claim_key(&ticket.work)))
        .update_expression("SET held_until = :until, expires = :expires")
        .condition_expression("#token = :token AND attribute_exists(held_until)")
        .expression_attribute_names("#token", "token")
        .expression_attribute_values(":token", text(&ticket.token))
        .expression_attribute_values(":until", text(time(until)))
        .expression_attribute_values(":expires", expiry(until))
        .send()
        .await;
    match sent.map_err(Failure::from) {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_condition() => Err(LedgerError::lost(&ticket.work)),
        Err(failure) => Err(failure.of_ledger("renew a claim")),
    }
}

pub(super) async fn reopen(ledger: &DynamoLedger, work: &Work) -> Result<(), LedgerError> {
    let request = ledger.client.update_item().table_name(&ledger.table);
    let sent = request
        .set_key(Some(ledger.claim_key(work)))
        .update_expression("REMOVE receipt")
        .condition_expression("attribute_exists(receipt)")
        .send()
        .await;
    match sent.map_err(Failure::from) {
        Ok(_) => Ok(()),
        // It was not settled.
        Err(failure) if failure.is_condition() => Ok(()),
        Err(failure) => Err(failure.of_ledger("reopen work")),
    }
}
