//! A part of a stream with codes of its own.

use super::{
    bits::BitWriter,
    counts::{Counter, Counts},
    header::BlockHeader,
    huffman::{END_OF_BLOCK, MAX_SYMBOLS, code_lengths},
    tokens::Runs,
    writer::{Codes, TokenWriter},
};

/// Four codes of this length go into one write.
const LONGEST_CODE: u8 = 14;

/// Some data with the codes that suit them.
pub(super) struct Block<'a> {
    /// Pieces of data, each with its own runs.
    data: Vec<&'a [u8]>,
    counts: Counts,
    lengths: [u8; MAX_SYMBOLS],
    header: BlockHeader,
}

impl<'a> Block<'a> {
    /// Counts what occurs and makes the codes for it.
    pub(super) fn new(data: &'a [u8], runs: Runs) -> Self {
        let mut counter = Counter::default();
        runs.tokenize(data, &mut counter);
        Self::with_counts(vec![data], counter.finish())
    }

    fn with_counts(data: Vec<&'a [u8]>, counts: Counts) -> Self {
        let lengths = code_lengths(&counts.symbols, LONGEST_CODE);
        Self { data, lengths, header: BlockHeader::new(&lengths), counts }
    }

    /// This block with the next: as one, or as two if that takes less.
    pub(super) fn joined_if_smaller(self, next: Self) -> Vec<Self> {
        let joined = Self::with_counts([&self.data[..], &next.data].concat(), self.counts.plus(&next.counts));
        if joined.size_bits() <= self.size_bits() + next.size_bits() { vec![joined] } else { vec![self, next] }
    }

    pub(super) fn size_bits(&self) -> usize {
        let symbols = self.counts.symbols.iter().zip(&self.lengths);
        let coded: usize = symbols.map(|(count, length)| *count as usize * usize::from(*length)).sum();
        self.header.size_bits() + coded + self.counts.extra_bits
    }

    pub(super) fn write<'b>(&self, runs: Runs, is_last: bool, mut out: BitWriter<'b>) -> BitWriter<'b> {
        self.header.write(is_last, &mut out);
        let codes = Codes::new(&self.lengths);
        let mut writer = TokenWriter { codes: &codes, out };
        for piece in &self.data {
            runs.tokenize(piece, &mut writer);
        }
        writer.out.put(codes.symbol(END_OF_BLOCK));
        writer.out
    }
}
