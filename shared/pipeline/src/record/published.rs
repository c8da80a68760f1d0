//! What is on the site.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    config::{Config, SiteLayout},
    id::ImageId,
    names::{Pixels, Revision},
};

/// `published/<id>.json`: written first and last by `publish` and `retract`. Format 1 is that of the first edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// 1 or 2.
    #[serde(deserialize_with = "super::first_or_second_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// Live, taken down, or on the way.
    #[serde(flatten)]
    pub state: PublishedState,
}

/// Whether an image is on the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum PublishedState {
    /// Somebody began to publish it; some of it may be on the site.
    Publishing {
        /// The revision that is to be live.
        revision: Revision,
        /// Its pixels, whose folder may be on the site.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pixels: Option<Pixels>,
        /// The number of the turn in which it is published; 0 if that was not counted yet.
        #[serde(default)]
        turn: u32,
        /// What was live before, and is until the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Live>,
        /// Where in the index it stood before a takedown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sort_date: Option<Timestamp>,
        /// The layout in which its tiles are put. `None` if nobody noted it: then that of the configuration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layout: Option<SiteLayout>,
    },
    /// It is on the site.
    Live(Live),
    /// Somebody began to take it down; some of it may still be on the site. From now on nobody publishes it.
    Retracting(Takedown),
    /// It was taken down.
    Retracted(Takedown),
}

/// What is known of an image that was taken down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takedown {
    /// The revision that was live, or was on its way.
    pub revision: Option<Revision>,
    /// Who took it down, as far as somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, if that person said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Where in the index it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_date: Option<Timestamp>,
    /// What was live, if it cannot be made again: its files are in `retracted/<id>/<rev>/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Box<Live>>,
    /// Somebody began to put back what was kept. Who finds that undone takes it down again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rising: bool,
}

impl Takedown {
    /// Of which revision something may be kept; `None` for what another program published.
    pub fn kept_of(&self) -> Option<&Revision> {
        self.kept.as_ref().map(|live| &live.revision)
    }
}

/// A revision that is on the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The revision.
    pub revision: Revision,
    /// Its pixels. The first edition had one name for both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<Pixels>,
    /// Orders the index, newest first.
    pub sort_date: Timestamp,
    /// Digest (hex) of `<id>/index.wtml`.
    pub index_sha256: String,
    /// Digest (hex) of the image file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image_sha256: String,
    /// The title, cut.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
    /// Digest (hex) of key, size and tag of its tiles and thumbnail on the site, by which it is seen whether all are still there. `None` if nobody noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_sha256: Option<String>,
    /// Where it was published to; what the first edition wrote does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<SitePlace>,
}

/// Where a site is and how it is laid out: if it moves, all documents change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SitePlace {
    /// `publish_url_prefix` of the configuration.
    pub url_prefix: String,
    /// `site_layout` of the configuration.
    pub layout: SiteLayout,
}

impl SitePlace {
    /// Where the configuration has the site.
    pub fn of(config: &Config) -> Self {
        Self { url_prefix: config.publish_url_prefix.clone(), layout: config.site_layout }
    }
}

impl Published {
    /// What orders the index, as it was when the image was last there.
    pub fn sort_date(&self) -> Option<Timestamp> {
        match &self.state {
            PublishedState::Retracting(takedown) | PublishedState::Retracted(takedown) => takedown.sort_date,
            PublishedState::Publishing { before: None, sort_date, .. } => *sort_date,
            _ => self.live().map(|live| live.sort_date),
        }
    }

    /// What is live now, also while a newer revision is on its way.
    pub fn live(&self) -> Option<&Live> {
        match &self.state {
            PublishedState::Live(live) | PublishedState::Publishing { before: Some(live), .. } => Some(live),
            PublishedState::Publishing { before: None, .. }
            | PublishedState::Retracting(_)
            | PublishedState::Retracted(_) => None,
        }
    }
}
