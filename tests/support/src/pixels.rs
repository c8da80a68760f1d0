//! Pixel by pixel comparison.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use png::{ColorType, Transformations};

/// How far decoded colours may be from the expected ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The largest difference of one sample, in 8-bit levels.
    pub max_abs: f64,
    /// The mean difference of all samples, in 8-bit levels.
    pub mean_abs: f64,
}

impl Tolerance {
    /// Nothing may differ, not even the colour of transparent pixels.
    pub const EXACT: Self = Self { max_abs: 0.0, mean_abs: 0.0 };
}

/// A decoded picture, 8-bit RGBA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Where it was read from, for messages.
    pub path: PathBuf,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Rows from the top, four bytes a pixel. Pictures without alpha have 255.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// Decodes a PNG of any kind.
    ///
    /// # Errors
    /// The file cannot be read or is not a PNG.
    pub fn read_png(path: &Path) -> Result<Self> {
        let what = || format!("cannot decode {}", path.display());
        let mut decoder = png::Decoder::new(BufReader::new(File::open(path).with_context(what)?));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().with_context(what)?;
        let mut bytes = vec![0; reader.output_buffer_size().with_context(what)?];
        let info = reader.next_frame(&mut bytes).with_context(what)?;
        bytes.truncate(info.buffer_size());
        let rgba = match info.color_type {
            ColorType::Rgba => bytes,
            ColorType::Rgb => bytes.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
            ColorType::GrayscaleAlpha => bytes.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
            ColorType::Grayscale => bytes.iter().flat_map(|&v| [v, v, v, 255]).collect(),
            ColorType::Indexed => bail!("{} was not expanded by its decoder", path.display()),
        };
        Ok(Self { path: path.into(), width: info.width as usize, height: info.height as usize, rgba })
    }

    /// Decodes a JPEG.
    ///
    /// # Errors
    /// The file cannot be read or is not a JPEG.
    pub fn read_jpeg(path: &Path) -> Result<Self> {
        let what = || format!("cannot decode {}", path.display());
        let mut rows = mozjpeg::Decompress::new_path(path).with_context(what)?.rgba().with_context(what)?;
        let (width, height) = (rows.width(), rows.height());
        let rgba = rows.read_scanlines::<u8>().with_context(what)?;
        Ok(Self { path: path.into(), width, height, rgba })
    }

    fn same_as(&self, actual: &Self, tolerance: Tolerance) -> Result<()> {
        ensure!(
            (self.width, self.height) == (actual.width, actual.height),
            "{} is {}x{}, expected {}x{} as {}",
            actual.path.display(),
            actual.width,
            actual.height,
            self.width,
            self.height,
            self.path.display()
        );
        let mut difference = Difference::default();
        let pixels = self.rgba.chunks_exact(4).zip(actual.rgba.chunks_exact(4));
        for (index, (expected, found)) in pixels.enumerate() {
            let place = || format!("x {}, y {} of {}", index % self.width, index / self.width, actual.path.display());
            if tolerance == Tolerance::EXACT || expected[3] != found[3] {
                ensure!(expected == found, "{}: expected RGBA {expected:?}, found {found:?}", place());
            } else if expected[3] != 0 {
                difference.add(&expected[..3], &found[..3]);
            }
        }
        ensure!(
            difference.max <= tolerance.max_abs && difference.mean() <= tolerance.mean_abs,
            "{} differs by at most {} and {:.3} on average, more than {tolerance:?}",
            actual.path.display(),
            difference.max,
            difference.mean()
        );
        Ok(())
    }
}

#[derive(Default)]
struct Difference {
    max: f64,
    sum: f64,
    samples: u32,
}

impl Difference {
    fn add(&mut self, expected: &[u8], found: &[u8]) {
        for (a, b) in expected.iter().zip(found) {
            let difference = f64::from(a.abs_diff(*b));
            self.max = self.max.max(difference);
            self.sum += difference;
            self.samples += 1;
        }
    }

    fn mean(&self) -> f64 {
        self.sum / f64::from(self.samples.max(1))
    }
}

