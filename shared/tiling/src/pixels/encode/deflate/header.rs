//! The head of a block with codes of its own (RFC 1951, section 3.2.7).

use super::{
    bits::{BitWriter, Bits},
    huffman::{MAX_SYMBOLS, code_lengths, codes},
};

/// The order in which the lengths of the code for code lengths are sent.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The head of a block, with the lengths of the codes for literals and lengths. The one distance, 1, has a code of one
/// bit: 0.
pub(super) struct BlockHeader {
    literals: usize,
    /// Symbols of the code for code lengths, with their extra bits and the number of these.
    tokens: Vec<(u8, u8, u8)>,
    lengths: [u8; 19],
}

impl BlockHeader {
    pub(super) fn new(lengths: &[u8; MAX_SYMBOLS]) -> Self {
        let literals = lengths.iter().rposition(|length| *length > 0).map_or(257, |last| (last + 1).max(257));
        let mut tokens = Vec::with_capacity(MAX_SYMBOLS);
        for run in lengths[..literals].chunk_by(|a, b| a == b) {
            push_run(&mut tokens, run[0], run.len());
        }
        push_run(&mut tokens, 1, 1);
        let mut counts = [0; 19];
        for (symbol, ..) in &tokens {
            counts[usize::from(*symbol)] += 1;
        }
        Self { literals, tokens, lengths: code_lengths(&counts, 7) }
    }

    fn sent_lengths(&self) -> usize {
        ORDER.iter().rposition(|symbol| self.lengths[*symbol] > 0).map_or(4, |last| (last + 1).max(4))
    }

    pub(super) fn size_bits(&self) -> usize {
        let tokens = self.tokens.iter().map(|(symbol, _, extra)| self.lengths[usize::from(*symbol)] + extra);
        3 + 5 + 5 + 4 + 3 * self.sent_lengths() + tokens.map(usize::from).sum::<usize>()
    }

    pub(super) fn write(&self, is_last: bool, out: &mut BitWriter<'_>) {
        let mut put = |bits: usize, length: u8| out.put(Bits::new(bits as u64, length.into()));
        // A block with dynamic codes.
        put(0b100 | usize::from(is_last), 3);
        put(self.literals - 257, 5);
        put(0, 5);
        let sent = self.sent_lengths();
        put(sent - 4, 4);
        for symbol in &ORDER[..sent] {
            put(self.lengths[*symbol].into(), 3);
        }
        let codes = codes(&self.lengths);
        for (symbol, extra, extra_bits) in &self.tokens {
            let symbol = usize::from(*symbol);
            put(codes[symbol].into(), self.lengths[symbol]);
            if *extra_bits > 0 {
                put((*extra).into(), *extra_bits);
            }
        }
    }
}

/// The same length many times: by the symbols 16 (the one before 3 to 6 times), 17 and 18 (zero 3 to 10 or 11 to 138
/// times) where they fit.
fn push_run(tokens: &mut Vec<(u8, u8, u8)>, length: u8, mut count: usize) {
    if length > 0 {
        tokens.push((length, 0, 0));
        count -= 1;
    }
    while count >= 3 {
        let (symbol, least, most, extra_bits) = match (length, count) {
            (0, 11..) => (18, 11, 138, 7),
            (0, _) => (17, 3, 10, 3),
            _ => (16, 3, 6, 2),
        };
        let sent = count.min(most);
        tokens.push((symbol, (sent - least) as u8, extra_bits));
        count -= sent;
    }
    tokens.extend((0..count).map(|_| (length, 0, 0)));
}
