//! An archive of tiles in the work store, read by ranges.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use skyfeed_ports::store::Store;
use skyfeed_tiling::{
    archive::{ArchiveError, Digests, Head, Index},
    pixels::TilePos,
};

use super::{Study, StudyTiles};
use crate::{blocking, error::StepError, layout};

/// How many bytes of an archive are read at a time by who goes through the whole.
const BATCH_BYTES: u64 = 16 << 20;

/// An archive whose list of digests is that of the manifest.
#[derive(Clone, Debug)]
pub struct StoredArchive {
    work: Arc<dyn Store>,
    key: String,
    index: Arc<Index>,
    digests: Arc<Digests>,
}

/// Tiles that lie next to each other in an archive.
pub(super) struct Batch {
    range: Range<u64>,
    /// The place of each file in the archive, and the tiles that it is.
    files: Vec<(Range<u64>, Vec<TilePos>)>,
}

impl StoredArchive {
    /// Opens the archive of a study, with a handful of requests; tiles are not read.
    ///
    /// # Errors
    /// The archive or its list of digests is gone, damaged, or not what was staged; or the store failed.
    pub async fn open(work: &Arc<dyn Store>, study: &Study) -> Result<Self, StepError> {
        let StudyTiles::Archive(tiles) = &study.tiles else {
            return Err(StepError::Missing(format!("`{}` has no archive: its tiles are loose", study.id)));
        };
        let folder = study.pixels_folder();
        let digests_key = format!("{folder}{}", layout::DIGESTS);
        let digests = read_digests(&**work, &digests_key).await?;
        if hex::encode(digests.sha256()) != tiles.digests_sha256 {
            return Err(StepError::altered(&digests_key));
        }
        let key = format!("{folder}{}", layout::ARCHIVE);
        let index = read_index(&**work, &key).await?;
        // Also the lengths, before anybody reads by them.
        let has_length = |tile, length| digests.get(tile).is_some_and(|digest| u64::from(digest.length) == length);
        let same = |stored: skyfeed_tiling::archive::Stored<'_>| {
            let length = stored.range.end - stored.range.start;
            stored.tiles().all(|tile| has_length(tile, length))
        };
        if index.tile_count() != digests.tile_count() || !index.stored().all(same) {
            return Err(StepError::altered(&key));
        }
        Ok(Self { work: Arc::clone(work), key, index: Arc::new(index), digests: Arc::new(digests) })
    }

    /// Reads one tile and checks it; `None` if there is none here.
    ///
    /// # Errors
    /// The archive is gone, or the tile is not what was staged; or the store failed.
    pub async fn tile(&self, tile: TilePos) -> Result<Option<Bytes>, StepError> {
        let Some(range) = self.index.find(tile) else { return Ok(None) };
        let bytes = self.range(range).await?;
        self.check(tile, &bytes)?;
        Ok(Some(bytes))
    }

    /// All tiles, in the order in which they lie, as pieces to be read one by one.
    pub(super) fn batches(&self) -> Vec<Batch> {
        let mut batches: Vec<Batch> = Vec::new();
        for stored in self.index.stored() {
            let (range, tiles) = (stored.range.clone(), stored.tiles().collect());
            match batches.last_mut() {
                Some(batch) if range.end - batch.range.start <= BATCH_BYTES => {
                    batch.range.end = batch.range.end.max(range.end);
                    batch.files.push((range, tiles));
                }
                _ => batches.push(Batch { range: range.clone(), files: vec![(range, tiles)] }),
            }
        }
        batches
    }

    /// Reads a batch and checks every tile of it, where that holds up nobody.
    pub(super) async fn read(&self, batch: Batch) -> Result<Vec<(TilePos, Bytes)>, StepError> {
        let bytes = self.range(batch.range.clone()).await?;
        let archive = self.clone();
        let checked = blocking::run(move || {
            let mut tiles = Vec::new();
            for (range, places) in batch.files {
                let at =
                    |offset: u64| usize::try_from(offset - batch.range.start).unwrap_or(usize::MAX).min(bytes.len());
                let file = bytes.slice(at(range.start)..at(range.end));
                for tile in places {
                    archive.check(tile, &file)?;
                    tiles.push((tile, file.clone()));
                }
            }
            Ok(tiles)
        });
        checked.await.map_err(|ended| StepError::ended("checking tiles", ended))?
    }

    async fn range(&self, range: Range<u64>) -> Result<Bytes, StepError> {
        let bytes = self.work.get_range(&self.key, range).await?;
        bytes.ok_or_else(|| StepError::gone(&self.key))
    }

    fn check(&self, tile: TilePos, bytes: &[u8]) -> Result<(), StepError> {
        if self.digests.is_of(tile, bytes) {
            return Ok(());
        }
        Err(StepError::altered(&format!("{} ({})", self.key, tile.flat_name())))
    }
}

/// Reads a list of digests.
pub(crate) async fn read_digests(work: &dyn Store, key: &str) -> Result<Digests, StepError> {
    let object = work.get(key).await?.ok_or_else(|| StepError::gone(key))?;
    Digests::parse(object.bytes.to_vec()).map_err(|source| archive_error(key, source))
}

async fn read_index(work: &dyn Store, key: &str) -> Result<Index, StepError> {
    let head = read_head(work, key).await?;
    let leaves = head.leaves();
    let bytes = if leaves.is_empty() { Bytes::new() } else { work.get_range(key, leaves).await?.unwrap_or_default() };
    head.into_index(&bytes).map_err(|source| archive_error(key, source))
}

/// Reads the beginning of an archive.
pub(crate) async fn read_head(work: &dyn Store, key: &str) -> Result<Head, StepError> {
    let gone = || StepError::gone(key);
    let meta = work.head(key).await?.ok_or_else(gone)?;
    let head = work.get_range(key, 0..Head::BYTES as u64).await?.ok_or_else(gone)?;
    Head::parse(&head, meta.size_bytes).map_err(|source| archive_error(key, source))
}

pub(crate) fn archive_error(key: &str, source: ArchiveError) -> StepError {
    StepError::Archive { key: key.to_owned(), source }
}
