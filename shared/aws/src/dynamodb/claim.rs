//! Claims.

use std::time::Duration;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use futures::future::try_join;
use jiff::Timestamp;
use skyfeed_ports::ledger::{Attempt, Claim, Context, LedgerError, Standing, Ticket, Work, lease_end};

use super::{
    DynamoLedger,
    error::{Contended, failed},
    item::{Item, Reader, begun, expiry, number, text, time},
    keys::token,
    note::unless_changed,
    transaction::{MAX_TRIES, Written, pause, put},
};

const ACTION: &str = "claim work";

pub(super) async fn claim(
    ledger: &DynamoLedger,
    work: &Work,
    context: &Context,
    now: Timestamp,
    lease: Duration,
) -> Result<Claim, LedgerError> {
    let until = lease_end(now, lease);
    for tries in 0..MAX_TRIES {
        let (before, last) =
            try_join(ledger.item(ACTION, ledger.claim_key(work)), ledger.item(ACTION, ledger.last_key(work))).await?;
        let before = before.as_ref().map(Before::read).transpose()?;
        if let Some(obstacle) = before.as_ref().and_then(|before| before.standing.obstacle(now, lease)) {
            return Ok(obstacle);
        }
        let attempt = before.as_ref().map_or(1, |before| before.attempt.saturating_add(1));
        let ticket = Ticket { work: work.clone(), attempt, token: token(now, &work.kind, attempt)? };
        let begun = begun(&Attempt::begun(work, attempt, context, now));

        let mut writes = vec![
            claim_put(ledger, &ticket, before.as_ref(), until)?,
            put(
                ACTION,
                Put::builder().table_name(&ledger.table).set_item(Some(line(ledger, &ticket, &begun))).build(),
            )?,
        ];
        let last = last.as_ref().map(|item| Reader { item, action: ACTION });
        if last.map(|last| last.time("started")).transpose()?.is_none_or(|started| started <= now) {
            let seen = last.map(|last| last.text("token")).transpose()?;
            writes.push(last_put(ledger, &ticket, begun, now, seen)?);
        }
        match ledger.transact(ACTION, writes).await? {
            Written::Done => return Ok(Claim::Acquired(ticket)),
            Written::Refused => pause(tries).await,
        }
    }
    Err(failed(ACTION, true, Contended))
}

/// What settled work left; nothing if its claim has expired.
pub(super) async fn receipt(ledger: &DynamoLedger, work: &Work) -> Result<Option<String>, LedgerError> {
    let action = "read a receipt";
    let Some(item) = ledger.item(action, ledger.claim_key(work)).await? else { return Ok(None) };
    Ok(Reader { item: &item, action }.standing()?.receipt().map(str::to_owned))
}

/// The claim that an earlier worker left.
struct Before<'a> {
    standing: Standing,
    attempt: u32,
    token: &'a str,
}

impl<'a> Before<'a> {
    fn read(item: &'a Item) -> Result<Self, LedgerError> {
        let reader = Reader { item, action: ACTION };
        Ok(Self { standing: reader.standing()?, attempt: reader.number("attempt")?, token: reader.text("token")? })
    }
}

/// Takes the claim if it still stands as it was read: not renewed, not taken by another.
fn claim_put(
    ledger: &DynamoLedger,
    ticket: &Ticket,
    before: Option<&Before<'_>>,
    until: Timestamp,
) -> Result<TransactWriteItem, LedgerError> {
    let mut item = ledger.claim_key(&ticket.work);
    item.extend(
        [
            ("input", text(&ticket.work.input)),
            ("attempt", number(ticket.attempt)),
            ("token", text(&ticket.token)),
            ("held_until", text(time(until))),
            ("expires", expiry(until)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let write = Put::builder().table_name(&ledger.table).set_item(Some(item));
    let write = match before {
        None => write.condition_expression("attribute_not_exists(pk)"),
        Some(before) => {
            let write = write
                .expression_attribute_names("#token", "token")
                .expression_attribute_values(":token", text(before.token));
            match before.standing {
                Standing::Held { until } => write
                    .condition_expression("#token = :token AND held_until = :until")
                    .expression_attribute_values(":until", text(time(until))),
                Standing::Free | Standing::Settled { .. } => write.condition_expression(
                    "#token = :token AND attribute_not_exists(held_until) AND attribute_not_exists(receipt)",
                ),
            }
        }
    };
    put(ACTION, write.build())
}

/// The new line of the history.
fn line(ledger: &DynamoLedger, ticket: &Ticket, begun: &Item) -> Item {
    let mut item = ledger.attempt_key(&ticket.work.subject, &ticket.token);
    item.extend(begun.clone());
    item
}

/// Makes this the last attempt of its image and stage if `seen` still is.
fn last_put(
    ledger: &DynamoLedger,
    ticket: &Ticket,
    begun: Item,
    now: Timestamp,
    seen: Option<&str>,
) -> Result<TransactWriteItem, LedgerError> {
    let mut item = ledger.last_key(&ticket.work);
    item.extend(begun);
    item.extend(
        [("token", text(&ticket.token)), ("state", ledger.state(None)), ("since", text(time(now)))]
            .map(|(name, value)| (name.to_owned(), value)),
    );
    put(ACTION, unless_changed(ledger, item, seen).build())
}
