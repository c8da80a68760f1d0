//! One directory of an archive, the root or a leaf.

use std::ops::Range;

use super::{error::ArchiveError, tile_id::TileId, varint};

/// Where a tile lies in the tile data, or a leaf directory among the leaf directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The tile, or the first tile of the leaf directory.
    pub(super) id: TileId,
    /// In bytes, as is the length.
    pub(super) offset: u64,
    pub(super) length: u32,
}

impl Entry {
    /// The bytes, counted as the offset is.
    pub(super) fn range(&self) -> Range<u64> {
        self.offset..self.offset + u64::from(self.length)
    }
}

/// What all entries of a directory are about, by the run length that PMTiles gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Leaves = 0,
    Tiles = 1,
}

/// The bytes of a directory, by PMTiles 3, 4.2 "Encoding".
pub(super) fn encode(entries: &[Entry], kind: Kind) -> Vec<u8> {
    let mut out = Vec::new();
    varint::write(&mut out, entries.len() as u64);
    let mut last = 0;
    for entry in entries {
        varint::write(&mut out, entry.id.number() - last);
        last = entry.id.number();
    }
    out.resize(out.len() + entries.len(), kind as u8);
    for entry in entries {
        varint::write(&mut out, u64::from(entry.length));
    }
    let mut expected = None;
    for entry in entries {
        let follows = expected == Some(entry.offset);
        varint::write(&mut out, if follows { 0 } else { entry.offset + 1 });
        expected = Some(entry.offset + u64::from(entry.length));
    }
    out
}

/// The entries of a directory; `part` is what errors call it.
///
/// They are sorted, and no entry is empty or ends beyond 2⁶⁴; whether there is anything where they point is not known here.
pub(super) fn parse(bytes: &[u8], part: &'static str) -> Result<(Kind, Vec<Entry>), ArchiveError> {
    let damaged = |problem: &str| ArchiveError::damaged(part, problem);
    let mut input = bytes;
    let mut next = || varint::read(&mut input).ok_or_else(|| damaged("it ends early, or a number has over 64 bits"));

    let count = next()?;
    // Each entry has four numbers of a byte or more.
    if count == 0 || count > bytes.len() as u64 / 4 {
        return Err(damaged(&format!("{count} entries in {} bytes", bytes.len())));
    }
    let mut entries = Vec::with_capacity(count as usize);
    let mut number = 0_u64;
    for index in 0..count {
        let step = next()?;
        if index > 0 && step == 0 {
            return Err(damaged("a tile is listed twice"));
        }
        number = number.checked_add(step).ok_or_else(|| damaged("a tile id overflows"))?;
        let id = TileId::new(number).ok_or_else(|| damaged("a tile id is beyond the deepest level"))?;
        entries.push(Entry { id, offset: 0, length: 0 });
    }
    let kind = match next()? {
        0 => Kind::Leaves,
        1 => Kind::Tiles,
        run => return Err(ArchiveError::Unsupported(format!("{part} has a run of {run} tiles"))),
    };
    for _ in 1..count {
        if next()? != kind as u64 {
            let problem = format!("{part} has runs of tiles, or mixes tiles and leaf directories");
            return Err(ArchiveError::Unsupported(problem));
        }
    }
    for entry in &mut entries {
        entry.length = u32::try_from(next()?).map_err(|_| damaged("an entry is longer than 4 GiB"))?;
        if entry.length == 0 {
            return Err(damaged("an entry is empty"));
        }
    }
    let mut end_of_last = None;
    for entry in &mut entries {
        entry.offset = match (next()?, end_of_last) {
            (0, Some(end)) => end,
            (0, None) => return Err(damaged("the first entry has no offset")),
            (offset, _) => offset - 1,
        };
        let end = entry.offset.checked_add(u64::from(entry.length));
        end_of_last = Some(end.ok_or_else(|| damaged("an offset overflows"))?);
    }
    if !input.is_empty() {
        return Err(damaged(&format!("{} bytes too many", input.len())));
    }
    Ok((kind, entries))
}
