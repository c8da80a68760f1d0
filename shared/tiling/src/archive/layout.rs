//! Which tile lies where in the data of an archive.

use std::collections::HashMap;

use super::{apex, digests::Digests, directory::Entry, tile_id::TileId};

/// The place of every tile, by the rules of the module above.
pub(super) struct Layout {
    /// One for each tile, by tile id.
    pub(super) entries: Vec<Entry>,
    /// The entries whose bytes are stored, in the order in which they are.
    pub(super) stored: Vec<u32>,
    pub(super) data_bytes: u64,
}

impl Layout {
    pub(super) fn new(digests: &Digests, depth: u32) -> Self {
        let records = || digests.records();
        let groups: Vec<u64> = records().map(|record| group(record.id, apex(depth))).collect();
        let mut order: Vec<u32> = (0..groups.len() as u32).collect();
        // Stable: in a group they stay sorted by id.
        order.sort_by_key(|index| groups[*index as usize]);

        let mut entries: Vec<Entry> =
            records().map(|record| Entry { id: record.id, offset: 0, length: record.length }).collect();
        let mut stored = Vec::new();
        let mut data_bytes = 0;
        let mut in_group = HashMap::new();
        for same_group in order.chunk_by(|one, other| groups[*one as usize] == groups[*other as usize]) {
            in_group.clear();
            for &index in same_group {
                let record = digests.record(index as usize);
                let offset = *in_group.entry((record.sha256, record.length)).or_insert_with(|| {
                    stored.push(index);
                    let offset = data_bytes;
                    data_bytes += u64::from(record.length);
                    offset
                });
                entries[index as usize].offset = offset;
            }
        }
        Self { entries, stored, data_bytes }
    }
}

/// What a tile shares its data with: the number of its subtree, or the last number for the levels above all subtrees.
fn group(id: TileId, apex: u32) -> u64 {
    id.level().checked_sub(apex).map_or(u64::MAX, |levels| id.ancestor_index(levels))
}
