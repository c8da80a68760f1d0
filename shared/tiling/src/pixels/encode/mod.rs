//! From the pixels of a tile to a PNG or JPEG file.

mod choose;
mod compression;
mod deflate;
mod entropy;
mod file;
mod filter;
mod format;
pub(super) mod jpeg;
mod matches;
mod samples;
#[cfg(test)]
mod tests;

pub use compression::Compression;
pub use format::TileFormat;

use super::{PixelError, raster::Raster};
use choose::Coder;
use deflate::EntropyCoder;
use filter::Filter;
use matches::Search;
use samples::Samples;

/// A file of `tile`. `compression` is for PNG only.
pub(super) fn encode_tile(tile: &Raster, format: TileFormat, compression: Compression) -> Result<Vec<u8>, PixelError> {
    match format {
        TileFormat::Png => Ok(encode_png(tile, compression)),
        TileFormat::Jpeg => jpeg::tile_file(tile),
    }
}

/// A PNG file of `tile`: 8 bits a channel, with colour and alpha only if it needs them.
fn encode_png(tile: &Raster, compression: Compression) -> Vec<u8> {
    let samples = Samples::of(tile);
    match compression {
        Compression::Fast => fast(&samples),
        Compression::Balanced => chosen(&samples, Search::Quick),
        Compression::Small => chosen(&samples, Search::Long),
    }
}

fn fast(samples: &Samples<'_>) -> Vec<u8> {
    let filter = choose::filter_of_least_entropy(samples, 33);
    let data = samples.filtered(filter);
    let coder = EntropyCoder::quick(&data);
    file::png_file(samples, coder.stream_bytes(), |file| coder.write_stream(file))
}

fn chosen(samples: &Samples<'_>, search: Search) -> Vec<u8> {
    let rows_apart = if search == Search::Quick { 33 } else { 9 };
    let filter = choose::filter_of_least_entropy(samples, rows_apart);
    let choice = choose::coder(samples, filter, search);
    let matched = (choice != Coder::Entropy).then(|| search.zlib_stream(&samples.filtered(Filter::Up)));
    if choice != Coder::Matches {
        let data = samples.filtered(filter);
        let coder = EntropyCoder::thorough(&data);
        if matched.as_ref().is_none_or(|matched| coder.stream_bytes() < matched.len()) {
            return file::png_file(samples, coder.stream_bytes(), |file| coder.write_stream(file));
        }
    }
    let stream = matched.unwrap_or_default();
    file::png_file(samples, stream.len(), |file| file.extend(&stream))
}
