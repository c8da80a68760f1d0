//! A zlib stream of repetitions and prefix codes, by libdeflate.

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor};

/// How hard repetitions are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// About 12 ms for a megapixel of RGB. Only worth it where much is saved, beside coders that take 2 ms.
    Quick,
    /// About 45 ms for a megapixel of RGB.
    Long,
}

/// Levels of libdeflate.
const FASTEST: i32 = 1;
const LONG: i32 = 6;

thread_local! {
    /// The tables of a compressor are as large as a tile; each thread keeps those that it used, one for each level.
    static COMPRESSORS: RefCell<Vec<(i32, Compressor)>> = const { RefCell::new(Vec::new()) };
}

impl Search {
    /// The data, compressed.
    pub(super) fn zlib_stream(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Quick => zlib_stream(FASTEST, data),
            Self::Long => zlib_stream(LONG, data),
        }
    }
}

fn zlib_stream(level: i32, data: &[u8]) -> Vec<u8> {
    COMPRESSORS.with_borrow_mut(|compressors| {
        let known = compressors.iter().position(|(of, _)| *of == level);
        let index = known.unwrap_or_else(|| {
            let compression = CompressionLvl::new(level).unwrap_or(CompressionLvl::fastest());
            compressors.push((level, Compressor::new(compression)));
            compressors.len() - 1
        });
        let compressor = &mut compressors[index].1;
        let mut stream = vec![0; compressor.zlib_compress_bound(data.len())];
        // There is no other error than too little space, and the bound excludes that.
        let written = compressor.zlib_compress(data, &mut stream).unwrap_or(0);
        stream.truncate(written);
        stream
    })
}
