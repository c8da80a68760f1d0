//! The directory of tags (IFD) of TIFF 6.0 and BigTIFF.

use std::io::{Read, Seek, SeekFrom};

use super::NAME;
use crate::pixels::PixelError;

/// More tags than any writer makes; BigTIFF could claim 2^64.
const MAX_TAGS: u64 = 4096;

/// Which byte of a number comes first in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum ByteOrder {
    Little,
    Big,
}

/// The first directory of a file; values are read when asked for.
pub(in super::super) struct Directory {
    pub(super) order: ByteOrder,
    end_of_file: u64,
    tags: Vec<Tag>,
}

struct Tag {
    number: u16,
    kind: u16,
    count: u64,
    /// Where the value is in the file.
    position: u64,
}

impl Directory {
    /// Reads the header of the file and the tags of the first directory.
    pub(in super::super) fn read(input: &mut (impl Read + Seek)) -> Result<Self, PixelError> {
        let end_of_file = input.seek(SeekFrom::End(0))?;
        input.rewind()?;
        let mut start = [0; 4];
        read(input, &mut start)?;
        let (order, big) = match &start {
            b"II\x2a\0" => (ByteOrder::Little, false),
            b"II\x2b\0" => (ByteOrder::Little, true),
            b"MM\0\x2a" => (ByteOrder::Big, false),
            b"MM\0\x2b" => (ByteOrder::Big, true),
            _ => return Err(PixelError::damaged(NAME, "it does not begin with a TIFF header")),
        };
        if big && (order.number(input, 2)? != 8 || order.number(input, 2)? != 0) {
            return Err(PixelError::damaged(NAME, "its BigTIFF header is wrong"));
        }
        let offset_bytes = if big { 8 } else { 4 };
        let position = order.number(input, offset_bytes)?;
        input.seek(SeekFrom::Start(position)).map_err(|_| outside(position))?;
        let count = order.number(input, if big { 8 } else { 2 })?;
        if count > MAX_TAGS {
            return Err(PixelError::damaged(NAME, format!("its directory claims {count} tags")));
        }
        let mut tags = Vec::new();
        for index in 0..count {
            let (number, kind) = (order.number(input, 2)? as u16, order.number(input, 2)? as u16);
            let count = order.number(input, offset_bytes)?;
            // Numbers of the directory itself: its start, the count of tags, and 12 or 20 bytes a tag.
            let here = if big { position + 8 + index * 20 + 12 } else { position + 2 + index * 12 + 8 };
            let offset = order.number(input, offset_bytes)?;
            let fits_here = size_of_kind(kind).checked_mul(count).is_some_and(|bytes| bytes <= offset_bytes as u64);
            tags.push(Tag { number, kind, count, position: if fits_here { here } else { offset } });
        }
        Ok(Self { order, end_of_file, tags })
    }

    /// The number of values of a tag; 0 if it is missing.
    pub(super) fn count(&self, number: u16) -> u64 {
        self.tag(number).map_or(0, |tag| tag.count)
    }

    /// The first value of a tag of whole numbers.
    pub(in super::super) fn unsigned(
        &self,
        input: &mut (impl Read + Seek),
        number: u16,
    ) -> Result<Option<u64>, PixelError> {
        Ok(self.unsigned_list(input, number, 1)?.and_then(|values| values.first().copied()))
    }

    /// At most the first `most` values of a tag of whole numbers.
    pub(super) fn unsigned_list(
        &self,
        input: &mut (impl Read + Seek),
        number: u16,
        most: u64,
    ) -> Result<Option<Vec<u64>>, PixelError> {
        let Some(tag) = self.tag(number) else { return Ok(None) };
        // BYTE, SHORT, LONG, LONG8 and the two kinds of IFD offset.
        if !matches!(tag.kind, 1 | 3 | 4 | 13 | 16 | 18) {
            return Err(PixelError::damaged(NAME, format!("the tag {number} is not a whole number")));
        }
        let size = size_of_kind(tag.kind);
        let bytes = self.value(input, tag, tag.count.min(most))?;
        Ok(Some(bytes.chunks_exact(size as usize).map(|value| self.order.unsigned(value)).collect()))
    }

    /// The bytes of a tag of whatever kind.
    pub(super) fn bytes(&self, input: &mut (impl Read + Seek), number: u16) -> Result<Option<Vec<u8>>, PixelError> {
        self.tag(number).map(|tag| self.value(input, tag, tag.count)).transpose()
    }

    fn tag(&self, number: u16) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.number == number)
    }

    /// The bytes of `count` values; nothing is allocated that is not in the file.
    fn value(&self, input: &mut (impl Read + Seek), tag: &Tag, count: u64) -> Result<Vec<u8>, PixelError> {
        let bytes = size_of_kind(tag.kind)
            .checked_mul(count)
            .filter(|bytes| tag.position.checked_add(*bytes).is_some_and(|end| end <= self.end_of_file))
            .ok_or_else(|| {
                PixelError::damaged(NAME, format!("the value of the tag {} lies outside the file", tag.number))
            })?;
        input.seek(SeekFrom::Start(tag.position))?;
        let mut value = vec![0; bytes as usize];
        read(input, &mut value)?;
        Ok(value)
    }
}

impl ByteOrder {
    fn number(self, input: &mut impl Read, bytes: usize) -> Result<u64, PixelError> {
        let mut number = [0; 8];
        read(input, &mut number[..bytes])?;
        Ok(self.unsigned(&number[..bytes]))
    }

    /// The number that at most 8 bytes make.
    pub(super) fn unsigned(self, bytes: &[u8]) -> u64 {
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, append),
            Self::Big => bytes.iter().fold(0, append),
        }
    }
}

/// Bytes of one value; unknown kinds count as bytes.
fn size_of_kind(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

fn read(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), PixelError> {
    input.read_exact(bytes).map_err(|error| PixelError::reading(NAME, "its directory", error))
}

fn outside(position: u64) -> PixelError {
    PixelError::damaged(NAME, format!("its directory is said to be at byte {position}, outside the file"))
}
