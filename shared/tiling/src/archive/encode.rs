//! What is before the tiles in an archive: header, directories and metadata.

use super::{
    MAX_METADATA_BYTES, MAX_TILES,
    digests::Digests,
    directory::{self, Entry, Kind},
    error::{ArchiveError, check_limit},
    header::{HEAD_BYTES, HEADER_BYTES, Header, tile_type},
    layout::Layout,
    tile_id::MAX_LEVEL,
};
use crate::pixels::TileFormat;

const MAX_ROOT_BYTES: usize = (HEAD_BYTES - HEADER_BYTES) as usize;
/// Entries of the smallest leaf directories.
const LEAF_ENTRIES: usize = 4096;

impl Digests {
    /// All bytes of the archive that has these tiles, up to the first byte of a tile.
    ///
    /// They need no tile, so pieces of data that were made in different places can be joined behind them.
    ///
    /// # Errors
    /// [`ArchiveError::OutsidePyramid`] if `depth`, the deepest level, is less than that of a tile; [`ArchiveError::Limit`] if it
    /// exceeds 31, or `metadata` 1 MiB.
    pub fn archive_head(&self, depth: u32, format: TileFormat, metadata: &[u8]) -> Result<Vec<u8>, ArchiveError> {
        head(self, &Layout::new(self, depth), depth, format, metadata)
    }
}

pub(super) fn head(
    digests: &Digests,
    layout: &Layout,
    depth: u32,
    format: TileFormat,
    metadata: &[u8],
) -> Result<Vec<u8>, ArchiveError> {
    check_limit("levels below the first", u64::from(depth), u64::from(MAX_LEVEL))?;
    check_limit("tiles", layout.entries.len() as u64, MAX_TILES)?;
    check_limit("bytes of metadata", metadata.len() as u64, MAX_METADATA_BYTES)?;
    let (Some(first), Some(last)) = (digests.records().next(), digests.records().next_back()) else {
        return Err(ArchiveError::NoTiles);
    };
    if last.id.level() > depth {
        return Err(ArchiveError::OutsidePyramid { tile: last.id.tile(), depth });
    }
    let (root, leaves) = directories(&layout.entries);
    let mut end = HEADER_BYTES;
    let mut section = |bytes: u64| {
        let start = end;
        end += bytes;
        start..end
    };
    let header = Header {
        root: section(root.len() as u64),
        metadata: section(metadata.len() as u64),
        leaves: section(leaves.len() as u64),
        data: section(layout.data_bytes),
        tiles: layout.entries.len() as u64,
        contents: layout.stored.len() as u64,
        tile_type: tile_type(format),
        min_level: first.id.level() as u8,
        depth: depth as u8,
    };
    Ok([header.encode(), root, metadata.to_vec(), leaves].concat())
}

/// The root directory, and the leaf directories if there are too many entries for one.
fn directories(entries: &[Entry]) -> (Vec<u8>, Vec<u8>) {
    let root = directory::encode(entries, Kind::Tiles);
    if root.len() <= MAX_ROOT_BYTES {
        return (root, Vec::new());
    }
    let mut leaf_entries = LEAF_ENTRIES;
    loop {
        let (root, leaves) = with_leaves(entries, leaf_entries);
        if root.len() <= MAX_ROOT_BYTES {
            return (root, leaves);
        }
        leaf_entries *= 2;
    }
}

fn with_leaves(entries: &[Entry], leaf_entries: usize) -> (Vec<u8>, Vec<u8>) {
    let mut leaves = Vec::new();
    let mut root = Vec::new();
    for part in entries.chunks(leaf_entries) {
        let leaf = directory::encode(part, Kind::Tiles);
        root.push(Entry { id: part[0].id, offset: leaves.len() as u64, length: leaf.len() as u32 });
        leaves.extend(leaf);
    }
    (directory::encode(&root, Kind::Leaves), leaves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tile_id::TileId;

    #[test]
    fn leaves_grow_until_the_root_holds_them() {
        let entries = |count: u64| -> Vec<Entry> {
            // So far apart that an entry of the root takes as many bytes as it ever does.
            let entry = |at| Entry { id: TileId::of_valid(at << 41), offset: at * 90_000, length: 90_000 };
            (0..count).map(entry).collect()
        };
        let leaves = |entries: &[Entry]| {
            let (root, leaves) = directories(entries);
            assert!(root.len() <= MAX_ROOT_BYTES);
            (directory::parse(&root, "the root").unwrap(), leaves.len())
        };
        let ((kind, found), none) = leaves(&entries(1000));
        assert_eq!((kind, found, none), (Kind::Tiles, entries(1000), 0));
        for (count, leaf_entries) in [(5000, 4096), (2_000_000, 4096), (2_090_000, 4096)] {
            let ((kind, found), _) = leaves(&entries(count));
            assert_eq!((kind, found.len() as u64), (Kind::Leaves, count.div_ceil(leaf_entries)));
        }
    }
}
