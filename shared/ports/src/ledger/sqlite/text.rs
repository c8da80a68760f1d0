//! How times and outcomes are kept as text.

use jiff::Timestamp;
use rusqlite::{Result, Row, types::Type};

use crate::ledger::{Attempt, AttemptOutcome};

/// Sorts like the time itself.
pub(super) fn time(time: Timestamp) -> String {
    format!("{time:.9}")
}

pub(super) fn outcome(outcome: &AttemptOutcome) -> Result<String> {
    serde_json::to_string(outcome).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Reads a time; `None` if there is none.
pub(super) fn read_time(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>> {
    parse(row, column, |text| text.parse::<Timestamp>())
}

/// Reads an outcome; `None` if there is none.
pub(super) fn read_outcome(row: &Row<'_>) -> Result<Option<AttemptOutcome>> {
    parse(row, "outcome", |text| serde_json::from_str(text))
}

/// Reads a whole row of `attempts`.
pub(super) fn read_attempt(row: &Row<'_>) -> Result<Attempt> {
    let missing = |column| rusqlite::Error::InvalidColumnName(column);
    Ok(Attempt {
        kind: row.get("stage")?,
        subject: row.get("image")?,
        input: row.get("input")?,
        attempt: row.get("attempt")?,
        trigger: row.get("cause")?,
        started: read_time(row, "started")?.ok_or_else(|| missing("started".to_owned()))?,
        ended: read_time(row, "ended")?,
        outcome: read_outcome(row)?,
        software: row.get("software")?,
        config_sha256: row.get("config_sha256")?,
    })
}

fn parse<T, E>(row: &Row<'_>, column: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    let index = row.as_ref().column_index(column)?;
    read(&text).map(Some).map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into()))
}
