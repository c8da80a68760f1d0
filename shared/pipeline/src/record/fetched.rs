//! What was downloaded of an image.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ImageId;

/// One content of a file at its source, as far as can be told without reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Where it lies: a URL, or a path below the folder of the source.
    pub from: String,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// When it was changed, in a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// The server's tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When it was changed, as the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// `fetched/<id>.json`: what was downloaded, and when the source was last asked whether it has another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedRecord {
    /// [`SECOND_FORMAT`](super::SECOND_FORMAT).
    #[serde(deserialize_with = "super::second_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// Which file it was.
    pub version: Version,
    /// Digest (hex) of the file. If the image in the inbox has another, a person put it there.
    pub sha256: String,
    /// Size of the file.
    pub size_bytes: u64,
    /// Digest (hex) of the `source.json` that came with it, if one did. If that in the inbox has another, a person wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_sha256: Option<String>,
    /// When the source was last asked.
    pub asked: Timestamp,
}

/// `downloads/<id>/download.json`: a download that broke off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// [`SECOND_FORMAT`](super::SECOND_FORMAT).
    #[serde(deserialize_with = "super::second_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// Of which file there are parts.
    pub version: Version,
}
