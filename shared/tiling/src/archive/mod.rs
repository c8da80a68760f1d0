//! A whole tile pyramid in one object: a PMTiles archive, version 3.
//!
//! The bytes of an archive follow from its tiles, its depth, its format and its metadata alone: the order in which tiles come and the
//! number of threads leave no trace. The rules, beyond those of [PMTiles](https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md):
//!
//! - Header, root directory, metadata, leaf directories and tile data follow each other without gaps. Nothing is compressed.
//! - Data is laid out subtree by subtree. A subtree is a tile of the apex level, [`SUBTREE_LEVELS`] above the deepest (or level 0), with all
//!   below it; subtrees go by the tile id of that tile, the tiles in one by their own. The levels above the apex come last, by
//!   tile id. So one machine can make a subtree without knowing the others, and pieces are joined without being opened.
//! - Equal tiles are stored once in a subtree, and once in the levels above the apex; never across.
//! - Every directory entry is about one tile: there are no runs. Where the root cannot hold all entries, it points to leaf directories of
//!   4096·2ᵏ entries each, the last one shorter, with the least `k` for which the root fits.
//! - The data is not called clustered. Pictures are not on the Earth: the bounds are those of the whole Web Mercator square, ±180° and
//!   ±85.0511287°, with the centre at 0°, 0° and zoom 0, so that map viewers show the padded square.
//!
//! ```
//! use skyfeed_tiling::{
//!     archive::{ArchiveBuilder, Head},
//!     pixels::{TileFormat, TilePos},
//! };
//!
//! let builder = ArchiveBuilder::new(tempfile::tempfile()?, 1, TileFormat::Png)?;
//! let (top, below) = (TilePos { level: 0, x: 0, y: 0 }, TilePos { level: 1, x: 0, y: 1 });
//! builder.add(below, b"a file")?;
//! builder.add(top, b"another")?;
//! let mut archive = Vec::new();
//! let summary = builder.finish(b"{}", &mut archive)?;
//! assert_eq!((summary.digests.tile_count(), summary.archive_bytes), (2, archive.len() as u64));
//!
//! let head = Head::parse(&archive[..archive.len().min(Head::BYTES)], archive.len() as u64)?;
//! let leaves = head.leaves();
//! let index = head.into_index(&archive[leaves.start as usize..leaves.end as usize])?;
//! let found = index.find(below).unwrap_or_default();
//! assert_eq!(&archive[found.start as usize..found.end as usize], b"a file");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod digests;
mod directory;
mod encode;
mod error;
mod head;
mod header;
mod index;
mod layout;
mod spool;
mod tile_id;
mod varint;

pub use builder::{ArchiveBuilder, Summary};
pub use digests::{Digests, TileDigest};
pub use error::ArchiveError;
pub use head::Head;
pub use index::{Index, Stored};

/// Levels from the root of a subtree down to the deepest, so that a whole subtree has 1365 tiles.
///
/// A part of the archive's bytes: it must not depend on how many workers there are.
pub const SUBTREE_LEVELS: u32 = 5;

/// The most tiles of an archive, 16 777 216: what a picture of 900 gigapixels has.
pub const MAX_TILES: u64 = 1 << 24;

/// The most bytes of metadata, 1 MiB.
pub const MAX_METADATA_BYTES: u64 = 1 << 20;

/// The level of the roots of subtrees.
fn apex(depth: u32) -> u32 {
    depth.saturating_sub(SUBTREE_LEVELS)
}
