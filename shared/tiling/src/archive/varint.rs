//! Integers of variable width: seven bits a byte, the lowest first.

/// Adds `value` in as few bytes as it takes.
pub(super) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes the next integer off `input`, or says `None` if it ends early or has more than 64 bits.
pub(super) fn read(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = input.split_first()?;
        *input = rest;
        let bits = u64::from(byte & 0x7F);
        if bits << shift >> shift != bits {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back_and_longer_ones_are_refused() {
        for value in [0, 1, 127, 128, 300, 16_383, 16_384, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            assert!(read(&mut &bytes[..bytes.len() - 1]).is_none());
            bytes.push(77);
            let mut input = bytes.as_slice();
            assert_eq!((read(&mut input), input), (Some(value), &[77][..]));
        }
        assert_eq!(read(&mut &[0xFF; 9][..]), None);
        assert_eq!(read(&mut &[&[0xFF; 9][..], &[2]].concat()[..]), None);
        assert_eq!(read(&mut &[0x80; 11][..]), None);
    }
}
