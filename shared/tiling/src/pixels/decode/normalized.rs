//! The row source of every format: crop, conversion to RGB, black to transparent, ICC profile to sRGB.

use super::{
    ColorProcessing, ReadOptions, convert,
    icc::{self, ToSrgb},
    scanlines::{Color, Layout, Scanlines, buffer},
};
use crate::{
    Warning,
    pixels::{Channels, PixelError, RowSource, Size},
};

pub(super) struct NormalizedRows {
    scanlines: Box<dyn Scanlines>,
    layout: Layout,
    size: Size,
    channels: Channels,
    /// Rows of the file to pass over before the next one that is wanted.
    rows_to_skip: u32,
    /// The wanted part of a row of the file, in bytes.
    window: std::ops::Range<usize>,
    row: Vec<u8>,
    black_to_transparent: bool,
    to_srgb: Option<ToSrgb>,
}

impl NormalizedRows {
    /// Puts the steps of `options` behind `scanlines`; a profile that cannot be used is a warning.
    pub(super) fn new(
        scanlines: Box<dyn Scanlines>,
        layout: Layout,
        stored: Size,
        profile: Option<&[u8]>,
        options: &ReadOptions,
    ) -> Result<(Self, Vec<Warning>), PixelError> {
        let crop = options.crop.unwrap_or_default();
        let size = crop.remaining(stored)?;
        let mut warnings = Vec::new();
        let to_srgb = match (options.color, profile) {
            (ColorProcessing::Srgb, Some(profile)) => icc::to_srgb(profile, layout).unwrap_or_else(|warning| {
                warnings.push(warning);
                None
            }),
            _ => None,
        };
        let transparent = layout.alpha || options.black_to_transparent;
        let rows = Self {
            scanlines,
            layout,
            size,
            channels: if transparent { Channels::Rgba } else { Channels::Rgb },
            rows_to_skip: crop.top,
            window: crop.left as usize * layout.samples()..(crop.left + size.width) as usize * layout.samples(),
            row: buffer(stored.width as usize * layout.samples())?,
            black_to_transparent: options.black_to_transparent,
            to_srgb,
        };
        Ok((rows, warnings))
    }

    /// Whether a row of the file is a row of the result, byte by byte.
    fn is_verbatim(&self) -> bool {
        self.layout.color == Color::Rgb
            && self.layout.samples() == self.channels.bytes_per_pixel()
            && self.window.len() == self.row.len()
            && !self.black_to_transparent
            && self.to_srgb.is_none()
    }
}

impl RowSource for NormalizedRows {
    fn size(&self) -> Size {
        self.size
    }

    fn channels(&self) -> Channels {
        self.channels
    }

    fn read_rows(&mut self, rows: &mut [u8]) -> Result<(), PixelError> {
        while self.rows_to_skip > 0 {
            self.scanlines.read_row(&mut self.row)?;
            self.rows_to_skip -= 1;
        }
        let verbatim = self.is_verbatim();
        for out in rows.chunks_exact_mut(self.size.width as usize * self.channels.bytes_per_pixel()) {
            if verbatim {
                self.scanlines.read_row(out)?;
                continue;
            }
            self.scanlines.read_row(&mut self.row)?;
            let samples = &self.row[self.window.clone()];
            convert::to_rgb(self.layout, samples, self.channels, out);
            if self.black_to_transparent {
                convert::black_to_transparent(out);
            }
            if let Some(to_srgb) = &mut self.to_srgb {
                to_srgb.convert(self.layout, samples, out)?;
            }
        }
        Ok(())
    }

    fn take_warnings(&mut self) -> Vec<Warning> {
        self.scanlines.take_warnings()
    }
}
