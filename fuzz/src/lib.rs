//! What the targets for images have in common.

use std::{path::PathBuf, sync::OnceLock};

use skyfeed_tiling::pixels::{Format, ImageFile, Limits, PixelError, PyramidOptions, ReadOptions, make_pyramid};
use tempfile::TempDir;

/// So little that an input cannot take seconds.
const LIMITS: Limits =
    Limits { max_pixels: 1 << 20, max_side: 1 << 14, max_buffer_bytes: 1 << 24, max_metadata_bytes: 1 << 20 };

/// Makes a pyramid of `bytes` if they are an image in `format`. Only that it ends without a panic, and in bounded memory, is asked.
pub fn tile(format: Format, bytes: &[u8]) {
    let _ = try_to_tile(format, bytes);
}

fn try_to_tile(format: Format, bytes: &[u8]) -> Result<(), PixelError> {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| TempDir::new().expect("there should be a folder for temporary files"));
    let path: PathBuf = folder.path().join("image");
    std::fs::write(&path, bytes)?;
    let image = ImageFile::open(&path, &LIMITS)?;
    if image.header().format != format {
        return Ok(());
    }
    let orientation = image.header().orientation;
    let (mut rows, _) = image.into_rows(&ReadOptions::default())?;
    let options = PyramidOptions { orientation, ..PyramidOptions::default() };
    make_pyramid(&mut *rows, &options, &|_, _| Ok(()))?;
    Ok(())
}
