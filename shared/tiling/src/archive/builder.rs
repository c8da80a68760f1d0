//! Gathers the tiles of a pyramid and writes them as one archive.

use std::{
    fs::File,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use super::{
    MAX_TILES,
    digests::{Digests, Record},
    encode,
    error::{ArchiveError, check_limit},
    layout::Layout,
    spool::Spool,
    tile_id::{MAX_LEVEL, TileId},
};
use crate::pixels::{TileFormat, TilePos};

/// Takes tiles in any order, from any number of threads, and makes an archive of them.
///
/// The tiles wait in a file; for each, about 60 bytes are in memory. The [module](super) has an example.
pub struct ArchiveBuilder {
    depth: u32,
    format: TileFormat,
    gathered: Mutex<Gathered>,
}

struct Gathered {
    spool: Spool,
    tiles: Vec<Tile>,
}

/// A tile in the spool.
struct Tile {
    record: Record,
    at: u64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The tiles of the archive.
    pub digests: Digests,
    /// Size of the archive.
    pub archive_bytes: u64,
}

impl ArchiveBuilder {
    /// Begins the archive of a pyramid whose deepest level is `depth`, 0 to 31.
    ///
    /// `spool` is an empty file, open for reading and writing and not for appending, that nobody else uses; removing it is up to the caller.
    ///
    /// # Errors
    /// [`ArchiveError::Limit`] if there cannot be such a pyramid.
    pub fn new(spool: File, depth: u32, format: TileFormat) -> Result<Self, ArchiveError> {
        check_limit("levels below the first", u64::from(depth), u64::from(MAX_LEVEL))?;
        let gathered = Gathered { spool: Spool::new(spool), tiles: Vec::new() };
        Ok(Self { depth, format, gathered: Mutex::new(gathered) })
    }

    /// Takes the file of one tile. That none comes twice is checked at the end.
    ///
    /// # Errors
    /// Those of the spool. An error of the kind `InvalidInput`, around an [`ArchiveError`], says that the tile is empty or outside the
    /// pyramid, has 4 GiB or more, or is beyond the [`MAX_TILES`]th. Nothing is kept of a tile that was refused.
    pub fn add(&self, tile: TilePos, bytes: &[u8]) -> io::Result<()> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let (id, length) = self.checked(tile, bytes).map_err(invalid)?;
        let record = Record { id, length, sha256: Sha256::digest(bytes).into() };
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        check_limit("tiles", gathered.tiles.len() as u64 + 1, MAX_TILES).map_err(invalid)?;
        let at = gathered.spool.append(bytes)?;
        gathered.tiles.push(Tile { record, at });
        Ok(())
    }

    fn checked(&self, tile: TilePos, bytes: &[u8]) -> Result<(TileId, u32), ArchiveError> {
        let id = TileId::of(tile).filter(|_| tile.level <= self.depth);
        let id = id.ok_or(ArchiveError::OutsidePyramid { tile, depth: self.depth })?;
        check_limit("bytes of a tile", bytes.len() as u64, u64::from(u32::MAX))?;
        if bytes.is_empty() {
            return Err(ArchiveError::EmptyTile(tile));
        }
        Ok((id, bytes.len() as u32))
    }

    /// Writes the archive, from its first byte to its last. Beside the directories, it takes a megabyte of memory.
    ///
    /// `metadata` is a JSON object of at most 1 MiB, as PMTiles asks; it is not looked into.
    ///
    /// # Errors
    /// [`ArchiveError::TileTwice`], [`ArchiveError::NoTiles`], or [`ArchiveError::Limit`] for metadata, and then nothing was written;
    /// [`ArchiveError::Io`] if the spool or `out` failed.
    pub fn finish(self, metadata: &[u8], out: &mut impl Write) -> Result<Summary, ArchiveError> {
        let gathered = self.gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Gathered { mut spool, mut tiles } = gathered;
        tiles.sort_unstable_by_key(|tile| tile.record.id);
        if let Some([tile, _]) = tiles.array_windows().find(|[one, next]| one.record.id == next.record.id) {
            return Err(ArchiveError::TileTwice(tile.record.id.tile()));
        }
        let digests = Digests::of_sorted(tiles.iter().map(|tile| tile.record));
        let layout = Layout::new(&digests, self.depth);
        let head = encode::head(&digests, &layout, self.depth, self.format, metadata)?;
        out.write_all(&head)?;
        let pieces = layout.stored.iter().map(|index| {
            let Tile { record, at } = &tiles[*index as usize];
            *at..*at + u64::from(record.length)
        });
        spool.copy(pieces, out)?;
        Ok(Summary { digests, archive_bytes: head.len() as u64 + layout.data_bytes })
    }
}
