//! Prefix codes: the lengths that suit given frequencies, and the codes that follow from the lengths.

/// The largest alphabet of deflate: literals, end of block, lengths.
pub(super) const MAX_SYMBOLS: usize = 286;
/// The symbol that ends a block.
pub(super) const END_OF_BLOCK: usize = 256;

/// Lengths in bits of an almost optimal prefix code, none longer than `limit`; 0 for symbols that do not occur.
///
/// Codes beyond the limit, which only rare symbols have, are cut to it, and the code space that this takes is won back
/// from the next shorter codes.
///
/// At most [`MAX_SYMBOLS`] counts; `2^limit` must not be below their number.
pub(super) fn code_lengths<const N: usize>(counts: &[u32; N], limit: u8) -> [u8; N] {
    let mut lengths = [0; N];
    let mut sorted = [(0_u32, 0_u16); MAX_SYMBOLS];
    let mut used = 0;
    for (symbol, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        sorted[used] = (*count, symbol as u16);
        used += 1;
    }
    let sorted = &mut sorted[..used];
    sorted.sort_unstable();
    match sorted {
        [] => {}
        [(_, only)] => lengths[usize::from(*only)] = 1,
        _ => {
            let of_length = limited(&leaves_by_depth(sorted), usize::from(limit));
            // The rarest symbols come first and get the longest codes.
            let mut ranks = sorted.iter();
            for length in (1..=limit).rev() {
                for (_, symbol) in ranks.by_ref().take(of_length[usize::from(length)]) {
                    lengths[usize::from(*symbol)] = length;
                }
            }
        }
    }
    lengths
}

/// How many codes of each length an optimal code has, for at least two symbols that are sorted by rising frequency.
///
/// After Moffat and Katajainen, "In-place calculation of minimum-redundancy codes" (1995).
fn leaves_by_depth(sorted: &[(u32, u16)]) -> [usize; MAX_SYMBOLS] {
    let mut nodes = [0; MAX_SYMBOLS];
    let nodes = &mut nodes[..sorted.len() - 1];
    // Join the two lightest, leaves or nodes. A node holds its weight, and its parent once it has one.
    let (mut leaf, mut root) = (0, 0);
    for next in 0..nodes.len() {
        let mut weight = 0;
        for _ in 0..2 {
            if leaf == sorted.len() || (root < next && nodes[root] < sorted[leaf].0) {
                weight += nodes[root];
                nodes[root] = next as u32;
                root += 1;
            } else {
                weight += sorted[leaf].0;
                leaf += 1;
            }
        }
        nodes[next] = weight;
    }
    // The last node is the root of all; from there, parents turn into depths.
    let mut inner_by_depth = [0; MAX_SYMBOLS];
    for node in (0..nodes.len()).rev() {
        nodes[node] = if node + 1 == nodes.len() { 0 } else { nodes[nodes[node] as usize] + 1 };
        inner_by_depth[nodes[node] as usize] += 1;
    }
    let mut leaves = [0; MAX_SYMBOLS];
    for depth in 1..MAX_SYMBOLS {
        leaves[depth] = 2 * inner_by_depth[depth - 1] - inner_by_depth[depth];
    }
    leaves
}

/// How many codes of each length there are when none may be longer than `limit`.
fn limited(leaves_by_depth: &[usize; MAX_SYMBOLS], limit: usize) -> [usize; 16] {
    let mut of_length = [0; 16];
    for (depth, leaves) in leaves_by_depth.iter().enumerate() {
        of_length[depth.min(limit)] += leaves;
    }
    let space: usize = (1..=limit).map(|length| of_length[length] << (limit - length)).sum();
    for _ in 1 << limit..space {
        // A code of the longest length goes beside a shorter one, which grows by a bit for that.
        let Some(shorter) = (1..limit).rev().find(|length| of_length[*length] > 0) else { break };
        of_length[limit] -= 1;
        of_length[shorter] -= 1;
        of_length[shorter + 1] += 2;
    }
    of_length
}

/// The canonical codes of given lengths (RFC 1951, section 3.2.2), each with its first bit lowest, as deflate sends them.
pub(super) fn codes<const N: usize>(lengths: &[u8; N]) -> [u16; N] {
    let mut next = [0_u16; 17];
    for length in lengths.iter().filter(|length| **length > 0) {
        next[usize::from(*length) + 1] += 1;
    }
    let mut code = 0;
    for first in next.iter_mut().skip(1) {
        code = (code + *first) << 1;
        *first = code;
    }
    // `first` of a length counted the codes that are one bit shorter.
    let mut codes = [0; N];
    for (code, length) in codes.iter_mut().zip(lengths).filter(|(_, length)| **length > 0) {
        let next = &mut next[usize::from(*length)];
        *code = next.reverse_bits() >> (16 - length);
        *next += 1;
    }
    codes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn space(lengths: &[u8]) -> u32 {
        lengths.iter().filter(|length| **length > 0).map(|length| 1 << (15 - length)).sum()
    }

    #[test]
    fn frequent_symbols_get_the_shortest_codes() {
        assert_eq!(code_lengths(&[5, 1, 1, 2, 0, 9], 15), [2, 4, 4, 3, 0, 1]);
        assert_eq!(code_lengths(&[0, 7, 0], 15), [0, 1, 0]);
        assert_eq!(code_lengths(&[0; 3], 15), [0; 3]);
    }

    #[test]
    fn codes_that_would_be_too_long_are_cut_without_loss_of_others() {
        // Frequencies of Fibonacci make the deepest tree there is.
        let mut counts = [1_u32; 30];
        for symbol in 2..30 {
            counts[symbol] = counts[symbol - 1] + counts[symbol - 2];
        }
        for limit in [5, 7, 14, 15] {
            let lengths = code_lengths(&counts, limit);
            assert!(lengths.iter().all(|length| (1..=limit).contains(length)), "{lengths:?}");
            assert_eq!(space(&lengths), 1 << 15, "{lengths:?}");
        }
    }

    #[test]
    fn codes_are_those_of_the_example_in_rfc_1951() {
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let sent_first_bit_lowest = [0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111];
        assert_eq!(codes, sent_first_bit_lowest);
    }

    proptest! {
        #[test]
        fn any_frequencies_give_a_whole_code(counts in prop::array::uniform32(0_u32..5000)) {
            let lengths = code_lengths(&counts, 14);
            for (count, length) in counts.iter().zip(lengths) {
                prop_assert_eq!(*count == 0, length == 0);
            }
            if counts.iter().filter(|count| **count > 0).count() > 1 {
                prop_assert_eq!(space(&lengths), 1 << 15);
            }
        }
    }
}
