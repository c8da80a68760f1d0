//! What the headers of an image file say, before any pixel is decoded.

use super::Content;
use crate::{
    Warning,
    pixels::{Orientation, Size},
};

/// The formats that can be read, told apart by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG: baseline and progressive, 8 bits.
    Jpeg,
    /// PNG, and the default image of an animated PNG.
    Png,
    /// TIFF and BigTIFF: the first image of the file.
    Tiff,
}

impl Format {
    /// The format of a file that begins with `start`, or `None` if it is none of ours.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Jpeg)
        } else if start.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if [b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"].iter().any(|magic| start.starts_with(*magic)) {
            Some(Self::Tiff)
        } else {
            None
        }
    }
}

/// A file of a million broken chunks is told apart from a good one by the first of them.
const MAX_WARNINGS: usize = 20;

/// What is known of an image before its pixels are decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageHeader {
    /// The format by content; the name of the file does not matter.
    pub format: Format,
    /// The size as stored, before any orientation or crop.
    pub size: Size,
    /// How the stored pixels are turned for display (EXIF, or TIFF tag 274).
    pub orientation: Orientation,
    /// The XMP packet. If a JPEG has an extended packet, it follows the main one: two XML documents in a row.
    pub xmp: Option<Vec<u8>>,
    /// Whether the file carries an ICC profile (which may still turn out to be broken).
    pub has_icc: bool,
    /// What was passed over.
    pub warnings: Vec<Warning>,
}

/// What a format's reader finds in the headers.
pub(super) struct Inspected {
    pub(super) size: Size,
    pub(super) metadata: Metadata,
    pub(super) content: Content,
}

/// What is embedded beside the pixels.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) orientation: Orientation,
    pub(super) xmp: Option<Vec<u8>>,
    pub(super) icc: Option<Vec<u8>>,
    pub(super) warnings: Vec<Warning>,
}

impl Metadata {
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning::new(text));
        }
    }
}
