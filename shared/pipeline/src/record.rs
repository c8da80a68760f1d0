//! The JSON objects of the work store. Each carries the version of its format.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use skyfeed_tiling::sky::SpatialMetadata;

use crate::id::ImageId;

/// The version of every format on this page.
pub const FORMAT: u32 = 1;

/// Refuses what another version of this program wrote in another format: it might mean something else.
fn known_format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        FORMAT => Ok(FORMAT),
        other => Err(D::Error::custom(format_args!("its format is {other}, this program reads format {FORMAT}"))),
    }
}

/// `candidates/<id>.json`: what the source said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// [`FORMAT`].
    #[serde(deserialize_with = "known_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// The source's own record, unchanged.
    pub record: serde_json::Value,
}

/// `unusable/<id>.json`: why an image cannot be put on the sky.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unusable {
    /// [`FORMAT`].
    #[serde(deserialize_with = "known_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// Why, in a sentence.
    pub reason: String,
}

/// `inbox/<id>/source.json`: what is known of an image beside its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// [`FORMAT`].
    #[serde(deserialize_with = "known_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// The title; becomes the name of the place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What the image shows; may hold markup as the source has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who made it; may hold markup as the source has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub credits: String,
    /// The page about the image.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub credits_url: String,
    /// When the source last changed it, ISO 8601 as the source has it (naive is UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_updated: Option<String>,
    /// When the source published it, ISO 8601 with offset, and under which channel and item: the annotation of Djangoplicity feeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
    /// Where it is on the sky; `None` means: see the AVM inside the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spatial: Option<SpatialMetadata>,
}

/// How a Djangoplicity site published an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// `djangoplicity.channel_name` of the configuration.
    pub channel: String,
    /// The item id on the site.
    pub item: String,
    /// ISO 8601 with offset, such as `2024-01-02T03:04:05+02:00`.
    pub published: String,
}

/// A person's word on one revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Publish it.
    Approve,
    /// Never publish it.
    Reject,
}

/// `decisions/<id>/<rev>/<by>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// [`FORMAT`].
    #[serde(deserialize_with = "known_format")]
    pub format: u32,
    /// Approve or reject.
    pub decision: Verdict,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, if the person said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Digest (hex) of the manifest that the person looked at.
    pub manifest_sha256: String,
}

/// `staged/<id>/<rev>/manifest.json`: everything that belongs to a revision. Holds no clock time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    #[serde(deserialize_with = "known_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// The revision.
    pub revision: String,
    /// Digest (hex) of the image file.
    pub image_sha256: String,
    /// Width and height as displayed, in pixels.
    pub size_px: [u32; 2],
    /// The number of the deepest level.
    pub tile_levels: u32,
    /// Every object of the revision but the manifest, by ascending key.
    pub objects: Vec<ManifestObject>,
    /// What a person should know.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// One object of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestObject {
    /// The key, relative to the revision's folder.
    pub key: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Digest (hex).
    pub sha256: String,
}

/// `published/<id>.json`: written last by `publish` and `retract`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// [`FORMAT`].
    #[serde(deserialize_with = "known_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// Live or taken down.
    #[serde(flatten)]
    pub state: PublishedState,
}

/// Whether an image is on the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum PublishedState {
    /// It is on the site.
    Live {
        /// The revision.
        revision: String,
        /// Orders the index, newest first.
        sort_date: Timestamp,
        /// Digest (hex) of `<id>/index.wtml`.
        index_sha256: String,
    },
    /// It was taken down.
    Retracted {
        /// The revision that was live.
        revision: Option<String>,
    },
}
