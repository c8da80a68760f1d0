//! Ends of attempts.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update, builders::UpdateBuilder};
use jiff::Timestamp;
use skyfeed_ports::ledger::{AttemptOutcome, LedgerError, Standing, Ticket};

use super::{
    DynamoLedger,
    error::{Contended, failed},
    item::{Item, Reader, expiry, outcome_text, text, time},
    transaction::{MAX_TRIES, Written, pause, update},
};

const ACTION: &str = "end an attempt";

pub(super) async fn end(
    ledger: &DynamoLedger,
    ticket: &Ticket,
    outcome: &AttemptOutcome,
    now: Timestamp,
) -> Result<(), LedgerError> {
    for tries in 0..MAX_TRIES {
        if !holds(ledger, ticket).await? {
            return already(ledger, ticket, outcome).await;
        }
        let mut writes = vec![claim_update(ledger, ticket, outcome, now)?, line_update(ledger, ticket, outcome, now)?];
        let last = ledger.item(ACTION, ledger.last_key(&ticket.work)).await?;
        if last.is_some_and(|last| last.get("token") == Some(&text(&ticket.token))) {
            writes.push(last_update(ledger, ticket, outcome, now)?);
        }
        match ledger.transact(ACTION, writes).await? {
            Written::Done => return Ok(()),
            Written::Refused => pause(tries).await,
        }
    }
    Err(failed(ACTION, true, Contended))
}

/// Whether the ticket's attempt is still under way.
async fn holds(ledger: &DynamoLedger, ticket: &Ticket) -> Result<bool, LedgerError> {
    let claim = ledger.item(ACTION, ledger.claim_key(&ticket.work)).await?;
    let Some(item) = claim.filter(|claim| is_of(claim, ticket)) else {
        return Err(LedgerError::lost(&ticket.work));
    };
    Ok(matches!(Reader { item: &item, action: ACTION }.standing()?, Standing::Held { .. }))
}

/// The answer for an attempt that has ended before.
async fn already(ledger: &DynamoLedger, ticket: &Ticket, outcome: &AttemptOutcome) -> Result<(), LedgerError> {
    let line = ledger.item(ACTION, ledger.attempt_key(&ticket.work.subject, &ticket.token)).await?;
    let recorded = line.map(|item| Reader { item: &item, action: ACTION }.outcome()).transpose()?.flatten();
    if recorded.as_ref() == Some(outcome) { Ok(()) } else { Err(LedgerError::lost(&ticket.work)) }
}

fn is_of(item: &Item, ticket: &Ticket) -> bool {
    item.get("token") == Some(&text(&ticket.token))
}

fn claim_update(
    ledger: &DynamoLedger,
    ticket: &Ticket,
    outcome: &AttemptOutcome,
    now: Timestamp,
) -> Result<TransactWriteItem, LedgerError> {
    let write = Update::builder()
        .table_name(&ledger.table)
        .set_key(Some(ledger.claim_key(&ticket.work)))
        .condition_expression("#token = :token AND attribute_exists(held_until)")
        .expression_attribute_names("#token", "token")
        .expression_attribute_values(":token", text(&ticket.token));
    let write = match Standing::after(&ticket.work, outcome) {
        // For ever: it says that the work need not be done again.
        Standing::Settled { receipt } => write
            .update_expression("SET receipt = :receipt REMOVE held_until, expires")
            .expression_attribute_values(":receipt", text(receipt)),
        Standing::Free | Standing::Held { .. } => write
            .update_expression("SET expires = :expires REMOVE held_until")
            .expression_attribute_values(":expires", expiry(now)),
    };
    update(ACTION, write.build())
}

fn line_update(
    ledger: &DynamoLedger,
    ticket: &Ticket,
    outcome: &AttemptOutcome,
    now: Timestamp,
) -> Result<TransactWriteItem, LedgerError> {
    let write = ended(ledger, outcome, now)?
        .set_key(Some(ledger.attempt_key(&ticket.work.subject, &ticket.token)))
        .update_expression("SET ended = :ended, #outcome = :outcome")
        .condition_expression("attribute_exists(pk)");
    update(ACTION, write.build())
}

fn last_update(
    ledger: &DynamoLedger,
    ticket: &Ticket,
    outcome: &AttemptOutcome,
    now: Timestamp,
) -> Result<TransactWriteItem, LedgerError> {
    let write = ended(ledger, outcome, now)?
        .set_key(Some(ledger.last_key(&ticket.work)))
        .update_expression("SET ended = :ended, #outcome = :outcome, #state = :state")
        .condition_expression("#token = :token")
        .expression_attribute_names("#state", "state")
        .expression_attribute_names("#token", "token")
        .expression_attribute_values(":state", ledger.state(Some(outcome)))
        .expression_attribute_values(":token", text(&ticket.token));
    update(ACTION, write.build())
}

fn ended(ledger: &DynamoLedger, outcome: &AttemptOutcome, now: Timestamp) -> Result<UpdateBuilder, LedgerError> {
    Ok(Update::builder()
        .table_name(&ledger.table)
        .expression_attribute_names("#outcome", "outcome")
        .expression_attribute_values(":ended", text(time(now)))
        .expression_attribute_values(":outcome", outcome_text(outcome)?))
}
