//! The frame header (SOF).

use super::NAME;
use crate::pixels::{PixelError, Size, decode::scanlines::Color};

/// ITU-T T.81, table B.1: baseline, extended sequential, progressive, all with Huffman coding.
const SUPPORTED: std::ops::RangeInclusive<u8> = 0xC0..=0xC2;
const PROGRESSIVE: u8 = 0xC2;

/// Whether `marker` begins a frame header of whatever process.
pub(super) fn is_frame_header(marker: u8) -> bool {
    (0xC0..=0xCF).contains(&marker) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

pub(super) struct FrameHeader {
    pub(super) size: Size,
    pub(super) components: u8,
    pub(super) progressive: bool,
    /// Memory for all coefficients, which libjpeg needs if the image comes in several scans.
    pub(super) coefficient_bytes: u64,
}

impl FrameHeader {
    /// Reads the data of the segment `marker` (ITU-T T.81, B.2.2).
    pub(super) fn read(marker: u8, data: &[u8]) -> Result<Self, PixelError> {
        if !SUPPORTED.contains(&marker) {
            return Err(PixelError::Unsupported(
                "a lossless, hierarchical or arithmetic-coded JPEG; save it as baseline or progressive JPEG".into(),
            ));
        }
        let [precision, h1, h0, w1, w0, components, factors @ ..] = data else {
            return Err(PixelError::damaged(NAME, "the frame header is too short"));
        };
        if *precision != 8 {
            return Err(PixelError::Unsupported(format!("a JPEG of {precision} bits a sample; save it with 8 bits")));
        }
        if !matches!(components, 1 | 3 | 4) {
            return Err(PixelError::Unsupported(format!(
                "a JPEG of {components} components; gray, colour and CMYK are read"
            )));
        }
        let size = Size { width: u16::from_be_bytes([*w1, *w0]).into(), height: u16::from_be_bytes([*h1, *h0]).into() };
        if size.width == 0 || size.height == 0 {
            return Err(PixelError::damaged(NAME, format!("it claims {} × {} pixels", size.width, size.height)));
        }
        let factors: Vec<(u64, u64)> = factors
            .chunks_exact(3)
            .take(usize::from(*components))
            .map(|component| (u64::from(component[1] >> 4), u64::from(component[1] & 15)))
            .collect();
        if factors.len() < usize::from(*components)
            || factors.iter().any(|(h, v)| !(1..=4).contains(h) || !(1..=4).contains(v))
        {
            return Err(PixelError::damaged(NAME, "the frame header has wrong sampling factors"));
        }
        Ok(Self {
            size,
            components: *components,
            progressive: marker == PROGRESSIVE,
            coefficient_bytes: coefficient_bytes(size, &factors),
        })
    }

    pub(super) fn color(&self) -> Color {
        match self.components {
            1 => Color::Gray,
            3 => Color::Rgb,
            _ => Color::Cmyk,
        }
    }
}

/// Blocks of 64 coefficients of 2 bytes, padded to whole units of all components (ITU-T T.81, A.2.4).
fn coefficient_bytes(size: Size, factors: &[(u64, u64)]) -> u64 {
    let widest = factors.iter().map(|(h, _)| *h).max().unwrap_or(1);
    let tallest = factors.iter().map(|(_, v)| *v).max().unwrap_or(1);
    let units = u64::from(size.width).div_ceil(8 * widest) * u64::from(size.height).div_ceil(8 * tallest);
    factors.iter().map(|(h, v)| units * h * v * 128).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(width: u16, height: u16, factors: &[u8]) -> Vec<u8> {
        let mut data = vec![8];
        data.extend(height.to_be_bytes());
        data.extend(width.to_be_bytes());
        data.push(factors.len() as u8);
        data.extend(factors.iter().enumerate().flat_map(|(i, factor)| [i as u8, *factor, 0]));
        data
    }

    #[test]
    fn coefficients_take_two_bytes_a_sample() {
        let full = FrameHeader::read(0xC2, &header(160, 80, &[0x11, 0x11, 0x11])).unwrap();
        assert_eq!(full.coefficient_bytes, 160 * 80 * 3 * 2);
        let halved = FrameHeader::read(0xC2, &header(160, 80, &[0x22, 0x11, 0x11])).unwrap();
        assert_eq!(halved.coefficient_bytes, 160 * 80 * 3);
    }

    #[test]
    fn what_cannot_be_decoded_is_named() {
        let data = header(10, 10, &[0x11]);
        assert!(FrameHeader::read(0xC9, &data).err().unwrap().to_string().contains("arithmetic"));
        assert!(FrameHeader::read(0xC0, &header(10, 10, &[0x11, 0x11])).err().unwrap().to_string().contains("2 comp"));
        assert!(FrameHeader::read(0xC0, &header(0, 10, &[0x11])).err().unwrap().to_string().contains("0 × 10"));
        assert!(FrameHeader::read(0xC0, &header(10, 10, &[0x50])).is_err());
        let twelve_bits = [&[12], &data[1..]].concat();
        assert!(FrameHeader::read(0xC1, &twelve_bits).err().unwrap().to_string().contains("12 bits"));
    }
}
