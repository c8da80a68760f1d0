//! The strings that codes stand for.

use std::io;

use super::Decoded;

/// The code that ends the data.
pub(super) const END: usize = 257;
const MIN_WIDTH: u32 = 9;
const MAX_WIDTH: u32 = 12;
/// The most entries, and the longest string in bytes.
pub(super) const TABLE: usize = 1 << MAX_WIDTH;
pub(super) const PIECE: usize = 8;

/// What a code stands for: the string of another, if it is longer than a piece, and then its own piece.
///
/// Pieces of eight bytes make strings of any length quick to write, and to continue, in a table of fixed size.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    /// The last piece; its first byte is the lowest.
    piece: u64,
    /// The length in bytes, in 12 bits; the code of what is before the piece, in 12 bits; the first byte.
    rest: u32,
}

impl Entry {
    fn literal(byte: u8) -> Self {
        Self { piece: byte.into(), rest: u32::from(byte) << 24 | 1 }
    }

    #[inline(always)]
    fn length(self) -> usize {
        self.rest as usize % TABLE
    }

    #[inline(always)]
    fn head(self) -> usize {
        (self.rest >> 12) as usize % TABLE
    }

    #[inline(always)]
    fn first(self) -> u8 {
        (self.rest >> 24) as u8
    }

    /// The string of `code`, which is this, and one byte more.
    #[inline(always)]
    fn with(self, code: usize, byte: u8) -> Self {
        let in_piece = self.length() % PIECE;
        let (piece, rest) = match in_piece {
            0 => (0, self.rest & 0xff00_0fff | (code as u32) << 12),
            _ => (self.piece, self.rest),
        };
        Self { piece: piece | u64::from(byte) << (8 * in_piece), rest: rest + 1 }
    }
}

/// All strings that have a code at present.
pub(super) struct Strings {
    table: Box<[Entry; TABLE]>,
    /// How many entries the table has.
    known: usize,
    /// Bits of the next code.
    pub(super) width: u32,
    /// The code before, and its string.
    previous: usize,
    before: Entry,
}

impl Strings {
    pub(super) fn new() -> Self {
        let literals = std::array::from_fn(|byte| Entry::literal(byte as u8));
        let mut strings = Self { table: Box::new(literals), known: 0, width: 0, previous: 0, before: Entry::default() };
        strings.clear();
        strings
    }

    /// Forgets all but single bytes. What the next code adds is of no meaning, and takes the place of the end, which has no string.
    pub(super) fn clear(&mut self) {
        (self.known, self.width) = (END, MIN_WIDTH);
    }

    /// The string of `code`. Learns what the encoder did before it sent it: the string before, with the first byte of this one.
    #[inline(always)]
    pub(super) fn next(&mut self, code: usize) -> io::Result<Entry> {
        let mut string = self.table[code % TABLE];
        if self.known < TABLE {
            // The string that is just being added begins as the one before.
            let is_new = code == self.known;
            let new = self.before.with(self.previous, if is_new { self.before.first() } else { string.first() });
            self.table[self.known] = new;
            self.known += 1;
            if is_new {
                string = new;
            }
            if self.known == (1 << self.width) - 1 && self.width < MAX_WIDTH {
                self.width += 1;
            }
        }
        if code >= self.known {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an LZW code that was never defined"));
        }
        (self.previous, self.before) = (code, string);
        Ok(string)
    }

    /// Writes a string, piece by piece from its end, and returns where it ends.
    #[inline(always)]
    pub(super) fn write(&self, mut string: Entry, out: &mut Decoded, start: usize) -> usize {
        let end = start + string.length();
        let mut piece = start + (string.length() - 1) / PIECE * PIECE;
        loop {
            out[piece..piece + PIECE].copy_from_slice(&string.piece.to_le_bytes());
            if piece == start {
                return end;
            }
            string = self.table[string.head()];
            piece -= PIECE;
        }
    }
}
