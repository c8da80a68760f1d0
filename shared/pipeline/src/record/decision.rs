//! What a person decided.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Publish it.
    Approve,
    /// Never publish it.
    Reject,
    /// Take back what the same person said before of the same thing.
    Withdraw,
}

impl Verdict {
    /// The word in the past, as in `approved by anna`.
    pub fn past(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Reject => "rejected",
            Self::Withdraw => "withdrawn",
        }
    }
}

/// `decisions/<id>/<rev>/<n>-<by>.json`. Who and which stand in the key, when is the store's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// 1 or 2.
    #[serde(deserialize_with = "super::first_or_second_format")]
    pub format: u32,
    /// The decision.
    pub decision: Verdict,
    /// Why, if the person said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Digest (hex) of the manifest that the person looked at; empty if it is about the image as such.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manifest_sha256: String,
    /// Format 1: who decided, in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Format 1: when, by the clock of the person's machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}
