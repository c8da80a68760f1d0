//! Attempts of what nobody has to claim.

use aws_sdk_dynamodb::types::Put;
use skyfeed_ports::ledger::{Attempt, LedgerError, Work};

use super::{
    DynamoLedger,
    error::{Contended, failed},
    item::{Item, Reader, begun, outcome_text, text, time},
    keys::token,
    transaction::{MAX_TRIES, Written, pause, put},
};

const ACTION: &str = "note an attempt";

/// Adds an attempt that has ended: a line of the history, and the last one of its image and stage unless that is newer.
pub(super) async fn note(ledger: &DynamoLedger, attempt: &Attempt) -> Result<(), LedgerError> {
    let token = token(attempt.started, &attempt.kind, attempt.attempt)?;
    let work =
        Work { kind: attempt.kind.clone(), subject: attempt.subject.clone(), input: attempt.input.clone(), turn: None };
    let mut told = begun(attempt);
    told.extend(attempt.ended.map(|ended| ("ended".to_owned(), text(time(ended)))));
    told.extend(attempt.outcome.as_ref().map(outcome_text).transpose()?.map(|outcome| ("outcome".to_owned(), outcome)));
    let mut line = ledger.attempt_key(&attempt.subject, &token);
    line.extend(told.clone());
    let mut last = ledger.last_key(&work);
    last.extend(told);
    let state = ledger.state(attempt.outcome.as_ref());
    last.extend(
        [("token", text(&token)), ("state", state), ("since", text(time(attempt.started)))]
            .map(|(name, value)| (name.to_owned(), value)),
    );
    for tries in 0..MAX_TRIES {
        let seen = ledger.item(ACTION, ledger.last_key(&work)).await?;
        let seen = seen.as_ref().map(|item| Reader { item, action: ACTION });
        let mut writes =
            vec![put(ACTION, Put::builder().table_name(&ledger.table).set_item(Some(line.clone())).build())?];
        if seen.map(|seen| seen.time("started")).transpose()?.is_none_or(|started| started <= attempt.started) {
            let seen = seen.map(|seen| seen.text("token")).transpose()?;
            writes.push(put(ACTION, unless_changed(ledger, last.clone(), seen).build())?);
        }
        match ledger.transact(ACTION, writes).await? {
            Written::Done => return Ok(()),
            Written::Refused => pause(tries).await,
        }
    }
    Err(failed(ACTION, true, Contended))
}

/// Puts an item if the one with this token is there, or none.
pub(super) fn unless_changed(
    ledger: &DynamoLedger,
    item: Item,
    seen: Option<&str>,
) -> aws_sdk_dynamodb::types::builders::PutBuilder {
    let write = Put::builder().table_name(&ledger.table).set_item(Some(item));
    match seen {
        None => write.condition_expression("attribute_not_exists(pk)"),
        Some(token) => write
            .condition_expression("#token = :token")
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", text(token)),
    }
}
