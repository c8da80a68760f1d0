//! The compressions of strips and tiles, each as a reader.

use std::io::{self, BufReader, Read};

use flate2::bufread::ZlibDecoder;

use super::{lzw::Lzw, packbits::PackBits, section::Section};
use crate::pixels::PixelError;

/// zstd's own bound for streams: a window of 2^27 bytes, 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;
const INPUT_BYTES: usize = 1 << 16;
/// Tables and windows of all decoders but zstd, at most.
const DECODER_BYTES: u64 = 1 << 18;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
}

impl Compression {
    /// The compression of a number of tag 259.
    pub(super) fn of(number: u64) -> Result<Self, PixelError> {
        let name = match number {
            1 => return Ok(Self::None),
            5 => return Ok(Self::Lzw),
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            50000 => return Ok(Self::Zstd),
            2..=4 => "fax",
            6 | 7 => "JPEG",
            34712 => "JPEG 2000",
            34887 => "LERC",
            34925 => "LZMA",
            50001 => "WebP",
            50002 | 52546 => "JPEG XL",
            _ => "an unknown",
        };
        Err(PixelError::Unsupported(format!(
            "a TIFF with {name} compression ({number}); save it with LZW, Deflate, PackBits, ZSTD or no compression"
        )))
    }

    /// The most memory that a reader of a strip or tile of so many bytes takes, in bytes.
    pub(super) fn memory_bytes(self, decompressed_bytes: u64) -> u64 {
        let window = if self == Self::Zstd { decompressed_bytes.min(1 << ZSTD_WINDOW_LOG) } else { 0 };
        INPUT_BYTES as u64 + DECODER_BYTES + window
    }

    /// The decompressed bytes of a strip or tile.
    pub(super) fn reader(self, section: Section) -> io::Result<Box<dyn Read + Send>> {
        let input = BufReader::with_capacity(INPUT_BYTES, section);
        Ok(match self {
            Self::None => Box::new(input),
            Self::Lzw => Box::new(Lzw::new(input)),
            Self::Deflate => Box::new(ZlibDecoder::new(input)),
            Self::PackBits => Box::new(PackBits::new(input)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        })
    }
}
