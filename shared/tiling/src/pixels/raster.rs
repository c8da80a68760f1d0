//! Square pieces of a pyramid in memory.

use super::{Channels, Orientation, Size, buffers::Buffers};

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
    pub(super) fn unwritten(side: usize, channels: Channels, buffers: &Buffers) -> Self {
        Self { side, channels, bytes: buffers.take(side * side * channels.bytes_per_pixel()) }
    }

    /// A square with all bytes zero: transparent.
    pub(super) fn transparent(side: usize, buffers: &Buffers) -> Self {
        let mut raster = Self::unwritten(side, Channels::Rgba, buffers);
        raster.bytes.resize(side * side * Channels::Rgba.bytes_per_pixel(), 0);
        raster
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

    /// The memory of the pixels.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
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
    pub(super) fn reduced(self, buffers: &Buffers) -> Option<Self> {
        if self.channels == Channels::Rgb {
            return Some(self);
        }
        let mut alpha = self.bytes.iter().skip(3).step_by(4);
        let first = *alpha.next()?;
        if !matches!(first, 0 | 255) || alpha.any(|alpha| *alpha != first) {
            return Some(self);
        }
        let opaque = (first == 255).then(|| {
            let mut opaque = Self::unwritten(self.side, Channels::Rgb, buffers);
            opaque
                .bytes
                .extend(self.bytes.as_chunks::<4>().0.iter().flat_map(|[red, green, blue, _]| [red, green, blue]));
            opaque
        });
        buffers.give(self.bytes);
        opaque
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

/// Copies pixels, adding alpha 255 where there is none.
fn copy_pixels(from: &[u8], from_channels: Channels, to: &mut [u8], to_channels: Channels) {
    if from_channels == to_channels {
        to[..from.len()].copy_from_slice(from);
        return;
    }
    for (to, [red, green, blue]) in to.as_chunks_mut().0.iter_mut().zip(from.as_chunks().0) {
        *to = [*red, *green, *blue, 255];
    }
}
