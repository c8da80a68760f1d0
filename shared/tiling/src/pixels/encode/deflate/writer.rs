//! Writes tokens by the codes of a block.

use super::{
    bits::{BitWriter, Bits, Code},
    huffman::{MAX_SYMBOLS, codes},
    pairs::{PAIRS, bytes_of, pairs_of},
    tokens::{Tokens, length_symbol},
};

/// The codes of a block.
pub(super) struct Codes {
    symbols: [Code; MAX_SYMBOLS],
    pairs: Box<[Code; PAIRS]>,
}

impl Codes {
    pub(super) fn new(lengths: &[u8; MAX_SYMBOLS]) -> Self {
        let values = codes(lengths);
        let symbols = std::array::from_fn(|symbol| Bits::new(values[symbol].into(), lengths[symbol].into()).into());
        let mut codes = Self { symbols, pairs: Box::new([Code::default(); PAIRS]) };
        for pair in 0..PAIRS {
            let [first, second] = bytes_of(pair).map(|byte| codes.symbol(byte.into()));
            codes.pairs[pair] = first.then(second).into();
        }
        codes
    }

    #[inline(always)]
    pub(super) fn symbol(&self, symbol: usize) -> Bits {
        self.symbols[symbol].into()
    }

    #[inline(always)]
    fn pair(&self, pair: usize) -> Bits {
        self.pairs[pair].into()
    }
}

/// Writes tokens. It has the stream by value and the codes by reference, so that the state of the stream can stay in
/// registers.
pub(super) struct TokenWriter<'a, 'b> {
    pub(super) codes: &'a Codes,
    pub(super) out: BitWriter<'b>,
}

impl TokenWriter<'_, '_> {
    /// Puts the codes of four bytes, and those of four more.
    #[inline(always)]
    fn put_both(&mut self, first: Bits, second: Bits) {
        if first.length() + second.length() <= Bits::MAX_LENGTH {
            self.out.put(first.then(second));
        } else {
            self.out.put(first);
            self.out.put(second);
        }
    }
}

impl Tokens for TokenWriter<'_, '_> {
    #[inline(always)]
    fn word(&mut self, word: [u8; 8]) {
        if let Some([a, b, c, d]) = pairs_of(word) {
            let two = |first: usize, second: usize| self.codes.pair(first).then(self.codes.pair(second));
            self.put_both(two(a, b), two(c, d));
        } else {
            let four = |at: usize| {
                let code = |byte: u8| self.codes.symbol(byte.into());
                code(word[at]).then(code(word[at + 1])).then(code(word[at + 2]).then(code(word[at + 3])))
            };
            self.put_both(four(0), four(4));
        }
    }

    #[inline(always)]
    fn literal(&mut self, byte: u8) {
        self.out.put(self.codes.symbol(byte.into()));
    }

    #[inline(always)]
    fn repeat(&mut self, length: usize) {
        let (symbol, extra, extra_bits) = length_symbol(length);
        // The code of the distance is the bit 0.
        self.out.put(self.codes.symbol(symbol).then(Bits::new(extra, extra_bits + 1)));
    }
}
