//! Why an archive cannot be written or read.

use std::io;

use crate::pixels::TilePos;

/// Why an archive, or the list of its digests, could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A pyramid of this depth has no such tile.
    #[error("the tile {} is outside a pyramid of depth {depth}", .tile.flat_name())]
    OutsidePyramid {
        /// The tile.
        tile: TilePos,
        /// The deepest level of the pyramid.
        depth: u32,
    },
    /// A tile has no bytes, which PMTiles cannot say.
    #[error("the tile {} is empty", .0.flat_name())]
    EmptyTile(TilePos),
    /// The same tile was added more than once.
    #[error("the tile {} came twice", .0.flat_name())]
    TileTwice(TilePos),
    /// There is no tile; a PMTiles directory needs one.
    #[error("an archive needs at least one tile")]
    NoTiles,
    /// Something is larger than the limits allow, or says so of itself.
    #[error("{asked} {what} are more than the limit of {allowed}")]
    Limit {
        /// What is limited, such as `tiles` or `bytes of metadata`.
        what: &'static str,
        /// How much there is, or is claimed to be.
        asked: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// What was read contradicts itself or the format, or ends early.
    #[error("{part} is damaged: {problem}")]
    Damaged {
        /// The part, such as `the header of the archive`.
        part: &'static str,
        /// What was found.
        problem: String,
    },
    /// What was read is sound, but not of a kind that Skyfeed writes.
    #[error("this kind of archive is not supported: {0}")]
    Unsupported(String),
    /// The spool or the output failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ArchiveError {
    pub(super) fn damaged(part: &'static str, problem: impl Into<String>) -> Self {
        Self::Damaged { part, problem: problem.into() }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutsidePyramid { .. } | Self::EmptyTile(_) | Self::TileTwice(_) | Self::NoTiles => {
                "archive-impossible"
            }
            Self::Limit { .. } => "archive-limit",
            Self::Damaged { .. } => "archive-damaged",
            Self::Unsupported(_) => "archive-unsupported",
            Self::Io(_) => "machine",
        }
    }

    /// Whether trying again may help: only trouble with the machine passes.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}

/// Refuses `asked` beyond `allowed`.
pub(super) fn check_limit(what: &'static str, asked: u64, allowed: u64) -> Result<(), ArchiveError> {
    if asked > allowed { Err(ArchiveError::Limit { what, asked, allowed }) } else { Ok(()) }
}
