//! What the pyramid of an image will cost, from its headers alone.

use super::{
    Channels, Compression, ImageFile, PixelError, PyramidOptions, ReadOptions, Study, TileFormat,
    decode::{Coding, Color},
    strip::tile_bytes,
    study::require_pixels,
};

/// What the pyramid of an image will cost. No pixel is read for it.
///
/// Tiles and levels are exact, unless whole tiles turn out to be transparent: these are not written. Memory is a bound
/// from above. Seconds and bytes are estimates for pictures with the noise of a camera; smooth ones cost less.
///
/// ```no_run
/// use std::path::Path;
///
/// use skyfeed_tiling::pixels::{Cost, ImageFile, Limits, PyramidOptions, ReadOptions};
///
/// let image = ImageFile::open(Path::new("m31.tif"), &Limits::default())?;
/// let cost = Cost::of(&image, &ReadOptions::default(), &PyramidOptions::default(), 2)?;
/// println!("{} tiles, {} MB of memory", cost.tiles(), cost.memory_bytes / 1_000_000);
/// println!("about {:.0} s on two cores", cost.seconds_on(2.0));
/// # Ok::<(), skyfeed_tiling::pixels::PixelError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Where the displayed picture will lie in its pyramid.
    pub study: Study,
    /// The most memory that the program will take, in bytes.
    pub memory_bytes: u64,
    /// How to save the image so that it takes far less memory, such as `save it as a baseline JPEG`.
    pub lighter: Option<&'static str>,
    /// CPU time of decoding, which one core has to do alone, in seconds.
    pub decode_seconds: f64,
    /// CPU time of everything else, which all cores share, in seconds.
    pub tile_seconds: f64,
    /// Size of the image file, in bytes.
    pub file_bytes: u64,
    /// Size of all tiles together, in bytes.
    pub tile_bytes: u64,
}

impl Cost {
    /// Reckons what `image` costs when it is read and tiled with these options and on so many threads.
    ///
    /// # Errors
    /// [`PixelError::Parameter`] for a crop that leaves nothing, or an image without pixels; [`PixelError::Io`] if the
    /// file is no longer there.
    pub fn of(
        image: &ImageFile,
        read: &ReadOptions,
        pyramid: &PyramidOptions,
        threads: usize,
    ) -> Result<Self, PixelError> {
        let demand = image.demand();
        let stored = require_pixels(read.crop.unwrap_or_default().remaining(image.header().size)?)?;
        let study = Study::new(pyramid.orientation.displayed_size(stored));
        let transparent = demand.layout.alpha || read.black_to_transparent;
        let channels = if transparent { Channels::Rgba } else { Channels::Rgb };

        let megapixels = f64::from(stored.width) * f64::from(stored.height) / 1e6;
        let conversion_ms = if image.is_converted(read) { ICC_MS } else { 0.0 };
        let tile = TileRate::of(pyramid);
        let gray = demand.layout.color == Color::Gray;
        let channels_of_tile = match pyramid.format {
            TileFormat::Png => (if gray { 1.0 } else { 3.0 }) + if transparent { 1.0 } else { 0.0 },
            // Colour takes little, and there is no alpha.
            TileFormat::Jpeg => 3.0,
        };
        Ok(Self {
            study,
            memory_bytes: PROGRAM_BYTES
                + MINIATURE_BYTES
                + THREAD_BYTES * threads as u64
                + image.metadata_bytes()
                + demand.memory_bytes
                + pyramid_bytes(&study.as_stored(pyramid.orientation), channels),
            lighter: demand.lighter,
            decode_seconds: (demand.sample_bytes as f64 / 1e6 * decode_ms(demand.coding) + megapixels * conversion_ms)
                / 1e3,
            tile_seconds: megapixels * (STRIP_MS + ALL_LEVELS * tile.encode_ms) / 1e3,
            file_bytes: image.file_bytes()?,
            tile_bytes: (megapixels * 1e6 * ALL_LEVELS * tile.bytes_per_pixel * channels_of_tile / 3.0) as u64,
        })
    }

    /// The number of tiles, wholly transparent ones included.
    pub fn tiles(&self) -> u64 {
        self.study.tile_count()
    }

    /// CPU time, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.decode_seconds + self.tile_seconds
    }

    /// How long it takes on so many cores, if these have nothing else to do and storage does not hold them up, in
    /// seconds.
    pub fn seconds_on(&self, cores: f64) -> f64 {
        self.decode_seconds.max(self.cpu_seconds() / cores)
    }
}

/// Code, tables and the program around.
const PROGRAM_BYTES: u64 = 12_000_000;
/// What one thread encodes, and the tables of its encoder.
const THREAD_BYTES: u64 = 2_000_000;
/// A preview before it is resampled, at most 960×960 pixels, and the same turned.
const MINIATURE_BYTES: u64 = 6_000_000;
/// Halves of rows of tiles in memory: two for one that is read, two for one that is finished; two for the parts of the
/// levels above, at most half a row and a quarter and so on; and one for buffers that wait, as measured.
const HALF_STRIPS: u64 = 7;

/// The rows of tiles that `make_pyramid` holds.
fn pyramid_bytes(placed: &Study, channels: Channels) -> u64 {
    let across = placed.tiles(placed.tile_levels()).x.len() as u64;
    let tile_bytes = tile_bytes(channels) as u64;
    // The row that is read, and sums over rows in four times as many bytes.
    let rows_bytes = 5 * u64::from(placed.size().width) * Channels::Rgba.bytes_per_pixel() as u64;
    HALF_STRIPS * across * tile_bytes / 2 + rows_bytes
}

/// Pixels of all levels for each of the deepest: 1 + 1/4 + 1/16 and so on.
const ALL_LEVELS: f64 = 4.0 / 3.0;

// The rates are those of one core of a server of 2025 (AMD Zen 5), x86-64, rounded up: milliseconds of CPU time. They
// come from `cargo bench` and from `benches/compare.py` on noisy pictures; docs/performance.md has both.

/// For a megapixel: cutting, halving, the miniatures, handing on.
const STRIP_MS: f64 = 3.0;
/// For a megapixel: the conversion by an ICC profile.
const ICC_MS: f64 = 8.0;

/// For a megabyte of stored samples. A JPEG has 3 in a megapixel, or 1.5 if its colours are stored at half the size.
fn decode_ms(coding: Coding) -> f64 {
    match coding {
        Coding::Jpeg => 1.6,
        Coding::ProgressiveJpeg => 6.0,
        Coding::Deflate => 3.8,
        Coding::Lzw => 4.4,
        Coding::PackBits | Coding::Zstd => 1.0,
        Coding::Raw => 0.4,
    }
}

/// What tiles cost in each form that they can have.
struct TileRate {
    /// For a megapixel of tiles.
    encode_ms: f64,
    /// Of a picture in colour; in PNG, a third of it in gray.
    bytes_per_pixel: f64,
}

impl TileRate {
    const fn of(options: &PyramidOptions) -> Self {
        match options.compression {
            _ if matches!(options.format, TileFormat::Jpeg) => Self { encode_ms: 4.0, bytes_per_pixel: 0.2 },
            Compression::Fast => Self { encode_ms: 4.0, bytes_per_pixel: 1.45 },
            Compression::Balanced => Self { encode_ms: 15.0, bytes_per_pixel: 1.4 },
            Compression::Small => Self { encode_ms: 50.0, bytes_per_pixel: 1.3 },
        }
    }
}
