//! What was done.

use rusqlite::{Connection, OptionalExtension, Result, named_params};

use super::text::{self, read_attempt};
use crate::ledger::Attempt;

/// Adds an attempt that has ended.
pub(super) fn note(connection: &Connection, attempt: &Attempt) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO attempts (stage, image, input, attempt, cause, started, ended, outcome, software, config_sha256)
            VALUES (:stage, :image, :input, :attempt, :cause, :started, :ended, :outcome, :software, :config_sha256)",
        )?
        .execute(named_params! {
            ":stage": attempt.kind,
            ":image": attempt.subject,
            ":input": attempt.input,
            ":attempt": attempt.attempt,
            ":cause": attempt.trigger,
            ":started": text::time(attempt.started),
            ":ended": attempt.ended.map(text::time),
            ":outcome": attempt.outcome.as_ref().map(text::outcome).transpose()?,
            ":software": attempt.software,
            ":config_sha256": attempt.config_sha256,
        })
        .map(drop)
}

/// The last attempt of this stage for an image that was done.
pub(super) fn last_done(connection: &Connection, image: &str, stage: &str) -> Result<Option<Attempt>> {
    connection
        .prepare_cached(
            "SELECT * FROM attempts WHERE image = ? AND stage = ? AND outcome ->> 'outcome' = 'done'
            ORDER BY started DESC, id DESC LIMIT 1",
        )?
        .query_row([image, stage], read_attempt)
        .optional()
}

/// Every attempt for an image, oldest first.
pub(super) fn of_image(connection: &Connection, image: &str) -> Result<Vec<Attempt>> {
    connection
        .prepare_cached("SELECT * FROM attempts WHERE image = ? ORDER BY started, id")?
        .query_map([image], read_attempt)?
        .collect()
}

/// The last attempt of each image and stage, if it failed or has not ended, oldest first.
pub(super) fn open(connection: &Connection) -> Result<Vec<Attempt>> {
    connection
        .prepare_cached(
            "SELECT * FROM (
                SELECT *, row_number() OVER (PARTITION BY image, stage ORDER BY started DESC, id DESC) AS age FROM attempts
            )
            WHERE age = 1 AND (outcome IS NULL OR outcome ->> 'outcome' = 'failed')
            ORDER BY started, id",
        )?
        .query_map([], read_attempt)?
        .collect()
}
