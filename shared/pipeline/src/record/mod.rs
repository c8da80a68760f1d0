//! The JSON objects of the work store. Each carries the version of its format.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use skyfeed_tiling::sky::SpatialMetadata;

use crate::id::ImageId;

mod decision;
mod fetched;
mod manifest;
mod published;
mod put_off;

pub use decision::{DecisionRecord, Verdict};
pub use fetched::{FetchedRecord, Unfinished, Version};
pub use manifest::{Manifest, Tiles};
pub use published::{Live, Published, PublishedState, SitePlace, Takedown};
pub use put_off::PutOff;

/// The version of the formats on this page: what the source said, why something is unusable.
pub const FORMAT: u32 = 1;
/// The version of the formats that came with archives: decisions, manifests, published records, what is put off.
pub const SECOND_FORMAT: u32 = 2;

/// Refuses what another version of this program wrote in another format: it might mean something else.
fn known_format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        FORMAT => Ok(FORMAT),
        other => Err(unknown(other, "format 1")),
    }
}

/// Refuses what is of neither format.
fn first_or_second_format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        known @ (FORMAT | SECOND_FORMAT) => Ok(known),
        other => Err(unknown(other, "formats 1 and 2")),
    }
}

fn second_format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        SECOND_FORMAT => Ok(SECOND_FORMAT),
        other => Err(unknown(other, "format 2")),
    }
}

fn unknown<E: Error>(found: u32, known: &str) -> E {
    E::custom(format_args!("its format is {found}, this program reads {known}"))
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
