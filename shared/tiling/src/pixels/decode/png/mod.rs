//! PNG: the metadata by our own walk over the chunks, the pixels by the `png` crate.
//!
//! Samples of 16 bits become their high byte; palettes and transparent colours become RGB(A). A file must reach its
//! IEND chunk; sRGB, gAMA and cHRM chunks are not looked at, as in Pillow.

mod chunks;
mod decoder;
mod profiles;

use std::{
    fs::File,
    io::{BufRead, Seek},
};

use self::chunks::Chunks;
use super::{
    Content,
    demand::{Coding, Demand},
    header::{Inspected, Metadata},
    scanlines::{Color, Layout, Scanlines},
};
use crate::pixels::{Limits, PixelError, Size};

const NAME: &str = "PNG";

/// What the decoder is checked against.
pub(super) struct Frame {
    size: Size,
    interlaced: bool,
    /// Of the decoded rows.
    layout: Layout,
    /// As stored: numbers of palettes are not yet colours.
    bits_per_pixel: u64,
}

/// The compressed bytes at hand, and what is decompressed of them ahead of the rows.
const STREAM_BYTES: u64 = 1 << 20;

impl Frame {
    pub(super) fn demand(&self) -> Demand {
        let (width, height) = (u64::from(self.size.width), u64::from(self.size.height));
        let stored_row_bytes = (width * self.bits_per_pixel).div_ceil(8);
        let image_bytes = if self.interlaced { self.image_bytes() } else { 0 };
        Demand {
            memory_bytes: STREAM_BYTES + 4 * stored_row_bytes + image_bytes,
            lighter: self.interlaced.then_some("save it without interlacing"),
            sample_bytes: stored_row_bytes * height,
            coding: Coding::Deflate,
            layout: self.layout,
        }
    }

    /// The whole image, decoded.
    fn image_bytes(&self) -> u64 {
        u64::from(self.size.width) * u64::from(self.size.height) * self.layout.samples() as u64
    }
}

/// Reads all chunks but the pixels, because metadata may follow them.
pub(super) fn inspect(input: &mut (impl BufRead + Seek), limits: &Limits) -> Result<Inspected, PixelError> {
    let mut chunks = Chunks::start(input)?;
    let header = Header::read(&mut chunks)?;
    limits.check_size(header.size)?;
    let mut metadata = Metadata::default();
    let mut has_pixels = false;
    let mut has_transparency = false;
    while let Some(kind) = chunks.next()? {
        match &kind {
            b"IDAT" => has_pixels = true,
            b"tRNS" => has_transparency = true,
            b"iCCP" | b"eXIf" | b"iTXt" | b"zTXt" | b"tEXt" => {
                profiles::take(kind, &mut chunks, &mut metadata, limits)?;
            }
            _ => {}
        }
    }
    if !has_pixels {
        return Err(PixelError::damaged(NAME, "it has no pixels (no IDAT chunk)"));
    }
    let Header { size, interlaced, color, alpha, bits_per_pixel } = header;
    let frame = Frame { size, interlaced, layout: Layout::new(color, alpha || has_transparency), bits_per_pixel };
    if interlaced {
        limits.check_buffer("bytes for an interlaced PNG", frame.image_bytes())?;
    }
    Ok(Inspected { size, metadata, content: Content::Png(frame) })
}

/// Starts the decoder.
pub(super) fn scanlines(file: File, frame: Frame) -> Result<(Layout, Box<dyn Scanlines>), PixelError> {
    let (layout, scanlines) = decoder::PngScanlines::start(file, frame)?;
    Ok((layout, Box::new(scanlines)))
}

/// The IHDR chunk (PNG specification, third edition, 11.2.1).
struct Header {
    size: Size,
    interlaced: bool,
    /// Of the decoded rows; a palette becomes its colours.
    color: Color,
    /// Without that of a tRNS chunk.
    alpha: bool,
    bits_per_pixel: u64,
}

impl Header {
    fn read(chunks: &mut Chunks<impl BufRead + Seek>) -> Result<Self, PixelError> {
        if chunks.next()? != Some(*b"IHDR") || chunks.length() != 13 {
            return Err(PixelError::damaged(NAME, "it does not begin with a header (IHDR chunk)"));
        }
        let data = chunks.data()?.ok_or_else(|| PixelError::damaged(NAME, "the checksum of its header is wrong"))?;
        let [w3, w2, w1, w0, h3, h2, h1, h0, depth, color, _compression, _filter, interlace] = data[..] else {
            return Err(PixelError::damaged(NAME, "its header is too short"));
        };
        let size = Size { width: u32::from_be_bytes([w3, w2, w1, w0]), height: u32::from_be_bytes([h3, h2, h1, h0]) };
        if size.width == 0 || size.height == 0 {
            return Err(PixelError::damaged(NAME, format!("it claims {} × {} pixels", size.width, size.height)));
        }
        let (color, alpha, stored_samples) = match color {
            0 => (Color::Gray, false, 1),
            2 => (Color::Rgb, false, 3),
            3 => (Color::Rgb, false, 1),
            4 => (Color::Gray, true, 2),
            6 => (Color::Rgb, true, 4),
            other => return Err(PixelError::damaged(NAME, format!("it has the unknown colour type {other}"))),
        };
        Ok(Self { size, interlaced: interlace == 1, color, alpha, bits_per_pixel: stored_samples * u64::from(depth) })
    }
}
