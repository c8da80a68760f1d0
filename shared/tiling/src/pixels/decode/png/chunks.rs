//! A walk over the chunks of a PNG file, without looking at the pixels.

use std::io::{BufRead, Read, Seek, SeekFrom};

use flate2::Crc;

use super::NAME;
use crate::pixels::PixelError;

/// One chunk after the other; the data of a chunk are read only if asked for.
pub(super) struct Chunks<'a, R> {
    input: &'a mut R,
    kind: [u8; 4],
    length: u64,
    /// Bytes of the present chunk that are read already.
    start: Vec<u8>,
    next_chunk: u64,
    end_of_file: u64,
    ended: bool,
}

impl<'a, R: BufRead + Seek> Chunks<'a, R> {
    /// Begins after the signature of 8 bytes.
    pub(super) fn start(input: &'a mut R) -> Result<Self, PixelError> {
        let end_of_file = input.seek(SeekFrom::End(0))?;
        input.seek(SeekFrom::Start(8))?;
        Ok(Self { input, kind: [0; 4], length: 0, start: Vec::new(), next_chunk: 8, end_of_file, ended: false })
    }

    /// The kind of the next chunk, or `None` after the IEND chunk.
    pub(super) fn next(&mut self) -> Result<Option<[u8; 4]>, PixelError> {
        if self.ended {
            return Ok(None);
        }
        let position = self.input.stream_position()?;
        self.input.seek_relative((self.next_chunk - position) as i64)?;
        let mut length = [0; 4];
        self.read(&mut length, "a chunk header")?;
        let mut kind = [0; 4];
        self.read(&mut kind, "a chunk header")?;
        self.kind = kind;
        self.length = u32::from_be_bytes(length).into();
        self.start.clear();
        // 8 bytes of header, 4 of checksum.
        self.next_chunk += self.length + 12;
        if self.next_chunk > self.end_of_file {
            return Err(PixelError::damaged(NAME, format!("the file ends early, in a chunk {}", self.name())));
        }
        self.ended = kind == *b"IEND";
        Ok(Some(kind))
    }

    /// The kind of the present chunk, readable.
    pub(super) fn name(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.kind)
    }

    /// The number of data bytes of the present chunk.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// At most the first 80 bytes of the present chunk, enough for a keyword.
    pub(super) fn peek(&mut self) -> Result<&[u8], PixelError> {
        self.read_to(self.length.min(80))?;
        Ok(&self.start)
    }

    /// All data of the present chunk, or `None` if its checksum is wrong. Check [`Self::length`] before.
    pub(super) fn data(&mut self) -> Result<Option<&[u8]>, PixelError> {
        self.read_to(self.length)?;
        let mut expected = [0; 4];
        self.read(&mut expected, "a checksum")?;
        let mut checksum = Crc::new();
        checksum.update(&self.kind);
        checksum.update(&self.start);
        Ok((checksum.sum() == u32::from_be_bytes(expected)).then_some(&self.start))
    }

    fn read_to(&mut self, length: u64) -> Result<(), PixelError> {
        let missing = length.saturating_sub(self.start.len() as u64);
        let read = self.input.take(missing).read_to_end(&mut self.start)?;
        if (read as u64) < missing {
            return Err(PixelError::damaged(NAME, format!("the file ends early, in a chunk {}", self.name())));
        }
        Ok(())
    }

    fn read(&mut self, bytes: &mut [u8], part: &str) -> Result<(), PixelError> {
        self.input.read_exact(bytes).map_err(|error| PixelError::reading(NAME, part, error))
    }
}
