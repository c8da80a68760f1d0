//! From rows to a whole pyramid in one pass.

use std::{io, thread};

use rayon::Yield;

use super::{
    CascadeMode, Orientation, PixelError, Preview, RowSource, Study, Thumbnail, TilePos,
    buffers::Buffers,
    encode::{Compression, TileFormat},
    miniature::Miniatures,
    strip::{Strip, StripReader},
    study::require_pixels,
    tiler::Tiler,
};

/// Rises whenever the same image and options give other bytes than before.
pub const PIXELS_VERSION: u32 = 2;

/// Where finished tiles go: address and file.
pub type TileSink<'a> = dyn Fn(TilePos, Vec<u8>) -> io::Result<()> + Sync + 'a;

/// How a pyramid is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PyramidOptions {
    /// How a level is made of the one below.
    pub cascade: CascadeMode,
    /// How the stored image is to be turned. It costs no memory: tiles are turned, never the image.
    pub orientation: Orientation,
    /// What kind of files tiles are.
    pub format: TileFormat,
    /// How much time is spent on smaller PNG files; without effect on JPEG.
    pub compression: Compression,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pyramid {
    /// Where the displayed picture lies in the pyramid.
    pub study: Study,
    /// The number of tiles that went to the sink.
    pub tiles: u64,
    /// The middle of the picture in small.
    pub thumbnail: Thumbnail,
    /// The whole picture in small.
    pub preview: Preview,
}

/// Reads an image once and makes all the tiles of its pyramid, the deepest level and those above it.
///
/// `sink` gets every tile once, as a file of 256×256 pixels, in any order and from several threads at a time (those
/// of the present rayon pool). Wholly transparent tiles are left out. While one row of tiles is finished, the next is
/// read; with the parts of the levels above, that is about 3 MB of memory for 1000 pixels of width (4 MB with alpha),
/// whatever the height.
///
/// ```
/// use std::sync::Mutex;
/// use skyfeed_tiling::pixels::{Channels, PixelError, PyramidOptions, RowSource, Size, make_pyramid};
///
/// /// An orange picture.
/// struct Orange;
///
/// impl RowSource for Orange {
///     fn size(&self) -> Size {
///         Size { width: 300, height: 200 }
///     }
///     fn channels(&self) -> Channels {
///         Channels::Rgb
///     }
///     fn read_rows(&mut self, rows: &mut [u8]) -> Result<(), PixelError> {
///         rows.as_chunks_mut().0.fill([255_u8, 128, 0]);
///         Ok(())
///     }
/// }
///
/// let names = Mutex::new(Vec::new());
/// let pyramid = make_pyramid(&mut Orange, &PyramidOptions::default(), &|tile, _file| {
///     names.lock().map_err(|_| std::io::Error::other("poisoned"))?.push(tile.flat_name());
///     Ok(())
/// })?;
/// assert_eq!(pyramid.tiles, 5);
/// assert!(names.into_inner().is_ok_and(|names| names.contains(&"L0X0Y0".to_owned())));
/// # Ok::<(), PixelError>(())
/// ```
///
/// # Errors
/// The first error of `rows` or of `sink` stops the work; some tiles may have gone to the sink before. An image without
/// pixels is a [`PixelError::Parameter`].
pub fn make_pyramid(
    rows: &mut dyn RowSource,
    options: &PyramidOptions,
    sink: &TileSink<'_>,
) -> Result<Pyramid, PixelError> {
    let stored = require_pixels(rows.size())?;
    let study = Study::new(options.orientation.displayed_size(stored));
    let placed = study.as_stored(options.orientation);
    let mut miniatures = Miniatures::new(stored, rows.channels(), options.orientation);
    let buffers = Buffers::default();
    let tiler = Tiler::new(&placed, options, &buffers, sink);
    let mut strips = StripReader::new(rows, placed, &buffers, |row| miniatures.push_row(row));
    rayon::scope_fifo(|scope| -> Result<(), PixelError> {
        while let Some(Strip { tile_y, cuts }) = strips.next_strip().inspect_err(|_| tiler.stop())? {
            let first_x = placed.tiles(placed.tile_levels()).x.start;
            let width = cuts.len();
            tiler.announce(width);
            for (x, cut) in (first_x..).zip(cuts) {
                let position = TilePos { level: placed.tile_levels(), x, y: tile_y };
                let tiler = &tiler;
                scope.spawn_fifo(move |_| tiler.finish(position, cut));
            }
            // Nobody reads on while more than a strip waits, so that two are the most in memory.
            while tiler.waiting() > width.max(2 * rayon::current_num_threads()) {
                if rayon::yield_now() != Some(Yield::Executed) {
                    thread::yield_now();
                }
            }
            if tiler.is_stopped() {
                break;
            }
        }
        Ok(())
    })?;
    let tiles = tiler.into_count()?;
    let (thumbnail, preview) = miniatures.finish();
    Ok(Pyramid { study, tiles, thumbnail, preview })
}
