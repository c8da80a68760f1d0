//! Cuts the rows of an image into rows of tiles.

use std::ops::Range;

use super::{Channels, PixelError, RowSource, Size, Study, buffers::Buffers, raster::Raster, study::TILE_SIDE_PX};

/// One row of tiles of the deepest level, in the stored square.
pub(super) struct Strip {
    pub(super) tile_y: u32,
    /// One for each column of tiles that the image touches.
    pub(super) cuts: Vec<Cut>,
}

/// The pixels of an image that fall into one tile.
pub(super) struct Cut {
    /// Columns of the image.
    columns: Range<usize>,
    /// Where the pixels are in the tile.
    left: usize,
    top: usize,
    channels: Channels,
    pixels: Vec<u8>,
}

/// Reads an image from top to bottom, one strip of tiles at a time, and shows every row to `watch_row` on the way.
pub(super) struct StripReader<'a, F> {
    rows: &'a mut dyn RowSource,
    placed: Study,
    next_row: u32,
    row: Vec<u8>,
    buffers: &'a Buffers,
    watch_row: F,
}

impl<'a, F: FnMut(&[u8])> StripReader<'a, F> {
    /// Starts at the top of an image that is `placed` in the stored square.
    pub(super) fn new(rows: &'a mut dyn RowSource, placed: Study, buffers: &'a Buffers, watch_row: F) -> Self {
        let row = vec![0; placed.size().width as usize * rows.channels().bytes_per_pixel()];
        Self { rows, placed, next_row: 0, row, buffers, watch_row }
    }

    /// The next strip, or `None` below the image.
    pub(super) fn next_strip(&mut self) -> Result<Option<Strip>, PixelError> {
        let Size { height, .. } = self.placed.size();
        if self.next_row >= height {
            return Ok(None);
        }
        let channels = self.rows.channels();
        let row_in_square = self.placed.top_px() + self.next_row;
        let (tile_y, top) = (row_in_square / TILE_SIDE_PX, row_in_square % TILE_SIDE_PX);
        let row_count = (TILE_SIDE_PX - top).min(height - self.next_row);

        let tiles = self.placed.tiles(self.placed.tile_levels());
        let mut cuts: Vec<Cut> = tiles
            .x
            .map(|tile_x| {
                let (columns, left) = columns_in(tile_x, &self.placed);
                let capacity = row_count as usize * columns.len() * channels.bytes_per_pixel();
                // What only the first strip can use is not kept.
                let filled = capacity == tile_bytes(channels);
                let pixels = if filled { self.buffers.take(capacity) } else { Vec::with_capacity(capacity) };
                Cut { columns, left, top: top as usize, channels, pixels }
            })
            .collect();
        for _ in 0..row_count {
            self.rows.read_rows(&mut self.row)?;
            (self.watch_row)(&self.row);
            for cut in &mut cuts {
                let bytes = channels.bytes_per_pixel();
                cut.pixels.extend_from_slice(&self.row[cut.columns.start * bytes..cut.columns.end * bytes]);
            }
        }
        self.next_row += row_count;
        Ok(Some(Strip { tile_y, cuts }))
    }
}

/// The columns of the image that fall into a column of tiles, and where they begin in it.
fn columns_in(tile_x: u32, placed: &Study) -> (Range<usize>, usize) {
    let tile_start = tile_x * TILE_SIDE_PX;
    let start = tile_start.saturating_sub(placed.left_px());
    let end = (tile_start + TILE_SIDE_PX).saturating_sub(placed.left_px()).min(placed.size().width);
    (start as usize..end as usize, placed.left_px().saturating_sub(tile_start) as usize)
}

/// The size of the pixels of a whole tile.
pub(super) fn tile_bytes(channels: Channels) -> usize {
    (TILE_SIDE_PX * TILE_SIDE_PX) as usize * channels.bytes_per_pixel()
}

impl Cut {
    /// The tile, transparent where the image is not.
    pub(super) fn into_tile(self, buffers: &Buffers) -> Raster {
        let side = TILE_SIDE_PX as usize;
        if self.pixels.len() == tile_bytes(self.channels) {
            return Raster::new(side, self.channels, self.pixels);
        }
        let mut tile = Raster::transparent(side, buffers);
        let rows = self.pixels.chunks_exact(self.columns.len() * self.channels.bytes_per_pixel());
        for (y, row) in (self.top..).zip(rows) {
            tile.write(self.left, y, row, self.channels);
        }
        tile
    }
}
