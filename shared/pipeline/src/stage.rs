//! The stages of the walk, which are also the kinds of work in the ledger.

use std::fmt;

use serde::{Deserialize, Serialize};
use skyfeed_ports::ledger::Work;

use crate::id::ImageId;

/// The kind of work of `ignore-rejects`, which is no stage of the walk.
pub(crate) const IGNORE_REJECTS: &str = "ignore-rejects";

/// A stage of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Find candidates.
    Refresh,
    /// Download one image.
    Fetch,
    /// Make the pyramid of one image.
    Tile,
    /// Copy one staged revision to the site.
    Publish,
    /// Rebuild the feed's index.
    Reindex,
    /// Take one image down.
    Retract,
    /// Undo a retraction.
    Restore,
    /// Look whether what was published is whole.
    Look,
    /// Delete what nobody needs any more of one image.
    Clean,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 9] = [
        Self::Refresh,
        Self::Fetch,
        Self::Tile,
        Self::Publish,
        Self::Reindex,
        Self::Retract,
        Self::Restore,
        Self::Look,
        Self::Clean,
    ];

    /// The work of this stage on an image; `input` is what it is done from, another input is other work.
    pub fn work(self, id: &ImageId, input: String) -> Work {
        Work { kind: self.as_str().to_owned(), subject: id.to_string(), input, turn: None }
    }

    /// The work of this stage on an image's place on the site, which publish, retract, restore and clean take in turn.
    pub(crate) fn turn(self, id: &ImageId) -> Work {
        Work { turn: Some("site".to_owned()), ..self.work(id, "turn".to_owned()) }
    }

    /// The name of the stage, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Fetch => "fetch",
            Self::Tile => "tile",
            Self::Publish => "publish",
            Self::Reindex => "reindex",
            Self::Retract => "retract",
            Self::Restore => "restore",
            Self::Look => "look",
            Self::Clean => "clean",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}
