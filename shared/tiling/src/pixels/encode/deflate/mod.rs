//! A deflate coder for what matches do not help: prefix codes for single bytes, and runs of one byte.
//!
//! Photographs of the sky are noise to a coder that looks for repetitions: it spends most of its time to find none. This
//! one takes a few cycles for a byte, and knows the size of its result before it writes it.

mod bits;
mod block;
mod counts;
mod header;
mod huffman;
mod pairs;
mod tokens;
mod writer;

use bits::BitWriter;
use block::Block;
use tokens::Runs;

/// How some data are to be coded.
pub(super) struct EntropyCoder<'a> {
    data: &'a [u8],
    runs: Runs,
    blocks: Vec<Block<'a>>,
}

impl<'a> EntropyCoder<'a> {
    /// One code for all data, and only those runs that are found at no cost.
    pub(super) fn quick(data: &'a [u8]) -> Self {
        let runs = Runs::ZeroWords;
        Self { data, runs, blocks: vec![Block::new(data, runs)] }
    }

    /// Every run, and codes of their own for parts of the data that differ: some percent less for twice the time.
    pub(super) fn thorough(data: &'a [u8]) -> Self {
        let runs = Runs::all_in(data);
        // Also no data have a block: it says that the stream ends.
        let (first, rest) = data.split_at(data.len().div_ceil(PARTS));
        let mut blocks: Vec<Block<'a>> = Vec::with_capacity(PARTS);
        blocks.push(Block::new(first, runs));
        for part in rest.chunks(first.len().max(1)) {
            let block = Block::new(part, runs);
            match blocks.pop() {
                None => blocks.push(block),
                Some(last) => blocks.extend(last.joined_if_smaller(block)),
            }
        }
        Self { data, runs, blocks }
    }

    /// Memory beyond the stream that writing it needs.
    pub(super) const SLACK: usize = BitWriter::SLACK;

    /// The size of the stream, known before it is written.
    pub(super) fn stream_bytes(&self) -> usize {
        HEAD.len() + self.blocks.iter().map(Block::size_bits).sum::<usize>().div_ceil(8) + CHECKSUM_BYTES
    }

    /// Appends the data as a zlib stream (RFC 1950).
    pub(super) fn write_stream(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.stream_bytes();
        out.extend(HEAD);
        let start = out.len();
        out.resize(end + Self::SLACK, 0);
        let mut bits = BitWriter::new(&mut out[start..]);
        for (index, block) in self.blocks.iter().enumerate() {
            bits = block.write(self.runs, index + 1 == self.blocks.len(), bits);
        }
        let written = bits.finish();
        debug_assert_eq!(start + written + CHECKSUM_BYTES, end);
        out.truncate(start + written);
        out.extend(simd_adler32::adler32(&self.data).to_be_bytes());
    }
}

/// Deflate, a window of 32 kB, fastest; the two bytes are a multiple of 31.
const HEAD: [u8; 2] = [0x78, 0x01];
/// Adler-32.
const CHECKSUM_BYTES: usize = 4;

/// How many parts of the data may get codes of their own.
const PARTS: usize = 4;

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    fn assert_comes_back(data: &[u8]) {
        for coder in [EntropyCoder::quick(data), EntropyCoder::thorough(data)] {
            let mut stream = Vec::new();
            coder.write_stream(&mut stream);
            // Checks the codes and the checksum.
            let mut decoder = flate2::bufread::ZlibDecoder::new(&stream[..]);
            let mut decoded = Vec::new();
            decoder.read_to_end(&mut decoded).unwrap();
            assert_eq!(decoder.total_in(), stream.len() as u64);
            assert_eq!(stream.len(), coder.stream_bytes());
            assert!(decoded == data);
        }
    }

    #[test]
    fn all_byte_values_alike_come_back() {
        let data: Vec<u8> = (0..100_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_comes_back(&data);
    }

    #[test]
    fn very_unlike_frequencies_come_back() {
        // Counts from one to 10⁵, so that codes reach their greatest length.
        let data: Vec<u8> = (0..=255_u8).flat_map(|byte| vec![byte; 1 << (byte / 15)]).collect();
        assert_comes_back(&data);
        let mut mixed = data;
        let length = mixed.len();
        for index in 0..length {
            mixed.swap(index, index * 7919 % length);
        }
        assert_comes_back(&mixed);
    }

    #[test]
    fn no_data_come_back() {
        assert_comes_back(&[]);
    }

    #[test]
    fn one_byte_and_one_value_come_back() {
        for length in [1, 2, 7, 8, 9, 300_000] {
            for byte in [0, 1, 255] {
                assert_comes_back(&vec![byte; length]);
            }
        }
    }

    #[test]
    fn parts_that_differ_get_codes_of_their_own() {
        let noise = |shift: u32| move |index: u32| (index.wrapping_mul(2_654_435_761) >> shift) as u8;
        let data: Vec<u8> = (0..40_000).map(noise(29)).chain((0..40_000).map(noise(24))).collect();
        let [quick, thorough] = [EntropyCoder::quick(&data), EntropyCoder::thorough(&data)];
        assert_eq!((quick.blocks.len(), thorough.blocks.len()), (1, 2));
        assert!(thorough.stream_bytes() * 100 < quick.stream_bytes() * 90);
        assert_comes_back(&data);
    }

    proptest! {
        #[test]
        fn any_data_come_back(data in prop::collection::vec(any::<u8>(), 0..3000), mask: u8, repeated in 1..20_usize) {
            let data: Vec<u8> = data.iter().flat_map(|byte| vec![byte & mask; repeated]).collect();
            assert_comes_back(&data);
        }
    }
}
