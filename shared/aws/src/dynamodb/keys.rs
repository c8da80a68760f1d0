//! The keys of items.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use skyfeed_pipeline::sha256_hex;
use skyfeed_ports::ledger::{AttemptOutcome, LedgerError, Work};

use super::{
    DynamoLedger,
    error::failed,
    item::{Item, text, time},
};

/// What begins the `sk` of every line of the history.
pub(super) const ATTEMPTS: &str = "attempt#";

impl DynamoLedger {
    pub(super) fn pk(&self, image: &str) -> AttributeValue {
        text(format!("{}{image}", self.feed))
    }

    /// The key of the claim of a piece of work. The input is hashed because a key holds at most 1024 bytes.
    pub(super) fn claim_key(&self, work: &Work) -> Item {
        let sk = format!("claim#{}#{}", work.claimed_as(), sha256_hex(work.input.as_bytes()));
        self.key(&work.subject, sk)
    }

    pub(super) fn attempt_key(&self, image: &str, token: &str) -> Item {
        self.key(image, format!("{ATTEMPTS}{token}"))
    }

    /// The key of the copy of the last attempt.
    pub(super) fn last_key(&self, work: &Work) -> Item {
        self.key(&work.subject, format!("last#{}", work.kind))
    }

    /// A partition of the index.
    pub(super) fn state(&self, outcome: Option<&AttemptOutcome>) -> AttributeValue {
        let state = match outcome {
            None => "running",
            Some(AttemptOutcome::Done { .. }) => "done",
            Some(AttemptOutcome::Unusable { .. }) => "unusable",
            Some(AttemptOutcome::Failed { .. }) => "failed",
            Some(AttemptOutcome::Released) => "released",
        };
        text(format!("{}{state}", self.feed))
    }

    fn key(&self, image: &str, sk: String) -> Item {
        Item::from([("pk".to_owned(), self.pk(image)), ("sk".to_owned(), text(sk))])
    }
}

/// A token that nobody else has and that sorts like the history.
pub(super) fn token(started: Timestamp, kind: &str, attempt: u32) -> Result<String, LedgerError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| failed("claim work", true, error))?;
    Ok(format!("{}#{kind}#{attempt:010}#{}", time(started), hex::encode(random)))
}
