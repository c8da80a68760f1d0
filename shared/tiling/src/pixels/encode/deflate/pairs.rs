//! Neighbours that are both close to zero, taken as one symbol: this halves the work for most filtered samples.

/// How many bytes are close to zero: those between -32 and 31.
pub(super) const SMALL_BYTES: usize = 64;
/// The number of pairs.
pub(super) const PAIRS: usize = SMALL_BYTES * SMALL_BYTES;

/// The numbers of the four pairs in a word, if all its bytes are close to zero.
#[inline(always)]
pub(super) fn pairs_of(word: [u8; 8]) -> Option<[usize; 4]> {
    let word = u64::from_le_bytes(word);
    // In small numbers of either sign, the highest three bits are the same.
    if (word ^ (word << 1)) & 0xc0c0_c0c0_c0c0_c0c0 != 0 {
        return None;
    }
    // The lower six of eight bits and of the next eight, side by side.
    let joined = (word & 0x003f_003f_003f_003f) | ((word >> 2) & 0x0fc0_0fc0_0fc0_0fc0);
    let pair = |shift: u32| (joined >> shift) as usize % PAIRS;
    Some([pair(0), pair(16), pair(32), pair(48)])
}

/// The two bytes of a pair.
pub(super) fn bytes_of(pair: usize) -> [u8; 2] {
    [pair, pair / SMALL_BYTES].map(small_byte)
}

/// The byte that the lowest six bits of a number stand for, with their sign carried on.
pub(super) fn small_byte(bits: usize) -> u8 {
    (((bits as u8) << 2) as i8 >> 2) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_small_bytes_gives_back_its_bytes() {
        for first in -32..32_i8 {
            for second in -32..32_i8 {
                let pair = [first as u8, second as u8];
                let word = [pair, [0, 0], [31, 224], pair].concat().try_into().unwrap();
                let pairs = pairs_of(word).unwrap();
                assert_eq!(pairs.map(bytes_of), [pair, [0, 0], [31, 224], pair]);
            }
        }
    }

    #[test]
    fn one_large_byte_keeps_a_word_from_being_paired() {
        for at in 0..8 {
            for large in 32..224 {
                let mut word = [0; 8];
                word[at] = large;
                assert_eq!(pairs_of(word), None, "{large} at {at}");
            }
        }
    }
}
