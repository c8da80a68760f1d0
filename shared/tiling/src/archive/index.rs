//! Where the tiles of an archive are.

use std::ops::Range;

use super::{directory::Entry, error::ArchiveError, header::Header, tile_id::TileId};
use crate::pixels::{TileFormat, TilePos};

const PART: &str = "a directory of the archive";

/// The place of every tile of an archive, in memory.
///
/// [`Head`](super::Head) says how to get one.
#[derive(Clone, Debug)]
pub struct Index {
    header: Header,
    /// By tile id. Offsets count from the start of the archive.
    entries: Vec<Entry>,
    /// The entries in the order of their data.
    order: Vec<u32>,
}

/// A file in the data of an archive.
#[derive(Clone, Debug)]
pub struct Stored<'a> {
    /// Its bytes, counted from the start of the archive.
    pub range: Range<u64>,
    entries: &'a [Entry],
    sharing: &'a [u32],
}

impl Index {
    /// `entries` are sorted, their offsets still those in the data section.
    pub(super) fn new(header: Header, mut entries: Vec<Entry>) -> Result<Self, ArchiveError> {
        let damaged = |problem: String| ArchiveError::damaged(PART, problem);
        if entries.len() as u64 != header.tiles {
            return Err(damaged(format!("there are {} entries, not {}", entries.len(), header.tiles)));
        }
        for entry in &mut entries {
            let name = || entry.id.tile().flat_name();
            if !(u32::from(header.min_level)..=u32::from(header.depth)).contains(&entry.id.level()) {
                return Err(damaged(format!("the tile {} is on none of the archive's levels", name())));
            }
            let end = header.data.start.checked_add(entry.offset).and_then(|at| at.checked_add(entry.length.into()));
            if end.is_none_or(|end| end > header.data.end) {
                return Err(damaged(format!("the tile {} is outside the data", name())));
            }
            entry.offset += header.data.start;
        }
        let mut order: Vec<u32> = (0..entries.len() as u32).collect();
        order.sort_by_key(|index| entries[*index as usize].offset);
        let index = Self { header, entries, order };
        index.check_data()?;
        Ok(index)
    }

    /// Tiles share all bytes or none.
    fn check_data(&self) -> Result<(), ArchiveError> {
        let (mut end_of_last, mut contents) = (0, 0);
        for stored in self.stored() {
            let tile = || stored.tiles().next().map(TilePos::flat_name).unwrap_or_default();
            if stored.range.start < end_of_last {
                return Err(ArchiveError::damaged(PART, format!("the tile {} overlaps another", tile())));
            }
            end_of_last = stored.range.end;
            contents += 1;
        }
        if contents != self.header.contents {
            let problem = format!("there are {contents} different tiles, not {}", self.header.contents);
            return Err(ArchiveError::damaged(PART, problem));
        }
        Ok(())
    }

    /// The bytes of the archive that are `tile`, or `None` if it has no such tile.
    pub fn find(&self, tile: TilePos) -> Option<Range<u64>> {
        let id = TileId::of(tile)?;
        let found = self.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        Some(self.entries[found].range())
    }

    /// Every file in the data once, in the order in which they lie: what a reader needs that goes through the archive from front to back.
    pub fn stored(&self) -> impl Iterator<Item = Stored<'_>> {
        let entries = self.entries.as_slice();
        let range = |index: &u32| entries[*index as usize].range();
        self.order.chunk_by(move |one, next| range(one) == range(next)).map(move |sharing| Stored {
            range: range(&sharing[0]),
            entries,
            sharing,
        })
    }

    /// The number of tiles, equal ones counted each.
    pub fn tile_count(&self) -> u64 {
        self.header.tiles
    }

    /// Where the metadata is: within the archive, and at most 1 MiB.
    pub fn metadata(&self) -> Range<u64> {
        self.header.metadata.clone()
    }

    /// The deepest level of the pyramid, 0 to 31.
    pub fn depth(&self) -> u32 {
        u32::from(self.header.depth)
    }

    /// What kind of files the tiles are; `None` for one that is not known here.
    pub fn format(&self) -> Option<TileFormat> {
        self.header.format()
    }
}

impl Stored<'_> {
    /// The tiles that are this file, by tile id; one or more.
    pub fn tiles(&self) -> impl ExactSizeIterator<Item = TilePos> {
        self.sharing.iter().map(|index| self.entries[*index as usize].id.tile())
    }
}
