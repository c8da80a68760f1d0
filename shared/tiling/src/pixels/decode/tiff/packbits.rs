//! PackBits (TIFF 6.0, section 9).

use std::io::{self, BufRead, Read};

pub(super) struct PackBits<R> {
    input: R,
    run: Run,
}

enum Run {
    Literal(usize),
    Repeat(usize, u8),
}

impl<R: BufRead> PackBits<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, run: Run::Literal(0) }
    }

    /// Reads the header of the next run; `false` at the end.
    fn next_run(&mut self) -> io::Result<bool> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let header = self.byte()? as i8;
        self.run = match header {
            0.. => Run::Literal(header as usize + 1),
            -127..0 => Run::Repeat(1 + header.unsigned_abs() as usize, self.byte()?),
            // No operation.
            i8::MIN => Run::Literal(0),
        };
        Ok(true)
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        Ok(byte[0])
    }
}

impl<R: BufRead> Read for PackBits<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while matches!(self.run, Run::Literal(0) | Run::Repeat(0, _)) {
            if !self.next_run()? {
                return Ok(0);
            }
        }
        match &mut self.run {
            Run::Literal(left) => {
                let wanted = out.len().min(*left);
                let length = self.input.read(&mut out[..wanted])?;
                // A run that the data do not fill ends with them.
                *left = if length == 0 { 0 } else { *left - length };
                Ok(length)
            }
            Run::Repeat(left, byte) => {
                let length = out.len().min(*left);
                out[..length].fill(*byte);
                *left -= length;
                Ok(length)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_unpacks() {
        // TIFF 6.0, page 42.
        let packed = [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA];
        let mut unpacked = Vec::new();
        PackBits::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        let expected =
            [&[0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22][..], &[0xAA; 10]]
                .concat();
        assert_eq!(unpacked, expected);
    }

    #[test]
    fn a_cut_run_ends_early() {
        let mut unpacked = Vec::new();
        PackBits::new(&[0x80, 5, 1, 2][..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, [1, 2]);
        assert!(PackBits::new(&[0xFE][..]).read_to_end(&mut Vec::new()).is_err());
    }
}
