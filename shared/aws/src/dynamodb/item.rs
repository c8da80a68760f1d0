//! Items and what they stand for.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use skyfeed_ports::ledger::{Attempt, AttemptOutcome, LedgerError, Standing};

use super::{KEPT, error::failed};

pub(super) type Item = HashMap<String, AttributeValue>;

/// An item that somebody else changed, or a later version of this program wrote.
#[derive(Debug, thiserror::Error)]
#[error("an item of the table has no usable `{attribute}`")]
struct Unusable {
    attribute: &'static str,
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Sorts like the time itself.
pub(super) fn time(time: Timestamp) -> String {
    format!("{time:.9}")
}

/// When a claim may be forgotten that is held until then, or changed then.
pub(super) fn expiry(from: Timestamp) -> AttributeValue {
    number(from.as_second().saturating_add_unsigned(KEPT.as_secs()))
}

pub(super) fn outcome_text(outcome: &AttemptOutcome) -> Result<AttributeValue, LedgerError> {
    serde_json::to_string(outcome).map(text).map_err(|error| failed("end an attempt", false, error))
}

/// The attributes of an attempt that has just begun.
pub(super) fn begun(attempt: &Attempt) -> Item {
    Item::from(
        [
            ("stage", text(&attempt.kind)),
            ("image", text(&attempt.subject)),
            ("input", text(&attempt.input)),
            ("attempt", number(attempt.attempt)),
            ("trigger", text(&attempt.trigger)),
            ("started", text(time(attempt.started))),
            ("software", text(&attempt.software)),
            ("config_sha256", text(&attempt.config_sha256)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

/// Reads items for `action`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) item: &'a Item,
    pub(super) action: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn text(&self, attribute: &'static str) -> Result<&'a str, LedgerError> {
        self.optional_text(attribute)?.ok_or_else(|| self.unusable(attribute))
    }

    fn optional_text(&self, attribute: &'static str) -> Result<Option<&'a str>, LedgerError> {
        match self.item.get(attribute) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(self.unusable(attribute)),
        }
    }

    pub(super) fn number(&self, attribute: &'static str) -> Result<u32, LedgerError> {
        let number = self.item.get(attribute).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.unusable(attribute))
    }

    pub(super) fn time(&self, attribute: &'static str) -> Result<Timestamp, LedgerError> {
        self.optional_time(attribute)?.ok_or_else(|| self.unusable(attribute))
    }

    fn optional_time(&self, attribute: &'static str) -> Result<Option<Timestamp>, LedgerError> {
        let parse = |text: &str| text.parse().map_err(|_| self.unusable(attribute));
        self.optional_text(attribute)?.map(parse).transpose()
    }

    pub(super) fn outcome(&self) -> Result<Option<AttemptOutcome>, LedgerError> {
        let parse = |text: &str| serde_json::from_str(text).map_err(|_| self.unusable("outcome"));
        self.optional_text("outcome")?.map(parse).transpose()
    }

    /// Where the work of a claim stands.
    pub(super) fn standing(&self) -> Result<Standing, LedgerError> {
        Ok(match (self.optional_time("held_until")?, self.optional_text("receipt")?) {
            (Some(until), _) => Standing::Held { until },
            (None, Some(receipt)) => Standing::Settled { receipt: receipt.to_owned() },
            (None, None) => Standing::Free,
        })
    }

    pub(super) fn attempt(&self) -> Result<Attempt, LedgerError> {
        Ok(Attempt {
            kind: self.text("stage")?.to_owned(),
            subject: self.text("image")?.to_owned(),
            input: self.text("input")?.to_owned(),
            attempt: self.number("attempt")?,
            trigger: self.text("trigger")?.to_owned(),
            started: self.time("started")?,
            ended: self.optional_time("ended")?,
            outcome: self.outcome()?,
            software: self.text("software")?.to_owned(),
            config_sha256: self.text("config_sha256")?.to_owned(),
        })
    }

    fn unusable(&self, attribute: &'static str) -> LedgerError {
        failed(self.action, false, Unusable { attribute })
    }
}
