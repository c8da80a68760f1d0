//! The values of the tags, with their defaults and their meanings (TIFF 6.0).

use std::io::{Read, Seek};

use super::{
    NAME,
    directory::Directory,
    frame::{Alpha, Frame, Grid, Photometric, unsupported},
    tag,
};
use crate::pixels::{Limits, PixelError};

/// The tags of a directory, with the defaults of TIFF 6.0.
pub(super) struct Fields<'a, R> {
    pub(super) directory: &'a Directory,
    pub(super) input: &'a mut R,
}

impl<R: Read + Seek> Fields<'_, R> {
    pub(super) fn number(&mut self, number: u16, default: u64) -> Result<u64, PixelError> {
        Ok(self.directory.unsigned(self.input, number)?.unwrap_or(default))
    }

    fn list(&mut self, number: u16, most: u64) -> Result<Vec<u64>, PixelError> {
        Ok(self.directory.unsigned_list(self.input, number, most)?.unwrap_or_default())
    }

    pub(super) fn side(&mut self, number: u16) -> Result<u32, PixelError> {
        let side = self.number(number, 0)?;
        u32::try_from(side)
            .ok()
            .filter(|side| *side > 0)
            .ok_or_else(|| PixelError::damaged(NAME, format!("the tag {number} claims {side} pixels")))
    }

    /// A tag that is 1 or 2, and whether it is 2.
    pub(super) fn one_or_two(&mut self, number: u16) -> Result<bool, PixelError> {
        match self.number(number, 1)? {
            1 => Ok(false),
            2 => Ok(true),
            other => Err(PixelError::damaged(NAME, format!("the tag {number} is {other}, neither 1 nor 2"))),
        }
    }

    /// A tag with one value for each sample, which must be equal.
    pub(super) fn uniform(&mut self, number: u16, default: u64, samples: usize, what: &str) -> Result<u64, PixelError> {
        let values = self.list(number, samples as u64)?;
        let first = values.first().copied().unwrap_or(default);
        if values.iter().any(|value| *value != first) {
            return Err(unsupported(&format!("samples that differ in their {what}")));
        }
        Ok(first)
    }

    pub(super) fn photometric(&mut self, bits: usize) -> Result<Photometric, PixelError> {
        match self.number(tag::PHOTOMETRIC, u64::MAX)? {
            0 => Ok(Photometric::WhiteIsZero),
            1 => Ok(Photometric::BlackIsZero),
            2 => Ok(Photometric::Rgb),
            3 if bits <= 8 => Ok(Photometric::Palette(self.palette(1 << bits)?)),
            3 => Err(unsupported("a palette of 16 bits")),
            5 if self.number(tag::INK_SET, 1)? == 1 => Ok(Photometric::Cmyk),
            5 => Err(unsupported("inks that are not CMYK")),
            6 => Err(unsupported("YCbCr samples; save it as RGB")),
            8..=10 => Err(unsupported("CIE L*a*b* samples; save it as RGB")),
            u64::MAX => Err(PixelError::damaged(NAME, "it does not say what its samples mean (tag 262)")),
            other => Err(unsupported(&format!("samples of the photometric interpretation {other}"))),
        }
    }

    /// The high bytes of the colour map: all reds, then greens, then blues.
    fn palette(&mut self, colors: usize) -> Result<Vec<[u8; 3]>, PixelError> {
        let values = self.list(tag::COLOR_MAP, 3 * colors as u64)?;
        if values.len() < 3 * colors {
            return Err(PixelError::damaged(NAME, format!("its palette has fewer than {colors} colours")));
        }
        Ok((0..colors).map(|i| [i, colors + i, 2 * colors + i].map(|at| (values[at] >> 8) as u8)).collect())
    }

    /// The first extra sample that is alpha. Without the tag, a fourth sample of RGB is alpha, as in Pillow.
    pub(super) fn alpha(&mut self, photometric: &Photometric, samples: usize) -> Result<Option<Alpha>, PixelError> {
        let colors = photometric.samples();
        let extras = self.list(tag::EXTRA_SAMPLES, samples as u64)?;
        if extras.is_empty() && matches!(photometric, Photometric::Rgb) && samples == 4 {
            return Ok(Some(Alpha { index: colors, premultiplied: false }));
        }
        // 1 is premultiplied, 2 is not; Corel Draw writes 999.
        let alpha = extras.iter().take(samples - colors).position(|kind| matches!(kind, 1 | 2 | 999));
        Ok(alpha.map(|at| Alpha { index: colors + at, premultiplied: extras[at] == 1 }))
    }

    pub(super) fn predictor(&mut self, bits: usize) -> Result<bool, PixelError> {
        match self.number(tag::PREDICTOR, 1)? {
            1 => Ok(false),
            2 if bits >= 8 => Ok(true),
            other => Err(unsupported(&format!("the predictor {other} with {bits} bits a sample"))),
        }
    }

    pub(super) fn grid(&mut self, frame: &Frame, limits: &Limits) -> Result<Grid, PixelError> {
        let tiled = self.directory.count(tag::TILE_OFFSETS) > 0;
        let (width, height, offsets, lengths) = if tiled {
            let (width, height) = (self.side(tag::TILE_WIDTH)?, self.side(tag::TILE_LENGTH)?);
            (width, height, tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
        } else {
            // Many writers give 2^32 - 1 rows, which means all.
            let rows = self.number(tag::ROWS_PER_STRIP, u64::MAX)?.min(frame.size.height.into()) as u32;
            if rows == 0 {
                return Err(PixelError::damaged(NAME, "its strips have no rows"));
            }
            (frame.size.width, rows, tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
        };
        let mut grid = Grid { tiled, width, height, chunks: Vec::new() };
        let planes = if frame.planar { frame.samples as u64 } else { 1 };
        let count = (grid.across(frame.size) as u64 * grid.down(frame.size) as u64).saturating_mul(planes);
        limits.check_buffer("bytes for the positions of TIFF chunks", count.saturating_mul(16))?;
        let offsets = self.list(offsets, count)?;
        let lengths = self.list(lengths, count)?;
        if offsets.len() as u64 != count || lengths.len() as u64 != count {
            return Err(PixelError::damaged(
                NAME,
                format!(
                    "it lists {} positions and {} lengths for {count} strips or tiles",
                    offsets.len(),
                    lengths.len()
                ),
            ));
        }
        grid.chunks = offsets.into_iter().zip(lengths).collect();
        Ok(grid)
    }
}
