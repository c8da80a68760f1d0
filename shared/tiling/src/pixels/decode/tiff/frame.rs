//! What a TIFF says of its pixels, checked.

use super::{compression::Compression, directory::ByteOrder};
use crate::pixels::{
    Limits, PixelError, Size,
    decode::{
        demand::{Coding, Demand},
        scanlines::{Color, Layout},
    },
};

/// All that is needed to decode the image.
pub(in super::super) struct Frame {
    pub(super) size: Size,
    pub(super) order: ByteOrder,
    /// 1, 2, 4, 8 or 16.
    pub(super) bits: usize,
    pub(super) samples: usize,
    pub(super) photometric: Photometric,
    pub(super) alpha: Option<Alpha>,
    /// Each sample in chunks of its own (PlanarConfiguration 2).
    pub(super) planar: bool,
    pub(super) horizontal_predictor: bool,
    pub(super) compression: Compression,
    pub(super) reversed_bits: bool,
    pub(super) grid: Grid,
}

/// How samples become colour.
pub(super) enum Photometric {
    BlackIsZero,
    WhiteIsZero,
    Rgb,
    Cmyk,
    Palette(Vec<[u8; 3]>),
}

/// The sample of alpha.
pub(super) struct Alpha {
    /// Which sample of a pixel it is.
    pub(super) index: usize,
    pub(super) premultiplied: bool,
}

/// Strips (of the width of the image) or tiles.
pub(super) struct Grid {
    pub(super) tiled: bool,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Position and length in the file of each chunk: row by row, then plane by plane.
    pub(super) chunks: Vec<(u64, u64)>,
}

impl Grid {
    pub(super) fn across(&self, size: Size) -> usize {
        size.width.div_ceil(self.width) as usize
    }

    pub(super) fn down(&self, size: Size) -> usize {
        size.height.div_ceil(self.height) as usize
    }
}

impl Photometric {
    fn color(&self) -> Color {
        match self {
            Self::BlackIsZero | Self::WhiteIsZero => Color::Gray,
            Self::Rgb | Self::Palette(_) => Color::Rgb,
            Self::Cmyk => Color::Cmyk,
        }
    }

    /// Samples of colour in the file.
    pub(super) fn samples(&self) -> usize {
        match self {
            Self::Palette(_) => 1,
            other => other.color().samples(),
        }
    }
}

impl Frame {
    /// The layout of the decoded rows.
    pub(super) fn layout(&self) -> Layout {
        Layout::new(self.photometric.color(), self.alpha.is_some())
    }

    /// Samples in one row of one plane, of `width` pixels.
    pub(super) fn row_bytes(&self, width: u32) -> u64 {
        let samples = if self.planar { 1 } else { self.samples as u64 };
        (u64::from(width) * samples * self.bits as u64).div_ceil(8)
    }

    pub(in super::super) fn demand(&self) -> Demand {
        let strip_bytes = self.row_bytes(self.grid.width).saturating_mul(self.grid.height.into());
        let readers = if self.grid.tiled { 1 } else { self.planes() };
        let positions_bytes = 32 * self.grid.chunks.len() as u64;
        Demand {
            memory_bytes: self.buffer_bytes() + readers * self.compression.memory_bytes(strip_bytes) + positions_bytes,
            lighter: None,
            sample_bytes: self.row_bytes(self.size.width) * self.planes() * u64::from(self.size.height),
            coding: match self.compression {
                Compression::None => Coding::Raw,
                Compression::Lzw => Coding::Lzw,
                Compression::Deflate => Coding::Deflate,
                Compression::PackBits => Coding::PackBits,
                Compression::Zstd => Coding::Zstd,
            },
            layout: self.layout(),
        }
    }

    pub(super) fn check_buffers(&self, limits: &Limits) -> Result<(), PixelError> {
        if !self.grid.tiled {
            return limits.check_buffer("bytes for a row of TIFF samples", self.buffer_bytes());
        }
        if self.grid.across(self.size) > 1 && self.row_bytes(self.grid.width) * 8 != self.row_bits() {
            return Err(unsupported("tiles whose rows end within a byte"));
        }
        limits.check_buffer("bytes for a row of TIFF tiles", self.buffer_bytes())
    }

    /// One row of samples, or one row of tiles, of all planes, and the tile that is being read.
    fn buffer_bytes(&self) -> u64 {
        let row = self.row_bytes(self.grid.width).saturating_mul(self.planes() * self.grid.across(self.size) as u64);
        let tile_row = self.row_bytes(self.grid.width);
        if self.grid.tiled { row.saturating_add(tile_row).saturating_mul(self.grid.height.into()) } else { row }
    }

    fn planes(&self) -> u64 {
        if self.planar { self.samples as u64 } else { 1 }
    }

    fn row_bits(&self) -> u64 {
        let samples = if self.planar { 1 } else { self.samples as u64 };
        u64::from(self.grid.width) * samples * self.bits as u64
    }
}

pub(super) fn unsupported(what: &str) -> PixelError {
    PixelError::Unsupported(format!("a TIFF with {what}"))
}
