//! The marker segments before the first scan.

use std::io::{BufRead, Read};

use super::NAME;
use crate::pixels::PixelError;

pub(super) const SOS: u8 = 0xDA;
pub(super) const APP1: u8 = 0xE1;
pub(super) const APP2: u8 = 0xE2;
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;

/// Reads one segment after the other; a segment has at most 65533 bytes.
pub(super) struct Segments<'a, R> {
    input: &'a mut R,
    data: Vec<u8>,
}

impl<'a, R: BufRead> Segments<'a, R> {
    /// Begins after the start-of-image marker.
    pub(super) fn start(input: &'a mut R) -> Result<Self, PixelError> {
        let mut start = [0; 2];
        read(input, &mut start)?;
        match start {
            [0xFF, SOI] => Ok(Self { input, data: Vec::new() }),
            _ => Err(PixelError::damaged(NAME, "it does not begin with the start-of-image marker")),
        }
    }

    /// The marker and the data of the next segment, or `None` at the end of the image.
    pub(super) fn next(&mut self) -> Result<Option<(u8, &[u8])>, PixelError> {
        let marker = self.next_marker()?;
        if marker == EOI {
            return Ok(None);
        }
        let mut length = [0; 2];
        read(self.input, &mut length)?;
        let length = u16::from_be_bytes(length)
            .checked_sub(2)
            .ok_or_else(|| PixelError::damaged(NAME, format!("the segment {marker:#04X} has a length below 2")))?;
        self.data.resize(length.into(), 0);
        read(self.input, &mut self.data)?;
        Ok(Some((marker, &self.data)))
    }

    /// The next marker that has data, or the end of the image. Any number of fill bytes may precede a marker.
    fn next_marker(&mut self) -> Result<u8, PixelError> {
        loop {
            let mut byte = [0];
            while byte[0] != 0xFF {
                read(self.input, &mut byte)?;
            }
            while byte[0] == 0xFF {
                read(self.input, &mut byte)?;
            }
            let has_no_data = matches!(byte[0], 0 | 0x01 | 0xD0..=SOI);
            if !has_no_data {
                return Ok(byte[0]);
            }
        }
    }
}

fn read(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), PixelError> {
    input.read_exact(bytes).map_err(|error| PixelError::reading(NAME, "its headers", error))
}

/// The number of scans from the one whose header was just read to the end of the file.
///
/// Inside the data of a scan, 0xFF is never followed by a marker's number, so no decoding is needed.
pub(super) fn count_scans(input: &mut impl BufRead) -> Result<u64, PixelError> {
    let mut scans = 1;
    let mut after_ff = false;
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(scans);
        }
        for byte in bytes {
            scans += u64::from(after_ff && *byte == SOS);
            after_ff = *byte == 0xFF;
        }
        let length = bytes.len();
        input.consume(length);
    }
}
