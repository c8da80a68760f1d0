//! LZW, as TIFF has it (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first, that grow one code early.

mod bits;
mod strings;

use std::{
    io::{self, BufRead, Read},
    ops::Range,
};

use bits::Bits;
use strings::{END, PIECE, Strings, TABLE};

/// The code that empties the table.
const CLEAR: usize = 256;
/// Bytes are decoded until there are so many of them; one code may bring as many as the table has entries.
const ENOUGH: usize = 1 << 14;

type Decoded = [u8; ENOUGH + TABLE + PIECE];

/// Reads what was compressed. It ends with the code for it, or with the input.
pub(super) struct Lzw<R> {
    input: R,
    bits: Bits,
    strings: Strings,
    decoded: Box<Decoded>,
    /// Which of the decoded bytes are still to be read.
    unread: Range<usize>,
    ended: bool,
}

impl<R: BufRead> Lzw<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            bits: Bits::default(),
            strings: Strings::new(),
            decoded: Box::new([0; _]),
            unread: 0..0,
            ended: false,
        }
    }

    /// Decodes until there is enough, or the end of the input's buffer.
    fn decode(&mut self) -> io::Result<()> {
        let input = self.input.fill_buf()?;
        let (mut used, mut end) = (0, 0);
        self.ended = input.is_empty();
        while end < ENOUGH {
            if self.bits.count < self.strings.width {
                used += self.bits.fill(&input[used..]);
                if self.bits.count < self.strings.width {
                    break;
                }
            }
            match self.bits.take(self.strings.width) {
                CLEAR => self.strings.clear(),
                END => {
                    self.ended = true;
                    break;
                }
                code => {
                    let string = self.strings.next(code)?;
                    end = self.strings.write(string, &mut self.decoded, end);
                }
            }
        }
        self.input.consume(used);
        self.unread = 0..end;
        Ok(())
    }
}

impl<R: BufRead> Read for Lzw<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.unread.is_empty() && !self.ended {
            self.decode()?;
        }
        let count = self.unread.len().min(out.len());
        out[..count].copy_from_slice(&self.decoded[self.unread.start..self.unread.start + count]);
        self.unread.start += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use proptest::prelude::*;
    use weezl::{BitOrder, encode};

    use super::*;

    fn packed(data: &[u8]) -> Vec<u8> {
        encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(data).unwrap()
    }

    /// Reads with an input buffer of `capacity` bytes.
    fn unpacked(packed: &[u8], capacity: usize) -> io::Result<Vec<u8>> {
        let mut data = Vec::new();
        Lzw::new(BufReader::with_capacity(capacity, packed)).read_to_end(&mut data).map(|_| data)
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        // 256 7 258 8 8 258 6 6 257, in codes of nine bits.
        let codes = [256_u32, 7, 258, 8, 8, 258, 6, 6, 257];
        let bits: String = codes.iter().map(|code| format!("{code:09b}")).collect();
        let bytes: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | (bit & 1)) << (8 - bits.len()))
            .collect();
        assert_eq!(unpacked(&bytes, 100).unwrap(), [7, 7, 7, 8, 8, 7, 7, 6, 6]);
    }

    #[test]
    fn long_runs_come_back() {
        for data in [vec![5; 3_000_000], [1, 2, 3].repeat(500_000), (0..=255).collect::<Vec<u8>>().repeat(3000)] {
            assert!(unpacked(&packed(&data), 1 << 16).unwrap() == data);
        }
    }

    #[test]
    fn a_code_that_was_never_defined_is_an_error() {
        for codes in [[0b1_0000_0000, 0b1_0000_0010], [0b1_0000_0000, 0b1_1111_1111]] {
            let bits = (codes[0] << 9 | codes[1]) << 14_u32;
            let error = unpacked(&u32::to_be_bytes(bits), 100).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }

    proptest! {
        #[test]
        fn any_data_come_back(data: Vec<u8>, mask: u8, times in 1..50_usize, capacity in 1..100_usize) {
            let data: Vec<u8> = data.iter().map(|byte| byte & mask).collect::<Vec<_>>().repeat(times);
            prop_assert_eq!(unpacked(&packed(&data), capacity).unwrap(), data);
        }

        #[test]
        fn anything_else_is_read_as_by_another_decoder(packed in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut other = Vec::new();
            let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
            let is_sound = decoder.into_vec(&mut other).decode(&packed).status.is_ok();
            let ours = unpacked(&packed, 64);
            prop_assert_eq!(ours.is_ok(), is_sound);
            if let Ok(ours) = ours {
                prop_assert_eq!(ours, other);
            }
        }
    }
}
