//! The tiles of an image: made once, and found again as long as nothing changes that touches a pixel.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use skyfeed_ports::store::{Body, Condition, Headers};
use skyfeed_tiling::{
    archive::{ArchiveBuilder, ArchiveError, Digests},
    pixels::{ImageFile, PixelError, Pyramid, PyramidOptions, ReadOptions, Size, Study, TileFormat, make_pyramid},
};

use crate::{
    blocking::{self, Ended, GivenUp},
    budget::Taken,
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    names::Pixels,
    objects::{PRIVATE_JSON, sha256_hex},
    record::Tiles,
    staged::{self, StudyTiles, archive_error, read_digests, read_head},
};

/// A pyramid in the work store.
pub(super) struct Made {
    pub(super) size: Size,
    pub(super) tile_levels: u32,
    pub(super) tiles: Tiles,
    pub(super) thumbnail_sha256: String,
    pub(super) preview_sha256: String,
    /// What a person should know of the pixels.
    pub(super) warnings: Vec<String>,
}

impl Made {
    /// Whether they are what was staged with this study.
    pub(super) fn are_of(&self, study: &staged::Study) -> bool {
        let tiles = matches!(&study.tiles, StudyTiles::Archive(tiles) if *tiles == self.tiles);
        tiles
            && study.thumbnail_sha256 == self.thumbnail_sha256
            && study.preview_sha256.as_ref() == Some(&self.preview_sha256)
    }
}

/// Whether the pixels of a study are still there.
pub(super) async fn are_there(env: &Environment, study: &staged::Study) -> Result<bool, StepError> {
    Ok(find(env, &study.id, &study.pixels).await?.is_some_and(|made| made.are_of(study)))
}

/// A decoder that panicked is a fault of the image: the same would happen again, and to try it for ever helps nobody.
pub(super) fn broken_down(ended: Ended) -> PixelError {
    match ended {
        Ended::Panicked(message) => PixelError::Unsupported(format!("the decoder broke down on it: {message}")),
        Ended::Cancelled(cancelled) => PixelError::Io(std::io::Error::other(cancelled)),
    }
}

/// What the archive says of itself, so that a study can be made of it without the image.
#[derive(Serialize, Deserialize)]
struct Metadata {
    skyfeed: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    width_px: u32,
    height_px: u32,
    warnings: Vec<String>,
}

