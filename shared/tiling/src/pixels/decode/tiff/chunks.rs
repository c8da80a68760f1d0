//! Rows of stored samples out of strips or tiles.

use std::{fs::File, io::Read, sync::Arc};

use super::{NAME, compression::Compression, frame::Frame, prediction::Prediction, section::Section};
use crate::pixels::{PixelError, Size, decode::scanlines::buffer};

/// Reads row after row. A strip is decompressed as its rows are wanted; of tiles, a whole row of them is in memory.
pub(super) struct Chunks {
    file: Arc<File>,
    size: Size,
    tiled: bool,
    across: usize,
    chunk_rows: u32,
    /// Bytes of a row of one chunk.
    chunk_row_bytes: usize,
    chunks: Vec<(u64, u64)>,
    compression: Compression,
    reversed_bits: bool,
    prediction: Option<Prediction>,
    planes: Vec<Plane>,
    /// The tile that is being read; empty if there are strips.
    tile: Vec<u8>,
    next_row: u32,
}

/// All samples, or one of them if each has chunks of its own.
struct Plane {
    /// Chunks of the planes before this one.
    first_chunk: usize,
    /// The strip that is being read.
    strip: Option<Box<dyn Read + Send>>,
    /// The rows of a row of tiles, or one row.
    rows: Vec<u8>,
}

impl Chunks {
    /// Prepares to read `planes` of the image, numbered as its samples; `[0]` if all samples are together.
    pub(super) fn new(file: File, frame: &Frame, planes: &[usize]) -> Result<Self, PixelError> {
        let grid = &frame.grid;
        let across = grid.across(frame.size);
        let chunk_row_bytes = frame.row_bytes(grid.width) as usize;
        let rows_in_memory = if grid.tiled { grid.height as usize } else { 1 };
        let tile = buffer(if grid.tiled { grid.height as usize * chunk_row_bytes } else { 0 })?;
        let plane = |number: &usize| {
            let rows = buffer(across * chunk_row_bytes * rows_in_memory)?;
            Ok(Plane { first_chunk: number * across * grid.down(frame.size), strip: None, rows })
        };
        Ok(Self {
            file: Arc::new(file),
            size: frame.size,
            tiled: grid.tiled,
            across,
            chunk_rows: grid.height,
            chunk_row_bytes,
            chunks: grid.chunks.clone(),
            compression: frame.compression,
            reversed_bits: frame.reversed_bits,
            prediction: frame.horizontal_predictor.then_some(Prediction {
                wide: frame.bits == 16,
                samples: if frame.planar { 1 } else { frame.samples },
                order: frame.order,
            }),
            planes: planes.iter().map(plane).collect::<Result<_, PixelError>>()?,
            tile,
            next_row: 0,
        })
    }

    /// Moves to the next row, the first one at the first call.
    pub(super) fn advance(&mut self) -> Result<(), PixelError> {
        let row_in_chunk = self.next_row % self.chunk_rows;
        for plane in 0..self.planes.len() {
            if self.tiled {
                if row_in_chunk == 0 {
                    self.read_tiles(plane)?;
                }
            } else {
                if row_in_chunk == 0 {
                    self.planes[plane].strip = Some(self.open(plane, (self.next_row / self.chunk_rows) as usize)?);
                }
                self.read_strip_row(plane)?;
            }
        }
        self.next_row += 1;
        Ok(())
    }

    /// The present row of the n-th plane that is read; padded at its right if the image is tiled.
    pub(super) fn row(&self, plane: usize) -> &[u8] {
        let bytes = self.across * self.chunk_row_bytes;
        let at = if self.tiled { (self.next_row.saturating_sub(1) % self.chunk_rows) as usize * bytes } else { 0 };
        &self.planes[plane].rows[at..at + bytes]
    }

    fn read_strip_row(&mut self, plane: usize) -> Result<(), PixelError> {
        let row = self.next_row;
        let Plane { strip: Some(strip), rows, .. } = &mut self.planes[plane] else {
            return Err(PixelError::damaged(NAME, "a strip is missing"));
        };
        strip.read_exact(rows).map_err(|error| self.failure(row, error))?;
        if let Some(prediction) = self.prediction {
            prediction.undo(&mut self.planes[plane].rows);
        }
        Ok(())
    }

    /// Fills the rows of a plane from the tiles at the present row.
    fn read_tiles(&mut self, plane: usize) -> Result<(), PixelError> {
        let rows_left = self.size.height - self.next_row;
        for column in 0..self.across {
            let mut tile = self.open(plane, (self.next_row / self.chunk_rows) as usize * self.across + column)?;
            // As a whole: decoders are slow in small steps.
            let tile_rows = self.chunk_rows.min(rows_left) as usize;
            tile.read_exact(&mut self.tile[..tile_rows * self.chunk_row_bytes])
                .map_err(|error| self.failure(self.next_row, error))?;
            let rows = self.planes[plane].rows.chunks_exact_mut(self.across * self.chunk_row_bytes);
            for (row, tile_row) in rows.zip(self.tile.chunks_exact_mut(self.chunk_row_bytes)).take(tile_rows) {
                if let Some(prediction) = self.prediction {
                    prediction.undo(tile_row);
                }
                row[column * self.chunk_row_bytes..][..self.chunk_row_bytes].copy_from_slice(tile_row);
            }
        }
        Ok(())
    }

    fn open(&self, plane: usize, chunk: usize) -> Result<Box<dyn Read + Send>, PixelError> {
        let place = self.chunks[self.planes[plane].first_chunk + chunk];
        let section = Section::new(Arc::clone(&self.file), place, self.reversed_bits);
        self.compression.reader(section).map_err(|error| self.failure(self.next_row, error))
    }

    fn failure(&self, row: u32, error: std::io::Error) -> PixelError {
        let chunk = if self.tiled { "tiles" } else { "strip" };
        PixelError::reading(NAME, &format!("the {chunk} at row {} of {}", row + 1, self.size.height), error)
    }
}
