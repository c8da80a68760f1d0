//! From the pixels of a tile to a PNG file.

mod choose;
mod compression;
mod deflate;
mod entropy;
mod file;
mod filter;
mod matches;
mod samples;
#[cfg(test)]
mod tests;

pub use compression::Compression;

use super::raster::Raster;
use choose::Coder;
use deflate::EntropyCoder;
use filter::Filter;
use matches::Search;
use samples::Samples;

/// A PNG file of `tile`: 8 bits a channel, with colour and alpha only if it needs them.
pub(super) fn encode_png(tile: &Raster, compression: Compression) -> Vec<u8> {
    let samples = Samples::of(tile);
    let stream = match compression {
        Compression::Fast => fast(&samples),
        Compression::Balanced => chosen(&samples, Search::Quick),
        Compression::Small => chosen(&samples, Search::Long),
    };
    file::png_file(&samples, &stream)
}

fn fast(samples: &Samples<'_>) -> Vec<u8> {
    let filter = choose::filter_of_least_entropy(samples, 33);
    let data = samples.filtered(filter);
    EntropyCoder::quick(&data).zlib_stream()
}

fn chosen(samples: &Samples<'_>, search: Search) -> Vec<u8> {
    let rows_apart = if search == Search::Quick { 33 } else { 9 };
    let filter = choose::filter_of_least_entropy(samples, rows_apart);
    let by_entropy = || EntropyCoder::thorough(&samples.filtered(filter)).zlib_stream();
    let by_matches = || search.zlib_stream(&samples.filtered(Filter::Up));
    match choose::coder(samples, filter, search) {
        Coder::Entropy => by_entropy(),
        Coder::Matches => by_matches(),
        Coder::Smaller => std::cmp::min_by_key(by_entropy(), by_matches(), Vec::len),
    }
}
