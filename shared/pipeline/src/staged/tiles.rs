//! The tiles of a study, each checked against what was staged before anybody gets it.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use skyfeed_ports::store::Store;

use super::{StoredArchive, Study, StudyTiles, first_edition::LooseTile};
use crate::{blocking, error::StepError, layout, objects::sha256_hex};

/// Loose tiles that are read at a time.
const LOOSE_IN_FLIGHT: usize = 64;
/// Pieces of an archive that are read at a time: one is handed out while the next is read.
const BATCHES_IN_FLIGHT: usize = 2;

/// A tile that is what was staged.
#[derive(Clone, Debug)]
pub struct CheckedTile {
    /// Its name, such as `L3X1Y2.png`.
    pub name: String,
    /// Its file.
    pub bytes: Bytes,
}

/// Reads the tiles of a study, in the form of either edition.
#[derive(Clone, Debug)]
pub enum TileReader {
    /// From an archive.
    Archive {
        /// The archive.
        archive: StoredArchive,
        /// The study.
        study: Arc<Study>,
    },
    /// One by one, as the first edition has them.
    Loose {
        /// The work store.
        work: Arc<dyn Store>,
        /// The study.
        study: Arc<Study>,
    },
}

impl TileReader {
    /// Opens the tiles of a study.
    ///
    /// # Errors
    /// The archive is gone, damaged, or not what was staged; or the store failed.
    pub async fn open(work: &Arc<dyn Store>, study: &Study) -> Result<Self, StepError> {
        let owned = Arc::new(study.clone());
        Ok(match study.tiles {
            StudyTiles::Archive(_) => Self::Archive { archive: StoredArchive::open(work, study).await?, study: owned },
            StudyTiles::Loose { .. } => Self::Loose { work: Arc::clone(work), study: owned },
        })
    }

    /// Reads one tile by its name; `None` if the study has none of that name.
    ///
    /// # Errors
    /// It is gone or not what was staged; or the store failed.
    pub async fn tile(&self, name: &str) -> Result<Option<Bytes>, StepError> {
        match self {
            Self::Archive { archive, study } => match layout::tile_of_name(name) {
                Some((tile, format)) if format == study.tile_format() => archive.tile(tile).await,
                _ => Ok(None),
            },
            Self::Loose { work, study } => {
                let StudyTiles::Loose { tiles, .. } = &study.tiles else { return Ok(None) };
                let Some(tile) = tiles.iter().find(|tile| tile.name == name) else { return Ok(None) };
                loose(&**work, study, tile).await.map(|tile| Some(tile.bytes))
            }
        }
    }

    /// Every tile once.
    pub fn all(&self) -> BoxStream<'_, Result<CheckedTile, StepError>> {
        match self {
            Self::Archive { archive, study } => {
                let format = study.tile_format();
                let name = move |(tile, bytes)| CheckedTile { name: layout::tile(tile, format), bytes };
                stream::iter(archive.batches())
                    .map(|batch| archive.read(batch))
                    .buffered(BATCHES_IN_FLIGHT)
                    .map_ok(move |tiles| stream::iter(tiles.into_iter().map(move |tile| Ok(name(tile)))))
                    .try_flatten()
                    .boxed()
            }
            Self::Loose { work, study } => {
                let StudyTiles::Loose { tiles, .. } = &study.tiles else { return stream::empty().boxed() };
                stream::iter(tiles).map(|tile| loose(&**work, study, tile)).buffer_unordered(LOOSE_IN_FLIGHT).boxed()
            }
        }
    }
}

async fn loose(work: &dyn Store, study: &Study, tile: &LooseTile) -> Result<CheckedTile, StepError> {
    let key = format!("{}{}", study.pixels_folder(), tile.name);
    let object = work.get(&key).await?.ok_or_else(|| StepError::altered(&key))?;
    let (bytes, expected) = (object.bytes.clone(), tile.sha256.clone());
    let digest = blocking::run(move || sha256_hex(&bytes)).await;
    if digest.map_err(|ended| StepError::ended("checking a tile", ended))? != expected {
        return Err(StepError::altered(&key));
    }
    Ok(CheckedTile { name: tile.name.clone(), bytes: object.bytes })
}
