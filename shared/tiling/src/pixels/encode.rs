//! From the pixels of a tile to a PNG file.

use super::{Channels, PixelError, raster::Raster};

/// A PNG file of `tile`: 8 bits a channel, RGB if it is opaque, else RGBA.
///
/// WWT wants no more than a valid PNG. The fast preset costs a tenth of what zlib's default does, for files of about
/// the same size.
pub(super) fn encode_png(tile: &Raster) -> Result<Vec<u8>, PixelError> {
    // Noisy sky takes about half of its raw size.
    let mut file = Vec::with_capacity(tile.bytes().len() / 2);
    let mut encoder = png::Encoder::new(&mut file, tile.side() as u32, tile.side() as u32);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(match tile.channels() {
        Channels::Rgb => png::ColorType::Rgb,
        Channels::Rgba => png::ColorType::Rgba,
    });
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(std::io::Error::from)?;
    writer.write_image_data(tile.bytes()).map_err(std::io::Error::from)?;
    writer.finish().map_err(std::io::Error::from)?;
    Ok(file)
}