/// Compares two PNG tiles of 256 x 256 pixels. Alpha is always compared exactly; colours within `tolerance` where something can be seen,
/// or exactly and everywhere with [`Tolerance::EXACT`].
///
/// # Errors
/// A file is not such a tile, or the two differ; the error says where.
pub fn same_tile(expected: &Path, actual: &Path, tolerance: Tolerance) -> Result<()> {
    let (expected, actual) = (Picture::read_png(expected)?, Picture::read_png(actual)?);
    for tile in [&expected, &actual] {
        ensure!((tile.width, tile.height) == (256, 256), "{} is not 256x256", tile.path.display());
    }
    expected.same_as(&actual, tolerance)
}

/// Compares two JPEG thumbnails: the size exactly, the pixels within 6 levels on average.
///
/// # Errors
/// A file is not a JPEG, or the two differ; the error says how much.
pub fn same_thumbnail(expected: &Path, actual: &Path) -> Result<()> {
    let loosely = Tolerance { max_abs: 255.0, mean_abs: 6.0 };
    Picture::read_jpeg(expected)?.same_as(&Picture::read_jpeg(actual)?, loosely)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::Case;

    fn tile(value: [u8; 4]) -> Picture {
        Picture { path: "tile".into(), width: 256, height: 256, rgba: value.repeat(256 * 256) }
    }

    fn write(picture: &Picture, color: ColorType, folder: &Path) -> PathBuf {
        let path = folder.join(format!("{color:?}.png"));
        let mut encoder = png::Encoder::new(File::create(&path).unwrap(), 256, 256);
        encoder.set_color(color);
        let channels = color.samples();
        let bytes: Vec<u8> = picture.rgba.chunks_exact(4).flat_map(|p| p[..channels].to_vec()).collect();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
        path
    }

    #[test]
    fn a_single_level_in_a_single_pixel_is_noticed() {
        let expected = tile([10, 20, 30, 255]);
        let mut actual = expected.clone();
        assert!(expected.same_as(&actual, Tolerance::EXACT).is_ok());
        actual.rgba[4 * (256 * 7 + 5) + 2] = 31;
        let error = expected.same_as(&actual, Tolerance::EXACT).unwrap_err();
        assert_eq!(error.to_string(), "x 5, y 7 of tile: expected RGBA [10, 20, 30, 255], found [10, 20, 31, 255]");
    }

    #[test]
    fn colour_under_transparency_counts_only_when_exact() {
        let (expected, actual) = (tile([10, 20, 30, 0]), tile([0, 0, 0, 0]));
        assert!(expected.same_as(&actual, Tolerance::EXACT).is_err());
        assert!(expected.same_as(&actual, Tolerance { max_abs: 1.0, mean_abs: 1.0 }).is_ok());
    }

    #[test]
    fn alpha_has_no_tolerance() {
        let wide = Tolerance { max_abs: 255.0, mean_abs: 255.0 };
        assert!(tile([1, 1, 1, 255]).same_as(&tile([1, 1, 1, 254]), wide).is_err());
    }

    #[test]
    fn both_bounds_of_a_tolerance_hold() {
        let (expected, actual) = (tile([10, 10, 10, 255]), tile([12, 12, 12, 255]));
        assert!(expected.same_as(&actual, Tolerance { max_abs: 2.0, mean_abs: 2.0 }).is_ok());
        assert!(expected.same_as(&actual, Tolerance { max_abs: 1.0, mean_abs: 2.0 }).is_err());
        assert!(expected.same_as(&actual, Tolerance { max_abs: 2.0, mean_abs: 1.9 }).is_err());
    }

    #[test]
    fn an_opaque_tile_may_be_rgb() {
        let folder = tempfile::tempdir().unwrap();
        let opaque = tile([10, 20, 30, 255]);
        let rgba = write(&opaque, ColorType::Rgba, folder.path());
        let rgb = write(&opaque, ColorType::Rgb, folder.path());
        same_tile(&rgba, &rgb, Tolerance::EXACT).unwrap();
        let clear = write(&tile([10, 20, 30, 0]), ColorType::Rgba, folder.path());
        assert!(same_tile(&clear, &rgb, Tolerance::EXACT).is_err());
    }

    #[test]
    fn another_thumbnail_is_noticed() {
        let thumbnail = |name| Case::open(name).unwrap().expected().join("thumb.jpg");
        let first = thumbnail("01_study_plain_300x200");
        same_thumbnail(&first, &first).unwrap();
        assert!(same_thumbnail(&first, &thumbnail("04_study_gray8")).is_err());
    }
}