/// Finds a complete pyramid; `None` if there is none, or if it is not whole any more and has to be made again.
pub(super) async fn find(env: &Environment, id: &ImageId, pixels: &Pixels) -> Result<Option<Made>, StepError> {
    match read(env, &layout::pixels(id, pixels)).await {
        Ok(made) => Ok(Some(made)),
        Err(StepError::Missing(_) | StepError::Archive { .. } | StepError::Json { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn read(env: &Environment, folder: &str) -> Result<Made, StepError> {
    let work = &*env.work;
    let digests = read_digests(work, &format!("{folder}{}", layout::DIGESTS)).await?;
    let key = format!("{folder}{}", layout::ARCHIVE);
    let head = read_head(work, &key).await?;
    let metadata = work.get_range(&key, head.metadata()).await?.ok_or_else(|| StepError::gone(&key))?;
    let Metadata { skyfeed: about } = crate::objects::parse_json(&key, &metadata)?;
    let format = head.format().unwrap_or_default();
    let digest = async |name: &str| {
        let key = format!("{folder}{name}");
        let object = work.get(&key).await?.ok_or_else(|| StepError::gone(&key))?;
        Ok::<_, StepError>(sha256_hex(&object.bytes))
    };
    Ok(Made {
        size: Size { width: about.width_px, height: about.height_px },
        tile_levels: head.depth(),
        tiles: tiles(format, &digests),
        thumbnail_sha256: digest(layout::THUMBNAIL).await?,
        preview_sha256: digest(layout::PREVIEW).await?,
        warnings: about.warnings,
    })
}

/// Makes the pyramid of an image and puts it into the work store, the list of digests last: then it is complete.
pub(super) async fn make(
    env: &Environment,
    id: &ImageId,
    pixels: &Pixels,
    image: ImageFile,
    options: PyramidOptions,
    scratch: &Path,
    memory: Option<Taken>,
) -> Result<Made, StepError> {
    let scratch = scratch.to_owned();
    let tiled = blocking::run_until_given_up(move |given_up| {
        // Held as long as the thread runs, also if nobody waits for it any more.
        let _memory = memory;
        Tiled::make(image, options, scratch, &given_up)
    })
    .await;
    let folder = layout::pixels(id, pixels);
    let key = format!("{folder}{}", layout::ARCHIVE);
    let of_image = |source: PixelError| StepError::Image { id: id.clone(), source };
    let tiled = match tiled {
        Ok(tiled) => tiled.map_err(|fault| match fault {
            Fault::Image(source) => of_image(source),
            Fault::Archive(source) => archive_error(&key, source),
        })?,
        Err(ended) => return Err(of_image(broken_down(ended))),
    };

    let binary = Headers { content_type: "application/vnd.pmtiles", ..PRIVATE_JSON };
    env.work.put(&key, Body::File(&tiled.archive), binary, Condition::Always).await?;
    let put = async |name: &str, bytes: Bytes, content_type: &'static str| {
        let headers = Headers { content_type, ..PRIVATE_JSON };
        env.work.put(&format!("{folder}{name}"), Body::Bytes(&bytes), headers, Condition::Always).await?;
        Ok::<_, StepError>(sha256_hex(&bytes))
    };
    let thumbnail_sha256 = put(layout::THUMBNAIL, tiled.thumbnail, "image/jpeg").await?;
    let preview_sha256 = put(layout::PREVIEW, tiled.preview, "image/jpeg").await?;
    let digests = Bytes::copy_from_slice(tiled.digests.as_bytes());
    put(layout::DIGESTS, digests, "application/octet-stream").await?;
    Ok(Made {
        size: tiled.study.size(),
        tile_levels: tiled.study.tile_levels(),
        tiles: tiles(options.format, &tiled.digests),
        thumbnail_sha256,
        preview_sha256,
        warnings: tiled.warnings,
    })
}

fn tiles(format: TileFormat, digests: &Digests) -> Tiles {
    let size_bytes = digests.iter().map(|tile| u64::from(tile.length)).sum();
    Tiles { format, count: digests.tile_count(), size_bytes, digests_sha256: hex::encode(digests.sha256()) }
}

/// A pyramid on local disk.
struct Tiled {
    study: Study,
    archive: PathBuf,
    digests: Digests,
    thumbnail: Bytes,
    preview: Bytes,
    warnings: Vec<String>,
}

enum Fault {
    Image(PixelError),
    Archive(ArchiveError),
}

impl From<PixelError> for Fault {
    fn from(error: PixelError) -> Self {
        Self::Image(error)
    }
}

impl From<ArchiveError> for Fault {
    fn from(error: ArchiveError) -> Self {
        match error {
            // A full disk is no fault of the archive.
            ArchiveError::Io(error) => Self::Image(error.into()),
            ArchiveError::NoTiles => Self::Image(PixelError::Parameter("all of the picture is transparent".to_owned())),
            error => Self::Archive(error),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Image(error.into())
    }
}

impl Tiled {
    fn make(image: ImageFile, options: PyramidOptions, scratch: PathBuf, given_up: &GivenUp) -> Result<Self, Fault> {
        let (mut rows, mut warnings) = image.into_rows(&ReadOptions::default())?;
        let depth = Study::new(options.orientation.displayed_size(rows.size())).tile_levels();
        let spool = tempfile::tempfile_in(&scratch)?;
        let builder = ArchiveBuilder::new(spool, depth, options.format)?;
        let pyramid: Pyramid = make_pyramid(&mut *rows, &options, &|tile, bytes| {
            given_up.check()?;
            builder.add(tile, &bytes)
        })?;
        warnings.extend(rows.take_warnings());
        let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        let size = pyramid.study.size();
        let about = About { width_px: size.width, height_px: size.height, warnings: warnings.clone() };
        let metadata = serde_json::to_vec(&Metadata { skyfeed: about }).map_err(std::io::Error::from)?;
        let archive = scratch.join(layout::ARCHIVE);
        let mut file = BufWriter::new(File::create_new(&archive)?);
        let summary = builder.finish(&metadata, &mut file)?;
        file.flush()?;
        Ok(Self {
            study: pyramid.study,
            archive,
            digests: summary.digests,
            thumbnail: pyramid.thumbnail.to_jpeg()?.into(),
            preview: pyramid.preview.to_jpeg()?.into(),
            warnings,
        })
    }
}
