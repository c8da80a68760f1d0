//! The 127 bytes with which an archive begins.

use std::ops::Range;

use super::{
    MAX_METADATA_BYTES, MAX_TILES,
    error::{ArchiveError, check_limit},
    tile_id::MAX_LEVEL,
};
use crate::pixels::TileFormat;

pub(super) const HEADER_BYTES: u64 = 127;
/// Header and root directory are within so many bytes.
pub(super) const HEAD_BYTES: u64 = 16_384;
const MAGIC: &[u8] = b"PMTiles";
const VERSION: u8 = 3;
const NOT_COMPRESSED: u8 = 1;
const PART: &str = "the header of the archive";
/// In units of 10⁻⁷ degrees: the least longitude and latitude, the greatest, and the centre behind its zoom.
const BOUNDS: [i32; 4] = [-1_800_000_000, -850_511_287, 1_800_000_000, 850_511_287];
const CENTRE: [u8; 9] = [0; 9];
/// Four integers of at most ten bytes for an entry, and one more for a leaf directory, which has an entry or more.
const MAX_LEAF_BYTES_PER_TILE: u64 = 50;

/// What a header says. Sections are byte ranges of the archive, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) root: Range<u64>,
    pub(super) metadata: Range<u64>,
    pub(super) leaves: Range<u64>,
    pub(super) data: Range<u64>,
    pub(super) tiles: u64,
    /// Files in the data; fewer than tiles where these are equal.
    pub(super) contents: u64,
    pub(super) tile_type: u8,
    /// The levels of tiles.
    pub(super) min_level: u8,
    pub(super) depth: u8,
}

/// What PMTiles calls a format.
pub(super) fn tile_type(format: TileFormat) -> u8 {
    match format {
        TileFormat::Png => 2,
        TileFormat::Jpeg => 3,
    }
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = [MAGIC, &[VERSION]].concat();
        for section in [&self.root, &self.metadata, &self.leaves, &self.data] {
            out.extend(section.start.to_le_bytes());
            out.extend((section.end - section.start).to_le_bytes());
        }
        // Addressed tiles, entries and contents: without runs, the first two are one number.
        out.extend([self.tiles, self.tiles, self.contents].map(u64::to_le_bytes).as_flattened());
        let not_clustered = 0;
        out.extend([not_clustered, NOT_COMPRESSED, NOT_COMPRESSED, self.tile_type, self.min_level, self.depth]);
        out.extend(BOUNDS.map(i32::to_le_bytes).as_flattened());
        out.extend(CENTRE);
        out
    }

    /// Reads the header of an archive of `archive_len` bytes, and checks what can be checked without the rest of it.
    pub(super) fn parse(bytes: &[u8], archive_len: u64) -> Result<Self, ArchiveError> {
        let damaged = |problem: String| ArchiveError::damaged(PART, problem);
        let unsupported = |problem: String| ArchiveError::Unsupported(problem);
        let fields = match bytes.strip_prefix(MAGIC) {
            Some([VERSION, fields @ ..]) => fields,
            Some([version, ..]) => return Err(unsupported(format!("version {version} of PMTiles"))),
            Some([]) => return Err(damaged("it ends early".to_owned())),
            None => return Err(unsupported("it does not begin with PMTiles".to_owned())),
        };
        let Some((numbers, rest)) = fields.split_first_chunk::<{ 11 * 8 }>() else {
            return Err(damaged("it ends early".to_owned()));
        };
        let &[_clustered, internal, compression, tile_type, min_level, depth, ref position @ ..] = rest else {
            return Err(damaged("it ends early".to_owned()));
        };
        if position.len() < 4 * BOUNDS.len() + CENTRE.len() {
            return Err(damaged("it ends early".to_owned()));
        }
        if internal != NOT_COMPRESSED {
            return Err(unsupported(format!("its directories have the compression {internal}, and not 1 for none")));
        }
        if compression != NOT_COMPRESSED {
            return Err(unsupported(format!("its tiles have the compression {compression}, and not 1 for none")));
        }
        if min_level > depth || u32::from(depth) > MAX_LEVEL {
            return Err(damaged(format!("it has the levels {min_level} to {depth}")));
        }

        let mut numbers = numbers.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let mut next = || numbers.next().unwrap_or_default();
        let mut end_of_last = HEADER_BYTES;
        let mut section = |name: &str| {
            let (start, length) = (next(), next());
            let end = start.checked_add(length).filter(|end| *end <= archive_len);
            let end =
                end.ok_or_else(|| damaged(format!("{name} end beyond the {archive_len} bytes of the archive")))?;
            if start < end_of_last {
                return Err(damaged(format!("{name} overlap what should be before them")));
            }
            end_of_last = end;
            Ok(start..end)
        };
        let root = section("the bytes of the root directory")?;
        let metadata = section("the bytes of the metadata")?;
        let leaves = section("the leaf directories")?;
        let data = section("the bytes of the tiles")?;
        let [addressed, tiles, contents] = [next(), next(), next()];

        check_limit("bytes of header and root directory", root.end, HEAD_BYTES)?;
        check_limit("bytes of metadata", metadata.end - metadata.start, MAX_METADATA_BYTES)?;
        check_limit("tiles", tiles, MAX_TILES)?;
        check_limit("bytes of leaf directories", leaves.end - leaves.start, MAX_LEAF_BYTES_PER_TILE * tiles)?;
        check_limit("different tiles", contents, tiles.min(data.end - data.start))?;
        if addressed != tiles {
            return Err(unsupported(format!("{addressed} tiles by {tiles} entries: there are runs")));
        }
        Ok(Self { root, metadata, leaves, data, tiles, contents, tile_type, min_level, depth })
    }

    pub(super) fn format(&self) -> Option<TileFormat> {
        TileFormat::ALL.into_iter().find(|format| tile_type(*format) == self.tile_type)
    }
}
