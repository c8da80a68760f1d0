//! Baseline JPEG files by libjpeg-turbo (`mozjpeg`), for tiles and thumbnails.

use std::{borrow::Cow, io, panic};

use mozjpeg::{ColorSpace, Compress};

use super::super::{Channels, PixelError, Size, raster::Raster};

/// The quality of tiles, on libjpeg's scale from 1 to 100: a seventh of the bytes of PNG with a signal-to-noise ratio of 41 dB on a
/// sky with the noise of a sensor, a third with 52 dB on a smooth one.
const TILE_QUALITY: f32 = 85.0;

/// A JPEG file of `tile`, its transparent parts on black.
pub(super) fn tile_file(tile: &Raster) -> Result<Vec<u8>, PixelError> {
    let side = tile.side() as u32;
    let rgb: Cow<'_, [u8]> = match tile.channels() {
        Channels::Rgb => tile.bytes().into(),
        Channels::Rgba => over_black(tile.bytes()).into(),
    };
    jpeg_file(&rgb, Size { width: side, height: side }, TILE_QUALITY)
}

/// A JPEG file of three bytes a pixel, with 4:2:0 chroma.
///
/// # Errors
/// libjpeg refuses the size, or cannot get memory.
pub(in super::super) fn jpeg_file(rgb: &[u8], size: Size, quality: f32) -> Result<Vec<u8>, PixelError> {
    let encode = || -> io::Result<Vec<u8>> {
        let mut compress = Compress::new(ColorSpace::JCS_RGB);
        // mozjpeg's own defaults are slower and make a progressive file.
        compress.set_fastest_defaults();
        compress.set_size(size.width as usize, size.height as usize);
        compress.set_quality(quality);
        let mut started = compress.start_compress(Vec::new())?;
        started.write_scanlines(rgb)?;
        started.finish()
    };
    // Where libjpeg cannot go on, `mozjpeg` unwinds with its message, past the handler that prints panics.
    let file = panic::catch_unwind(encode).unwrap_or_else(|payload| {
        let message = payload.downcast::<String>().map_or_else(|_| "it failed".to_owned(), |message| *message);
        Err(io::Error::other(format!("cannot write a JPEG of {}×{} pixels: {message}", size.width, size.height)))
    })?;
    Ok(file)
}

/// The colours as they look before black.
fn over_black(rgba: &[u8]) -> Vec<u8> {
    let pixels = rgba.as_chunks().0.iter().map(|&[red, green, blue, alpha]: &[u8; 4]| {
        [red, green, blue].map(|color| ((u32::from(color) * u32::from(alpha) + 127) / 255) as u8)
    });
    pixels.collect::<Vec<_>>().into_flattened()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_over_black_are_rounded() {
        for alpha in 0..=255_u8 {
            for color in 0..=255_u8 {
                let exact = (f64::from(color) * f64::from(alpha) / 255.0).round() as u8;
                assert_eq!(over_black(&[color, 0, 255, alpha]), [exact, 0, alpha]);
            }
        }
    }

    #[test]
    fn a_size_that_jpeg_cannot_have_is_an_error_and_no_panic() {
        let wide = Size { width: 70_000, height: 1 };
        let error = jpeg_file(&vec![0; 210_000], wide, TILE_QUALITY).unwrap_err();
        assert!(error.to_string().starts_with("cannot write a JPEG of 70000×1 pixels: libjpeg"), "{error}");
    }
}
