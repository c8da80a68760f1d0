//! Square pieces of a pyramid in memory.

use super::{Channels, Orientation, Size};

/// A square of pixels. Opaque pieces have three channels, which spares a quarter of the memory and of the work.
pub(super) struct Raster {
    side: usize,
    channels: Channels,
    bytes: Vec<u8>,
}

impl Raster {
    /// A square of pixels, row by row from the top.
    pub(super) fn new(side: usize, channels: Channels, bytes: Vec<u8>) -> Self {
        debug_assert_eq!(bytes.len(), side * side * channels.bytes_per_pixel());
        Self { side, channels, bytes }
    }

    /// A square that is to be written whole, in the order of its bytes; until then it is not to be read.
    pub(super) fn unwritten(side: usize, channels: Channels) -> Self {
        Self { side, channels, bytes: Vec::with_capacity(side * side * channels.bytes_per_pixel()) }
    }

    /// A square with all bytes zero: transparent, or black.
    pub(super) fn zeroed(side: usize, channels: Channels) -> Self {
        Self { side, channels, bytes: vec![0; side * side * channels.bytes_per_pixel()] }
    }

    pub(super) fn side(&self) -> usize {
        self.side
    }

    pub(super) fn channels(&self) -> Channels {
        self.channels
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One row, `y` from the top.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let row_bytes = self.side * self.channels.bytes_per_pixel();
        &self.bytes[y * row_bytes..][..row_bytes]
    }

    /// Writes pixels into row `y` from column `x` on.
    pub(super) fn write(&mut self, x: usize, y: usize, pixels: &[u8], channels: Channels) {
        let start = (y * self.side + x) * self.channels.bytes_per_pixel();
        if start == self.bytes.len() {
            debug_assert_eq!(channels, self.channels);
            return self.bytes.extend_from_slice(pixels);
        }
        copy_pixels(pixels, channels, &mut self.bytes[start..], self.channels);
    }

    /// The same picture in the least form: nothing if all alpha is 0, without alpha if all of it is 255.
    pub(super) fn reduced(self) -> Option<Self> {
        if self.channels == Channels::Rgb {
            return Some(self);
        }
        let mut alpha = self.bytes.iter().skip(3).step_by(4);
        let first = *alpha.next()?;
        if !matches!(first, 0 | 255) || alpha.any(|alpha| *alpha != first) {
            return Some(self);
        }
        (first == 255).then(|| {
            let mut opaque = Self::zeroed(self.side, Channels::Rgb);
            copy_pixels(&self.bytes, self.channels, &mut opaque.bytes, Channels::Rgb);
            opaque
        })
    }

    /// The square turned for display.
    pub(super) fn turned(self, orientation: Orientation) -> Self {
        if orientation == Orientation::Normal {
            return self;
        }
        let size = Size { width: self.side as u32, height: self.side as u32 };
        let bytes = match self.channels {
            Channels::Rgb => orientation.turn_pixels(self.bytes.as_chunks::<3>().0, size).into_flattened(),
            Channels::Rgba => orientation.turn_pixels(self.bytes.as_chunks::<4>().0, size).into_flattened(),
        };
        Self { bytes, ..self }
    }
}

/// Copies pixels, adding alpha 255 or dropping alpha where the channels differ.
fn copy_pixels(from: &[u8], from_channels: Channels, to: &mut [u8], to_channels: Channels) {
    if from_channels == to_channels {
        to[..from.len()].copy_from_slice(from);
        return;
    }
    let from = from.chunks_exact(from_channels.bytes_per_pixel());
    for (to, from) in to.chunks_exact_mut(to_channels.bytes_per_pixel()).zip(from) {
        to[..3].copy_from_slice(&from[..3]);
        if let Some(alpha) = to.get_mut(3) {
            *alpha = 255;
        }
    }
}
