//! How often each symbol occurs.

use super::{
    huffman::{END_OF_BLOCK, MAX_SYMBOLS},
    pairs::{PAIRS, SMALL_BYTES, pairs_of, small_byte},
    tokens::{Tokens, length_symbol},
};

/// What a block consists of.
pub(super) struct Counts {
    pub(super) symbols: [u32; MAX_SYMBOLS],
    /// Bits beside the codes of literals and lengths: extra bits of lengths, and distances.
    pub(super) extra_bits: usize,
}

impl Counts {
    /// The counts of two blocks in one.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut symbols = self.symbols;
        symbols.iter_mut().zip(&other.symbols).for_each(|(count, other)| *count += other);
        symbols[END_OF_BLOCK] = 1;
        Self { symbols, extra_bits: self.extra_bits + other.extra_bits }
    }
}

/// Counts tokens.
pub(super) struct Counter {
    counts: Counts,
    pairs: [u32; PAIRS],
}

impl Default for Counter {
    fn default() -> Self {
        Self { counts: Counts { symbols: [0; MAX_SYMBOLS], extra_bits: 0 }, pairs: [0; PAIRS] }
    }
}

impl Counter {
    pub(super) fn finish(mut self) -> Counts {
        // All pairs with the same second byte lie side by side, in the order of the first.
        let by_second = self.pairs.as_chunks::<SMALL_BYTES>().0;
        let mut firsts = [0; SMALL_BYTES];
        for (second, counts) in by_second.iter().enumerate() {
            self.counts.symbols[usize::from(small_byte(second))] += counts.iter().sum::<u32>();
            firsts.iter_mut().zip(counts).for_each(|(first, count)| *first += count);
        }
        for (first, count) in firsts.iter().enumerate() {
            self.counts.symbols[usize::from(small_byte(first))] += count;
        }
        self.counts.symbols[END_OF_BLOCK] = 1;
        self.counts
    }
}

impl Tokens for Counter {
    #[inline(always)]
    fn word(&mut self, word: [u8; 8]) {
        if let Some(pairs) = pairs_of(word) {
            for pair in pairs {
                self.pairs[pair] += 1;
            }
        } else {
            for byte in word {
                self.counts.symbols[usize::from(byte)] += 1;
            }
        }
    }

    #[inline(always)]
    fn literal(&mut self, byte: u8) {
        self.counts.symbols[usize::from(byte)] += 1;
    }

    fn repeat(&mut self, length: usize) {
        let (symbol, _, extra_bits) = length_symbol(length);
        self.counts.symbols[symbol] += 1;
        self.counts.extra_bits += extra_bits as usize + 1;
    }
}
