//! The list of what an archive holds, which is published beside it.

use sha2::{Digest, Sha256};

use super::{
    MAX_TILES,
    error::{ArchiveError, check_limit},
    tile_id::TileId,
};
use crate::pixels::TilePos;

/// Names the format and its version.
const MAGIC: &[u8] = b"skyfeed tile digests 1\n";
/// Tile id (8 bytes), length (4 bytes), both little-endian, and SHA-256.
const RECORD_BYTES: usize = 8 + 4 + 32;
const PART: &str = "the list of tile digests";

/// Length and SHA-256 of every tile of an archive.
///
/// In bytes: the line `skyfeed tile digests 1`, and for each tile 44 bytes, sorted by tile id: the id that PMTiles gives it (64 bits), the
/// length of its file in bytes (32 bits), both little-endian, and the SHA-256 of its file. The list lies in memory as these bytes.
///
/// ```
/// use skyfeed_tiling::{
///     archive::{ArchiveBuilder, Digests},
///     pixels::{TileFormat, TilePos},
/// };
///
/// let tile = TilePos { level: 0, x: 0, y: 0 };
/// let builder = ArchiveBuilder::new(tempfile::tempfile()?, 0, TileFormat::Png)?;
/// builder.add(tile, b"a file")?;
/// let digests = builder.finish(b"{}", &mut Vec::new())?.digests;
/// let again = Digests::parse(digests.as_bytes())?;
/// assert_eq!(again.get(tile).map(|digest| digest.length), Some(6));
/// assert!(again.is_of(tile, b"a file") && !again.is_of(tile, b"a pile"));
/// assert_eq!(again.sha256(), digests.sha256());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    bytes: Vec<u8>,
}

/// One tile of [`Digests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileDigest {
    /// The tile.
    pub tile: TilePos,
    /// Length of its file in bytes, at least 1.
    pub length: u32,
    /// SHA-256 of its file.
    pub sha256: [u8; 32],
}

/// A tile by its id.
#[derive(Clone, Copy)]
pub(super) struct Record {
    pub(super) id: TileId,
    pub(super) length: u32,
    pub(super) sha256: [u8; 32],
}

impl Digests {
    /// The list of `records`, which are sorted and sound.
    pub(super) fn of_sorted(records: impl ExactSizeIterator<Item = Record>) -> Self {
        let mut bytes = Vec::with_capacity(MAGIC.len() + RECORD_BYTES * records.len());
        bytes.extend(MAGIC);
        for Record { id, length, sha256 } in records {
            bytes.extend(id.number().to_le_bytes());
            bytes.extend(length.to_le_bytes());
            bytes.extend(sha256);
        }
        Self { bytes }
    }

    /// Reads a list, and refuses one that this module would not write. It takes the memory of `bytes` and no more.
    ///
    /// # Errors
    /// [`ArchiveError::Unsupported`] for other files and other versions; [`ArchiveError::Damaged`] if the list ends early, is not sorted,
    /// names a tile twice or one that cannot be, or has an empty tile; [`ArchiveError::NoTiles`]; [`ArchiveError::Limit`] for more than
    /// [`MAX_TILES`].
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, ArchiveError> {
        let bytes = bytes.into();
        let damaged = |problem: &str| ArchiveError::damaged(PART, problem);
        let records = bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| ArchiveError::Unsupported(format!("{PART} does not begin with its name and version 1")))?;
        let (records, rest) = records.as_chunks::<RECORD_BYTES>();
        check_limit("tiles", records.len() as u64, MAX_TILES)?;
        if !rest.is_empty() {
            return Err(damaged("it ends early"));
        }
        let mut last = None;
        for record in records {
            let (number, length, _) = fields(record);
            if TileId::new(number).is_none() {
                return Err(damaged("a tile id is beyond the deepest level"));
            }
            if last >= Some(number) {
                return Err(damaged("it is not sorted, or names a tile twice"));
            }
            if length == 0 {
                return Err(damaged("a tile is empty"));
            }
            last = Some(number);
        }
        if last.is_none() {
            return Err(ArchiveError::NoTiles);
        }
        Ok(Self { bytes })
    }

    /// The list as it is published.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the list, which names the tiles of an archive, though not its metadata.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }

    /// The number of tiles, at least 1.
    pub fn tile_count(&self) -> u64 {
        self.chunks().len() as u64
    }

    /// What is known of `tile`, found by halving; `None` if the archive does not have it.
    pub fn get(&self, tile: TilePos) -> Option<TileDigest> {
        let wanted = TileId::of(tile)?;
        let found = self.chunks().binary_search_by_key(&wanted.number(), |chunk| fields(chunk).0).ok()?;
        Some(self.record(found).into())
    }

    /// Whether `bytes` are the file of `tile`; of a tile that the archive does not have, nothing is.
    pub fn is_of(&self, tile: TilePos, bytes: &[u8]) -> bool {
        let is_listed = |listed: TileDigest| {
            u64::from(listed.length) == bytes.len() as u64 && listed.sha256 == <[u8; 32]>::from(Sha256::digest(bytes))
        };
        self.get(tile).is_some_and(is_listed)
    }

    /// All tiles, by tile id: level by level, from the top.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = TileDigest> {
        self.records().map(TileDigest::from)
    }

    pub(super) fn records(&self) -> impl ExactSizeIterator<Item = Record> + DoubleEndedIterator {
        self.chunks().iter().map(Record::of)
    }

    pub(super) fn record(&self, index: usize) -> Record {
        Record::of(&self.chunks()[index])
    }

    fn chunks(&self) -> &[[u8; RECORD_BYTES]] {
        self.bytes[MAGIC.len()..].as_chunks().0
    }
}

fn fields(record: &[u8; RECORD_BYTES]) -> (u64, u32, [u8; 32]) {
    let [i0, i1, i2, i3, i4, i5, i6, i7, l0, l1, l2, l3, sha256 @ ..] = *record;
    (u64::from_le_bytes([i0, i1, i2, i3, i4, i5, i6, i7]), u32::from_le_bytes([l0, l1, l2, l3]), sha256)
}

impl Record {
    fn of(record: &[u8; RECORD_BYTES]) -> Self {
        let (number, length, sha256) = fields(record);
        Self { id: TileId::of_valid(number), length, sha256 }
    }
}

impl From<Record> for TileDigest {
    fn from(Record { id, length, sha256 }: Record) -> Self {
        Self { tile: id.tile(), length, sha256 }
    }
}
