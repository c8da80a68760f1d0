//! From stored samples to rows of 8-bit gray, RGB or CMYK, with straight alpha.

use std::fs::File;

use super::{
    chunks::Chunks,
    directory::ByteOrder,
    frame::{Frame, Photometric},
};
use crate::pixels::{
    PixelError,
    decode::{
        convert::unpremultiply,
        scanlines::{Color, Layout, Scanlines},
    },
};

pub(super) struct TiffScanlines {
    chunks: Chunks,
    layout: Layout,
    bits: usize,
    planar: bool,
    /// Bytes from a sample to the next one of its kind.
    step: usize,
    /// Where the samples of the layout are: plane, and byte of the first one.
    sources: Vec<(usize, usize)>,
    premultiplied: bool,
    inverted: bool,
    palette: Option<Vec<[u8; 3]>>,
}

impl TiffScanlines {
    pub(super) fn new(file: File, frame: Frame) -> Result<Self, PixelError> {
        let layout = frame.layout();
        let wanted: Vec<usize> =
            (0..frame.photometric.samples()).chain(frame.alpha.as_ref().map(|alpha| alpha.index)).collect();
        let bytes = frame.bits.div_ceil(8);
        // The high byte of 16 bits.
        let high = if frame.bits == 16 && frame.order == ByteOrder::Little { 1 } else { 0 };
        let (chunks, sources, step) = if frame.planar {
            (Chunks::new(file, &frame, &wanted)?, (0..wanted.len()).map(|plane| (plane, high)).collect(), bytes)
        } else {
            let sources = wanted.iter().map(|sample| (0, sample * bytes + high)).collect();
            (Chunks::new(file, &frame, &[0])?, sources, bytes * frame.samples)
        };
        Ok(Self {
            chunks,
            layout,
            bits: frame.bits,
            planar: frame.planar,
            step,
            sources,
            premultiplied: frame.alpha.is_some_and(|alpha| alpha.premultiplied),
            inverted: matches!(frame.photometric, Photometric::WhiteIsZero),
            palette: match frame.photometric {
                Photometric::Palette(colors) => Some(colors),
                _ => None,
            },
        })
    }

    /// Copies every sample of the layout, palette numbers as they are, into pixels of `stride` bytes.
    fn pick(&self, row: &mut [u8], stride: usize) {
        let stored = self.chunks.row(0);
        if !self.planar && self.step == stride && self.sources.iter().map(|(_, at)| *at).eq(0..stride) {
            row.copy_from_slice(&stored[..row.len()]);
            return;
        }
        for (to, (plane, from)) in self.sources.iter().enumerate() {
            let samples = self.chunks.row(*plane)[*from..].iter().step_by(self.step);
            for (out, sample) in row[to..].iter_mut().step_by(stride).zip(samples) {
                *out = *sample;
            }
        }
    }
}

impl Scanlines for TiffScanlines {
    fn read_row(&mut self, row: &mut [u8]) -> Result<(), PixelError> {
        self.chunks.advance()?;
        match &self.palette {
            Some(colors) => self.look_up(colors, row),
            None if self.bits < 8 => {
                let full = (1 << self.bits) - 1;
                for (out, value) in row.iter_mut().zip(unpack(self.chunks.row(0), self.bits)) {
                    *out = value * (255 / full);
                }
            }
            None => self.pick(row, self.layout.samples()),
        }
        if self.inverted {
            for pixel in row.chunks_exact_mut(self.layout.samples()) {
                pixel[0] = !pixel[0];
            }
        }
        match (self.premultiplied, self.layout.color) {
            (false, _) => {}
            (true, Color::Gray) => unpremultiply::<2>(row),
            (true, Color::Rgb) => unpremultiply::<4>(row),
            (true, Color::Cmyk) => unpremultiply::<5>(row),
        }
        Ok(())
    }
}

impl TiffScanlines {
    fn look_up(&self, colors: &[[u8; 3]], row: &mut [u8]) {
        let pixels = row.chunks_exact_mut(self.layout.samples());
        if self.bits < 8 {
            for (pixel, number) in pixels.zip(unpack(self.chunks.row(0), self.bits)) {
                pixel.copy_from_slice(&colors[usize::from(number)]);
            }
            return;
        }
        let sample = |index: usize| {
            let (plane, from) = self.sources[index];
            self.chunks.row(plane)[from..].iter().step_by(self.step)
        };
        for (pixel, number) in pixels.zip(sample(0)) {
            pixel[..3].copy_from_slice(&colors[usize::from(*number)]);
        }
        if self.layout.alpha {
            for (pixel, alpha) in row.as_chunks_mut::<4>().0.iter_mut().zip(sample(1)) {
                pixel[3] = *alpha;
            }
        }
    }
}

/// Samples of 1, 2 or 4 bits, from the highest bit down.
fn unpack(row: &[u8], bits: usize) -> impl Iterator<Item = u8> {
    let mask = (1u8 << bits) - 1;
    row.iter().flat_map(move |byte| (0..8 / bits).rev().map(move |at| byte >> (at * bits) & mask))
}
