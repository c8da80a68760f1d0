//! Cuts data into what the coder sends: single bytes, and repetitions of the byte before.

/// Takes what [`Runs::tokenize`] finds, in order.
pub(super) trait Tokens {
    /// Eight bytes, each to be sent by itself.
    fn word(&mut self, word: [u8; 8]);
    /// A byte to be sent by itself.
    fn literal(&mut self, byte: u8);
    /// Repeats the byte before: [`MIN_REPEAT`] to [`MAX_REPEAT`] times.
    fn repeat(&mut self, length: usize);
}

/// The shortest and the longest repetition of deflate.
const MIN_REPEAT: usize = 3;
const MAX_REPEAT: usize = 258;

/// Which repetitions are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// Zeros, as in rows that are like the ones above them, where they fill words of eight bytes. To look for no others
    /// costs next to nothing.
    ZeroWords,
    /// All, but for zeros that repeat less than so often: they have short codes where there are many of them.
    All {
        /// At least [`MIN_REPEAT`].
        min_zeros: usize,
    },
}

impl Runs {
    /// All repetitions that are worth it in this data.
    pub(super) fn all_in(data: &[u8]) -> Self {
        let zeros = data.iter().filter(|byte| **byte == 0).count();
        // A repetition takes about seven bits; a zero, by its frequency, one to three and more.
        let min_zeros = match zeros * 100 / data.len().max(1) {
            0..15 => 3,
            15..25 => 4,
            25..40 => 5,
            _ => 7,
        };
        Self::All { min_zeros }
    }

    #[inline(always)]
    pub(super) fn tokenize(self, data: &[u8], out: &mut impl Tokens) {
        match self {
            Self::ZeroWords => zero_words(data, out),
            Self::All { min_zeros } => all_runs(data, min_zeros, out),
        }
    }
}

#[inline(always)]
fn zero_words(data: &[u8], out: &mut impl Tokens) {
    let (words, rest) = data.as_chunks::<8>();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word != [0; 8] {
            out.word(*word);
            continue;
        }
        let more = words.as_slice().iter().take_while(|word| **word == [0; 8]).count();
        words = words.as_slice()[more..].iter();
        run(0, 8 + 8 * more, MIN_REPEAT, out);
    }
    for byte in rest {
        out.literal(*byte);
    }
}

#[inline(always)]
fn all_runs(data: &[u8], min_zeros: usize, out: &mut impl Tokens) {
    let min_repeat = |byte: u8| if byte == 0 { min_zeros } else { MIN_REPEAT };
    let mut rest = data;
    while let Some(window) = rest.first_chunk() {
        let before = literals_before_run(window);
        if before == 8 {
            let (word, after) = rest.split_first_chunk().unwrap_or((&[0; 8], &[]));
            out.word(*word);
            rest = after;
            continue;
        }
        let (literals, after) = rest.split_at(before);
        literals.iter().for_each(|byte| out.literal(*byte));
        let byte = after[0];
        let count = after.iter().take_while(|next| **next == byte).count();
        run(byte, count, min_repeat(byte), out);
        rest = &after[count..];
    }
    for same in rest.chunk_by(|a, b| a == b) {
        run(same[0], same.len(), min_repeat(same[0]), out);
    }
}

/// How many bytes stand before the first of four that are the same; 8 if no such begin among the first eight.
#[inline(always)]
fn literals_before_run(window: &[u8; 11]) -> usize {
    const ALL: u64 = u64::from_ne_bytes([1; 8]);
    let from = |start: usize| window[start..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let [a, b, c, d] = [from(0), from(1), from(2), from(3)];
    let differs = (a ^ b) | (b ^ c) | (c ^ d);
    // The first byte of `differs` that is zero gets its highest bit; those after it may get it too.
    let is_zero = differs.wrapping_sub(ALL) & !differs & (ALL << 7);
    is_zero.trailing_zeros() as usize / 8
}

/// The same byte `count` times, at least once.
#[inline(always)]
fn run(byte: u8, count: usize, min_repeat: usize, out: &mut impl Tokens) {
    out.literal(byte);
    let mut left = count - 1;
    while left >= min_repeat {
        let length = left.min(MAX_REPEAT);
        out.repeat(length);
        left -= length;
    }
    for _ in 0..left {
        out.literal(byte);
    }
}

/// The symbol of a repetition, its extra bits and their number (RFC 1951, section 3.2.5).
pub(super) fn length_symbol(length: usize) -> (usize, u64, u32) {
    match length {
        MAX_REPEAT.. => (285, 0, 0),
        0..11 => (254 + length, 0, 0),
        _ => {
            // Four symbols for each power of two.
            let over = length - MIN_REPEAT;
            let extra_bits = over.ilog2() - 2;
            (257 + 4 * extra_bits as usize + (over >> extra_bits), (over & ((1 << extra_bits) - 1)) as u64, extra_bits)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Makes data of tokens again.
    #[derive(Default)]
    struct Expanded(Vec<u8>);

    impl Tokens for Expanded {
        fn word(&mut self, word: [u8; 8]) {
            self.0.extend(word);
        }

        fn literal(&mut self, byte: u8) {
            self.0.push(byte);
        }

        fn repeat(&mut self, length: usize) {
            assert!((MIN_REPEAT..=MAX_REPEAT).contains(&length));
            let last = *self.0.last().unwrap();
            self.0.extend(vec![last; length]);
        }
    }

    fn expanded(runs: Runs, data: &[u8]) -> Vec<u8> {
        let mut out = Expanded::default();
        runs.tokenize(data, &mut out);
        out.0
    }

    #[test]
    fn lengths_have_the_symbols_of_rfc_1951() {
        let known =
            [(3, 257, 0, 0), (10, 264, 0, 0), (11, 265, 0, 1), (12, 265, 1, 1), (18, 268, 1, 1), (19, 269, 0, 2)];
        let last = [(130, 280, 15, 4), (131, 281, 0, 5), (227, 284, 0, 5), (257, 284, 30, 5), (258, 285, 0, 0)];
        for (length, symbol, extra, extra_bits) in known.into_iter().chain(last) {
            assert_eq!(length_symbol(length), (symbol, extra, extra_bits), "{length}");
        }
    }

    #[test]
    fn runs_of_every_length_at_every_place_come_back() {
        for start in 0..20 {
            for length in (0..30).chain([257, 258, 259, 260, 261, 262, 517, 600]) {
                for byte in [0, 7] {
                    let literals = |count: u8| (0..count).map(|value| value.wrapping_mul(37) | 1);
                    let data: Vec<u8> = literals(start).chain(vec![byte; length]).chain(literals(13)).collect();
                    for runs in [Runs::ZeroWords, Runs::All { min_zeros: 3 }, Runs::All { min_zeros: 7 }] {
                        assert_eq!(expanded(runs, &data), data, "{runs:?} {byte} {start} {length}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_first_of_four_equal_bytes_is_found(window: [u8; 11], mask in prop::sample::select(vec![1_u8, 3, 255])) {
            let window = window.map(|byte| byte & mask);
            let expected = (0..8).find(|at| window[*at..at + 4].iter().all(|byte| *byte == window[*at]));
            prop_assert_eq!(literals_before_run(&window), expected.unwrap_or(8));
        }

        #[test]
        fn any_data_come_back(data: Vec<u8>, mask in prop::sample::select(vec![0_u8, 1, 3, 255])) {
            let data: Vec<u8> = data.into_iter().map(|byte| byte & mask).collect();
            for runs in [Runs::ZeroWords, Runs::all_in(&data)] {
                prop_assert_eq!(&expanded(runs, &data), &data);
            }
        }
    }
}
