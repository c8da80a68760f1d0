//! From an image file to rows of RGB or RGBA.
//!
//! [`ImageFile::open`] reads the headers and refuses what is beyond the limits; [`ImageFile::into_rows`] decodes.
//! Rows are decoded when they are asked for, and only a few are in memory, with these exceptions:
//!
//! | what | memory |
//! | --- | --- |
//! | JPEG, progressive or in several scans | the coefficients of the whole image: 2 bytes a sample |
//! | PNG, interlaced | the whole image: 1 to 4 bytes a pixel |
//! | TIFF in tiles | one row of tiles, as stored |

mod convert;
mod demand;
mod exif;
mod header;
mod icc;
mod jpeg;
mod normalized;
mod options;
mod png;
mod scanlines;
mod tiff;

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

pub(super) use demand::Coding;
use demand::Demand;
use header::Inspected;
pub use header::{Format, ImageHeader};
use normalized::NormalizedRows;
pub use options::{ColorProcessing, Crop, ReadOptions};
pub(super) use scanlines::Color;

use super::{Limits, PixelError, RowSource};
use crate::Warning;

/// An image file of which the headers are read and the pixels are not.
///
/// ```no_run
/// use std::path::Path;
///
/// use skyfeed_tiling::pixels::{ImageFile, Limits, ReadOptions};
///
/// let image = ImageFile::open(Path::new("m31.tif"), &Limits::default())?;
/// println!("{:?}", image.header().size);
/// let (mut rows, warnings) = image.into_rows(&ReadOptions::default())?;
/// let mut row = vec![0; rows.size().width as usize * rows.channels().bytes_per_pixel()];
/// for _ in 0..rows.size().height {
///     rows.read_rows(&mut row)?;
/// }
/// # Ok::<(), skyfeed_tiling::pixels::PixelError>(())
/// ```
pub struct ImageFile {
    file: File,
    header: ImageHeader,
    icc: Option<Vec<u8>>,
    content: Content,
}

/// What a format needs to know to decode the pixels.
enum Content {
    Jpeg(jpeg::Frame),
    Png(png::Frame),
    Tiff(tiff::Frame),
}

impl ImageFile {
    /// Reads the headers of the image file at `path`.
    ///
    /// The format is told by the content; the name does not matter. All limits are checked here, before anything of the
    /// claimed size is allocated. A broken EXIF block or metadata chunk is a warning in the header.
    ///
    /// # Errors
    /// - [`PixelError::Unsupported`] for an unknown format, or a kind of JPEG, PNG or TIFF that is not read;
    /// - [`PixelError::Limit`] for an image or metadata beyond the limits;
    /// - [`PixelError::Damaged`] for headers that are cut off or contradict themselves;
    /// - [`PixelError::Io`] if the file cannot be read.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, PixelError> {
        let file = File::open(path)?;
        let mut start = Vec::new();
        (&file).take(16).read_to_end(&mut start)?;
        let format = Format::of(&start).ok_or_else(|| unknown_format(&start))?;
        let mut input = BufReader::new(&file);
        input.rewind()?;
        let Inspected { size, metadata, content } = match format {
            Format::Jpeg => jpeg::inspect(&mut input, limits)?,
            Format::Png => png::inspect(&mut input, limits)?,
            Format::Tiff => tiff::inspect(&mut input, limits)?,
        };
        let header = ImageHeader {
            format,
            size,
            orientation: metadata.orientation,
            xmp: metadata.xmp,
            has_icc: metadata.icc.is_some(),
            warnings: metadata.warnings,
        };
        Ok(Self { file, header, icc: metadata.icc, content })
    }

    /// What the headers say.
    pub fn header(&self) -> &ImageHeader {
        &self.header
    }

    /// What decoding will take.
    pub(super) fn demand(&self) -> Demand {
        match &self.content {
            Content::Jpeg(frame) => frame.demand(),
            Content::Png(frame) => frame.demand(),
            Content::Tiff(frame) => frame.demand(),
        }
    }

    /// Size of the file.
    pub(super) fn file_bytes(&self) -> Result<u64, PixelError> {
        Ok(self.file.metadata()?.len())
    }

    /// Bytes of metadata that are in memory.
    pub(super) fn metadata_bytes(&self) -> u64 {
        [&self.header.xmp, &self.icc].into_iter().flatten().map(|bytes| bytes.len() as u64).sum()
    }

    /// Whether colours are going to be converted by an ICC profile.
    pub(super) fn is_converted(&self, options: &ReadOptions) -> bool {
        let profile = self.icc.as_deref().filter(|_| options.color == ColorProcessing::Srgb);
        profile.is_some_and(|profile| matches!(icc::to_srgb(profile, self.demand().layout), Ok(Some(_))))
    }

    /// Starts decoding: rows of 8-bit sRGB, in the order of the file, with the warnings about the colour profile.
    ///
    /// Rows are RGBA if the file has transparency or `options` make some, else RGB. A file that is cut off or damaged
    /// shows it when its rows are read, at the latest with the last row. Faults that the decoder passes over are
    /// warnings of [`RowSource::take_warnings`].
    ///
    /// # Errors
    /// - [`PixelError::Parameter`] for a crop that leaves nothing;
    /// - [`PixelError::Damaged`] or [`PixelError::Io`] if the pixels cannot be reached.
    pub fn into_rows(self, options: &ReadOptions) -> Result<(Box<dyn RowSource>, Vec<Warning>), PixelError> {
        let size = self.header.size;
        options.crop.unwrap_or_default().remaining(size)?;
        let (layout, scanlines) = match self.content {
            Content::Jpeg(frame) => jpeg::scanlines(self.file, frame)?,
            Content::Png(frame) => png::scanlines(self.file, frame)?,
            Content::Tiff(frame) => tiff::scanlines(self.file, frame)?,
        };
        let (rows, warnings) = NormalizedRows::new(scanlines, layout, size, self.icc.as_deref(), options)?;
        Ok((Box::new(rows), warnings))
    }
}

fn unknown_format(start: &[u8]) -> PixelError {
    const SUPPORTED: &str = "save it as JPEG, PNG or TIFF";
    let found = match start {
        [] => return PixelError::Unsupported(format!("the file is empty; {SUPPORTED}")),
        [b'G', b'I', b'F', b'8', ..] => "it is a GIF",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "it is a WebP",
        [b'8', b'B', b'P', b'S', ..] => "it is a Photoshop document (PSD or PSB)",
        [b'B', b'M', ..] => "it is a BMP",
        [b'S', b'I', b'M', b'P', b'L', b'E', ..] => "it is a FITS file",
        [0x76, 0x2F, 0x31, 0x01, ..] => "it is an OpenEXR image",
        [0, 0, 0, 12, b'j', b'P', ..] => "it is a JPEG 2000",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "it is an AVIF, HEIC or video",
        _ => "it does not begin as a JPEG, PNG or TIFF does",
    };
    PixelError::Unsupported(format!("{found}; {SUPPORTED}"))
}
