//! From rows to a whole pyramid in one pass.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use rayon::prelude::*;

use super::{
    CascadeMode, Orientation, PixelError, RowSource, Study, Thumbnail, TilePos,
    buffers::Buffers,
    cascade::{Quarters, join},
    encode::{Compression, TileFormat, encode_tile},
    raster::Raster,
    strip::{Strip, StripReader},
    study::require_pixels,
    thumbnail::ThumbnailReducer,
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
    /// The picture in small.
    pub thumbnail: Thumbnail,
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
    let mut thumbnail = ThumbnailReducer::new(stored, rows.channels(), options.orientation);
    let buffers = Buffers::default();
    let mut cascade = Cascade::new(&placed, options, &buffers, sink);
    let mut reader = StripReader::new(rows, placed, &buffers, |row| thumbnail.push_row(row));

    let mut strip = reader.next_strip()?;
    while let Some(present) = strip {
        let (next, finished) = rayon::join(|| reader.next_strip(), || cascade.push(present));
        finished?;
        strip = next?;
    }
    Ok(Pyramid { study, tiles: cascade.tiles.into_inner(), thumbnail: thumbnail.finish() })
}

/// Finishes tiles and carries their quarters up, level by level.
struct Cascade<'a> {
    placed: &'a Study,
    options: &'a PyramidOptions,
    buffers: &'a Buffers,
    sink: &'a TileSink<'a>,
    /// For each level, the present row of tiles as far as its parts have come.
    unfinished: Vec<Option<Vec<Quarters>>>,
    tiles: AtomicU64,
}

impl<'a> Cascade<'a> {
    fn new(placed: &'a Study, options: &'a PyramidOptions, buffers: &'a Buffers, sink: &'a TileSink<'a>) -> Self {
        let unfinished = (0..placed.tile_levels()).map(|_| None).collect();
        Self { placed, options, buffers, sink, unfinished, tiles: AtomicU64::new(0) }
    }

    /// Finishes a row of tiles of the deepest level, and the rows above that are complete with it.
    fn push(&mut self, strip: Strip) -> Result<(), PixelError> {
        let mut y = strip.tile_y;
        let mut halves =
            self.finish_row(self.placed.tile_levels(), y, strip.cuts, |cut, buffers| Some(cut.into_tile(buffers)))?;
        for level in (0..self.placed.tile_levels()).rev() {
            let (children, parents) = (self.placed.tiles(level + 1), self.placed.tiles(level));
            let row = self.unfinished[level as usize]
                .get_or_insert_with(|| parents.x.clone().map(|_| Quarters::default()).collect());
            for (x, half) in children.x.zip(halves) {
                row[(x / 2 - parents.x.start) as usize][(2 * (y % 2) + x % 2) as usize] = half;
            }
            let is_complete = y % 2 == 1 || y + 1 == children.y.end;
            let Some(row) = self.unfinished[level as usize].take_if(|_| is_complete) else { return Ok(()) };
            y /= 2;
            halves = self.finish_row(level, y, row, join)?;
        }
        Ok(())
    }

    /// Makes the tiles of a row from their parts and finishes them, as many at a time as there are threads.
    fn finish_row<Parts: Send>(
        &self,
        level: u32,
        y: u32,
        parts: Vec<Parts>,
        make_tile: fn(Parts, &Buffers) -> Option<Raster>,
    ) -> Result<Vec<Option<Raster>>, PixelError> {
        let first_x = self.placed.tiles(level).x.start;
        parts
            .into_par_iter()
            .enumerate()
            .map(|(index, parts)| {
                let position = TilePos { level, x: first_x + index as u32, y };
                make_tile(parts, self.buffers).map_or(Ok(None), |tile| self.finish_tile(position, tile))
            })
            .collect()
    }

    /// Hands a tile to the sink and returns it at half its side. An empty tile is neither written nor passed on.
    fn finish_tile(&self, stored: TilePos, tile: Raster) -> Result<Option<Raster>, PixelError> {
        let PyramidOptions { cascade, orientation, format, compression } = *self.options;
        let Some(tile) = tile.reduced(self.buffers) else { return Ok(None) };
        let half = cascade.halve(&tile, self.buffers);
        let tile = tile.turned(orientation, self.buffers);
        let file = encode_tile(&tile, format, compression)?;
        self.buffers.give(tile.into_bytes());
        (self.sink)(orientation.turn_tile(stored), file)?;
        self.tiles.fetch_add(1, Ordering::Relaxed);
        Ok(Some(half))
    }
}
