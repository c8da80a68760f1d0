//! What failed and is to be tried again later.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::ImageId, stage::Stage};

/// `put-off/<id>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOff {
    /// [`SECOND_FORMAT`](super::SECOND_FORMAT).
    #[serde(deserialize_with = "super::second_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// The stage that failed.
    pub stage: Stage,
    /// The code of the error.
    pub code: String,
    /// Why, in a sentence.
    pub reason: String,
    /// How many times it was tried.
    pub tries: u32,
    /// When to try again.
    pub until: Timestamp,
    /// Digest (hex) of the image that came, if one came and is damaged: the same again will not be better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_sha256: Option<String>,
}
