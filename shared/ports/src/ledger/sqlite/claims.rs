//! Claims, each inside a transaction of the caller.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, Row, named_params, params};

use super::text;
use crate::ledger::{AttemptOutcome, Claim, Context, Standing, Ticket, Work, lease_end};

pub(super) fn claim(
    connection: &Connection,
    work: &Work,
    context: &Context,
    now: Timestamp,
    lease: Duration,
) -> Result<Claim> {
    let before = connection
        .prepare_cached("SELECT attempt, held_until, receipt FROM claims WHERE stage = ? AND image = ? AND input = ?")?
        .query_row(key(work), |row| Ok((row.get::<_, u32>("attempt")?, standing(row)?)))
        .optional()?;
    if let Some(obstacle) = before.as_ref().and_then(|(_, standing)| standing.obstacle(now, lease)) {
        return Ok(obstacle);
    }
    let attempt = before.map_or(1, |(attempt, _)| attempt.saturating_add(1));
    let token = connection
        .prepare_cached(
            "INSERT INTO claims (stage, image, input, attempt, token, held_until)
            VALUES (:stage, :image, :input, :attempt, lower(hex(randomblob(16))), :until)
            ON CONFLICT DO UPDATE SET
                attempt = excluded.attempt, token = excluded.token, held_until = excluded.held_until, receipt = NULL
            RETURNING token",
        )?
        .query_row(
            named_params! {
                ":stage": work.claimed_as(),
                ":image": work.subject,
                ":input": work.input,
                ":attempt": attempt,
                ":until": text::time(lease_end(now, lease)),
            },
            |row| row.get(0),
        )?;
    connection
        .prepare_cached(
            "INSERT INTO attempts (stage, image, input, attempt, cause, started, software, config_sha256)
            VALUES (:stage, :image, :input, :attempt, :cause, :started, :software, :config_sha256)",
        )?
        .execute(named_params! {
            ":stage": work.kind,
            ":image": work.subject,
            ":input": work.input,
            ":attempt": attempt,
            ":cause": context.trigger,
            ":started": text::time(now),
            ":software": context.software,
            ":config_sha256": context.config_sha256,
        })?;
    Ok(Claim::Acquired(Ticket { work: work.clone(), attempt, token }))
}

/// Answers whether the ticket still held the work.
pub(super) fn renew(connection: &Connection, ticket: &Ticket, until: Timestamp) -> Result<bool> {
    let (stage, image, input) = key(&ticket.work);
    let changed = connection
        .prepare_cached(
            "UPDATE claims SET held_until = ?
            WHERE stage = ? AND image = ? AND input = ? AND token = ? AND held_until IS NOT NULL",
        )?
        .execute(params![text::time(until), stage, image, input, ticket.token])?;
    Ok(changed == 1)
}

/// Answers whether the ticket still held the work, or had ended it in the same way before.
pub(super) fn end(connection: &Connection, ticket: &Ticket, outcome: &AttemptOutcome, now: Timestamp) -> Result<bool> {
    let (stage, image, input) = key(&ticket.work);
    let receipt = match Standing::after(&ticket.work, outcome) {
        Standing::Settled { receipt } => Some(receipt),
        Standing::Held { .. } | Standing::Free => None,
    };
    let changed = connection
        .prepare_cached(
            "UPDATE claims SET held_until = NULL, receipt = ?
            WHERE stage = ? AND image = ? AND input = ? AND token = ? AND held_until IS NOT NULL",
        )?
        .execute(params![receipt, stage, image, input, ticket.token])?;
    if changed == 1 {
        connection
            .prepare_cached(
                "UPDATE attempts SET ended = ?, outcome = ? WHERE stage = ? AND image = ? AND input = ? AND attempt = ?",
            )?
            .execute(params![text::time(now), text::outcome(outcome)?, ticket.work.kind, image, input, ticket.attempt])?;
        return Ok(true);
    }
    let recorded = connection
        .prepare_cached(
            "SELECT outcome FROM attempts JOIN claims USING (image, input, attempt)
            WHERE attempts.stage = ? AND claims.stage = ? AND image = ? AND input = ? AND token = ?",
        )?
        .query_row(params![ticket.work.kind, stage, image, input, ticket.token], text::read_outcome)
        .optional()?;
    Ok(recorded.flatten().as_ref() == Some(outcome))
}

/// What settled work left.
pub(super) fn receipt(connection: &Connection, work: &Work) -> Result<Option<String>> {
    let receipt = connection
        .prepare_cached(
            "SELECT receipt FROM claims WHERE stage = ? AND image = ? AND input = ? AND held_until IS NULL",
        )?
        .query_row(key(work), |row| row.get(0))
        .optional()?;
    Ok(receipt.flatten())
}

pub(super) fn reopen(connection: &Connection, work: &Work) -> Result<()> {
    connection
        .prepare_cached("UPDATE claims SET receipt = NULL WHERE stage = ? AND image = ? AND input = ?")?
        .execute(key(work))
        .map(drop)
}

fn key(work: &Work) -> (&str, &str, &str) {
    (work.claimed_as(), &work.subject, &work.input)
}

fn standing(row: &Row<'_>) -> Result<Standing> {
    Ok(match (text::read_time(row, "held_until")?, row.get("receipt")?) {
        (Some(until), _) => Standing::Held { until },
        (None, Some(receipt)) => Standing::Settled { receipt },
        (None, None) => Standing::Free,
    })
}
