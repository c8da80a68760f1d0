//! What was done.

use rusqlite::{Connection, Result};

use super::text::read_attempt;
use crate::ledger::Attempt;

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
