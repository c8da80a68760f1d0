//! Archives of made-up tiles.

#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "each test program uses a part of this")]

use std::collections::BTreeMap;

use skyfeed_tiling::{
    archive::{ArchiveBuilder, ArchiveError, Head, Index, Summary},
    pixels::{TileFormat, TilePos},
};

pub(crate) const METADATA: &[u8] = br#"{"width":1,"warnings":[]}"#;

pub(crate) type Tiles = BTreeMap<TilePos, Vec<u8>>;

pub(crate) fn at(level: u32, x: u32, y: u32) -> TilePos {
    TilePos { level, x, y }
}

/// A file of 1 to 40 bytes that no other tile has.
pub(crate) fn file_of(tile: TilePos) -> Vec<u8> {
    let name = tile.flat_name().into_bytes();
    let length = name.len() + ((tile.x * 7 + tile.y * 13 + tile.level) % 30) as usize;
    name.into_iter().cycle().take(length).collect()
}

/// All tiles of a pyramid that `keep`s them.
pub(crate) fn pyramid(depth: u32, keep: impl Fn(TilePos) -> bool) -> Tiles {
    let levels = (0..=depth).flat_map(|level| (0..1 << level).map(move |y| (level, y)));
    let tiles = levels.flat_map(|(level, y)| (0..1 << level).map(move |x| at(level, x, y)));
    tiles.filter(|tile| keep(*tile)).map(|tile| (tile, file_of(tile))).collect()
}

pub(crate) fn builder(depth: u32) -> ArchiveBuilder {
    ArchiveBuilder::new(tempfile::tempfile().unwrap(), depth, TileFormat::Png).unwrap()
}

/// The archive of `tiles`, which come in the order of `tiles`.
pub(crate) fn archive<'a>(
    depth: u32,
    tiles: impl IntoIterator<Item = (&'a TilePos, &'a Vec<u8>)>,
) -> (Vec<u8>, Summary) {
    let builder = builder(depth);
    for (tile, file) in tiles {
        builder.add(*tile, file).unwrap();
    }
    let mut bytes = Vec::new();
    let summary = builder.finish(METADATA, &mut bytes).unwrap();
    assert_eq!(summary.archive_bytes, bytes.len() as u64);
    (bytes, summary)
}

/// Reads an archive as a client does: its head, and then what the head asks for.
pub(crate) fn try_to_read(archive: &[u8]) -> Result<Index, ArchiveError> {
    let head = Head::parse(&archive[..archive.len().min(Head::BYTES)], archive.len() as u64)?;
    let leaves = head.leaves();
    head.into_index(&archive[leaves.start as usize..leaves.end as usize])
}

pub(crate) fn read(archive: &[u8]) -> Index {
    try_to_read(archive).unwrap()
}

/// The tiles in the order in which their files lie.
pub(crate) fn data_order(archive: &[u8]) -> Vec<TilePos> {
    read(archive).stored().map(|stored| stored.tiles().next().unwrap()).collect()
}

/// Xorshift, so that every run makes the same choices.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}
