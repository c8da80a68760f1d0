//! Finishes tiles, from several threads at a time.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use super::{
    PixelError, PyramidOptions, Study, TilePos, TileSink, buffers::Buffers, cascade::join, encode::encode_tile,
    parents::Parents, raster::Raster, strip::Cut,
};

/// Hands tiles to the sink, and makes those above of them.
pub(super) struct Tiler<'a> {
    options: &'a PyramidOptions,
    buffers: &'a Buffers,
    sink: &'a TileSink<'a>,
    parents: Parents<'a>,
    tiles: AtomicU64,
    /// Tiles of the deepest level that are cut, but not finished.
    waiting: AtomicUsize,
    stopped: AtomicBool,
    error: Mutex<Option<PixelError>>,
}

impl<'a> Tiler<'a> {
    pub(super) fn new(
        placed: &'a Study,
        options: &'a PyramidOptions,
        buffers: &'a Buffers,
        sink: &'a TileSink<'a>,
    ) -> Self {
        Self {
            options,
            buffers,
            sink,
            parents: Parents::new(placed),
            tiles: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            error: Mutex::default(),
        }
    }

    /// Says that so many tiles will come.
    pub(super) fn announce(&self, tiles: usize) {
        self.waiting.fetch_add(tiles, Ordering::AcqRel);
    }

    /// How many of the announced tiles are not finished.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Finishes a tile of the deepest level, and all above it of which it is the last part.
    pub(super) fn finish(&self, position: TilePos, cut: Cut) {
        // Also if the sink panics, or the reader would wait for ever.
        let _finished = Finished(&self.waiting);
        if self.is_stopped() {
            return;
        }
        if let Err(error) = self.climb(position, cut) {
            self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            self.stop();
        }
    }

    fn climb(&self, mut position: TilePos, cut: Cut) -> Result<(), PixelError> {
        let mut tile = Some(cut.into_tile(self.buffers));
        loop {
            let half = tile.map_or(Ok(None), |tile| self.finish_tile(position, tile))?;
            let Some((parent, quarters)) = self.parents.put(position, half) else { return Ok(()) };
            (position, tile) = (parent, join(quarters, self.buffers));
        }
    }

    /// Hands a tile to the sink and returns it at half its side. An empty tile is neither written nor passed on.
    fn finish_tile(&self, stored: TilePos, tile: Raster) -> Result<Option<Raster>, PixelError> {
        let PyramidOptions { cascade, orientation, format, compression } = *self.options;
        let Some(tile) = tile.reduced(self.buffers) else { return Ok(None) };
        let half = cascade.halve(&tile, self.buffers);
        let tile = tile.turned(orientation);
        let file = encode_tile(&tile, format, compression)?;
        self.buffers.give(tile.into_bytes());
        (self.sink)(orientation.turn_tile(stored), file)?;
        self.tiles.fetch_add(1, Ordering::Relaxed);
        Ok(Some(half))
    }

    /// Leaves the tiles that are not begun.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// The number of tiles that went to the sink, or the first error.
    pub(super) fn into_count(self) -> Result<u64, PixelError> {
        let error = self.error.into_inner().unwrap_or_else(PoisonError::into_inner);
        error.map_or(Ok(self.tiles.into_inner()), Err)
    }
}

/// Counts a tile off when dropped.
struct Finished<'a>(&'a AtomicUsize);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
