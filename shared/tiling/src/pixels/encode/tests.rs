//! Every tile comes back from its file, whatever is in it.

use std::io::{Cursor, Read};

use proptest::prelude::*;

use super::*;
use crate::pixels::Channels;

const SIDE: usize = 256;

type Pixel<'a> = &'a dyn Fn(u32, u32) -> [u8; 4];

fn tile(channels: Channels, mut pixel: impl FnMut(u32, u32) -> [u8; 4]) -> Raster {
    let side = SIDE as u32;
    let pixels = (0..side * side).flat_map(|index| {
        let pixel = pixel(index % side, index / side);
        pixel.into_iter().take(channels.bytes_per_pixel())
    });
    Raster::new(SIDE, channels, pixels.collect())
}

fn noise(x: u32, y: u32) -> u32 {
    let mixed = (x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77)).wrapping_mul(0xc2b2_ae3d);
    mixed ^ (mixed >> 15)
}

/// The pixels of a PNG file as RGBA, and its colour type. All checksums are checked, that of the zlib stream too.
fn decode(png: &[u8]) -> (png::ColorType, Vec<[u8; 4]>) {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.ignore_checksums(false);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let color = reader.next_frame(&mut bytes).unwrap().color_type;
    reader.finish().unwrap();
    let pixels = bytes.chunks_exact(color.samples()).map(|pixel| match *pixel {
        [gray] => [gray, gray, gray, 255],
        [gray, alpha] => [gray, gray, gray, alpha],
        [red, green, blue] => [red, green, blue, 255],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => panic!("a pixel of {} bytes", pixel.len()),
    });
    (color, pixels.collect())
}

/// Inflates the image data with a second decoder, which must find the end of the stream at the end of the chunk.
fn assert_stream_is_sound(png: &[u8]) {
    let length = u32::from_be_bytes(*png[33..].first_chunk().unwrap()) as usize;
    assert_eq!(&png[37..41], b"IDAT");
    let stream = &png[41..41 + length];
    assert_eq!(png.len(), 41 + length + 4 + 12);
    let mut decoder = flate2::bufread::ZlibDecoder::new(stream);
    decoder.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(decoder.total_in(), length as u64);
}

fn assert_comes_back(tile: &Raster, what: &str) -> [(png::ColorType, usize); 3] {
    let step = tile.channels().bytes_per_pixel();
    Compression::ALL.map(|compression| {
        let png = encode_png(tile, compression);
        let (color, pixels) = decode(&png);
        assert_eq!(pixels.len(), SIDE * SIDE, "{what}, {compression}");
        let differs =
            tile.bytes().chunks_exact(step).zip(&pixels).position(|(pixel, decoded)| *pixel != decoded[..step]);
        assert_eq!(differs, None, "{what}, {compression}");
        assert_stream_is_sound(&png);
        (color, png.len())
    })
}

#[test]
fn odd_tiles_come_back() {
    let blob = |x: u32, y: u32| 255_u32.saturating_sub(((x.abs_diff(128)).pow(2) + y.abs_diff(100).pow(2)) / 40) as u8;
    let tiles: [(&str, Pixel<'_>); 9] = [
        ("black", &|_, _| [0, 0, 0, 255]),
        ("one colour", &|_, _| [200, 100, 50, 255]),
        ("noise", &|x, y| noise(x, y).to_le_bytes()),
        ("faint noise", &|x, y| noise(x, y).to_le_bytes().map(|value| 100 + value % 8)),
        ("a gradient", &|x, y| [x as u8, y as u8, (x + y) as u8, 255]),
        ("a soft blob", &|x, y| [blob(x, y), blob(x, y) / 2, blob(x, y) / 3, 255]),
        ("every byte value in turn", &|x, y| [x as u8, (x * 7) as u8, (y * 13 + x) as u8, (x ^ y) as u8]),
        ("holes with colour in them", &|x, y| {
            let [red, green, blue, _] = noise(x / 4, y).to_le_bytes();
            [red, green, blue, if (x / 20 + y / 30) % 2 == 0 { 0 } else { 255 }]
        }),
        ("a picture in a corner", &|x, y| if x < 90 && y < 70 { [noise(x, y) as u8, 50, 90, 255] } else { [0; 4] }),
    ];
    for (what, pixel) in tiles {
        for channels in [Channels::Rgb, Channels::Rgba] {
            assert_comes_back(&tile(channels, pixel), what);
        }
    }
}

#[test]
fn a_tile_without_colour_is_gray() {
    let gray = |x: u32, y: u32| [noise(x, y) as u8; 3];
    let with_alpha = |x: u32, y: u32| {
        let [red, green, blue] = gray(x, y);
        [red, green, blue, x as u8]
    };
    let one_pixel_apart = |x: u32, y: u32| if (x, y) == (255, 255) { [1, 1, 2, 9] } else { with_alpha(x, y) };
    let color = |channels, pixel: Pixel<'_>| assert_comes_back(&tile(channels, pixel), "gray")[0].0;
    assert_eq!(color(Channels::Rgb, &with_alpha), png::ColorType::Grayscale);
    assert_eq!(color(Channels::Rgba, &with_alpha), png::ColorType::GrayscaleAlpha);
    assert_eq!(color(Channels::Rgb, &one_pixel_apart), png::ColorType::Rgb);
    assert_eq!(color(Channels::Rgba, &one_pixel_apart), png::ColorType::Rgba);
}

#[test]
fn tiles_of_one_colour_take_next_to_nothing() {
    for (pixel, most) in [([0, 0, 0, 255], 400), ([200, 100, 50, 255], 2500)] {
        for (_, size) in assert_comes_back(&tile(Channels::Rgb, |_, _| pixel), "one colour") {
            assert!(size < most, "{size} bytes");
        }
    }
}

#[test]
fn repetitions_are_found_where_they_save_something() {
    // Brick by brick, with noise that repeats.
    let [fast, balanced, small] =
        assert_comes_back(&tile(Channels::Rgb, |x, y| noise(x % 32, y % 16).to_le_bytes()), "bricks")
            .map(|(_, size)| size);
    assert!(balanced * 5 < fast, "{balanced} of {fast} bytes");
    assert!(small * 5 < fast, "{small} of {fast} bytes");
}

#[test]
fn noise_is_not_made_larger_by_more_than_its_frame() {
    for (_, size) in assert_comes_back(&tile(Channels::Rgb, |x, y| noise(x, y).to_le_bytes()), "noise") {
        assert!(size < SIDE * SIDE * 3 * 101 / 100, "{size} bytes");
    }
}

/// Revisions are named by what goes in: other bytes for the same tile need another `PIXELS_VERSION`.
#[test]
fn the_bytes_of_a_tile_are_those_of_this_pixels_version() {
    let sky = tile(Channels::Rgb, |x, y| {
        let [a, b, c, d] = noise(x, y).to_le_bytes().map(|value| value % 16);
        [60 + (x / 9) as u8 + a / 2 + b / 2, 40 + (y / 7) as u8 + c, 30 + d, 255]
    });
    const SKY: [u32; 3] = [116_915_529, 1_106_114_791, 1_106_114_791];
    const BRICKS: [u32; 3] = [2_314_514_132, 2_077_230_107, 4_020_617_024];
    let bricks = tile(Channels::Rgba, |x, y| noise(x % 50, y % 40).to_le_bytes());
    const JPEG: [u32; 2] = [2_254_659_003, 2_695_039_459];
    let digest = |tile| Compression::ALL.map(|compression| crc32fast::hash(&encode_png(tile, compression)));
    assert_eq!((crate::pixels::PIXELS_VERSION, digest(&sky), digest(&bricks)), (2, SKY, BRICKS));
    assert_eq!([&sky, &bricks].map(|tile| crc32fast::hash(&jpeg::tile_file(tile).unwrap())), JPEG);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tile_comes_back(
        seed: u32,
        masks: [u8; 4],
        (width, height) in (1_u32..64, 1_u32..64),
        steps in prop::array::uniform4(0_u32..4),
        has_alpha: bool,
    ) {
        let channels = if has_alpha { Channels::Rgba } else { Channels::Rgb };
        let tile = tile(channels, |x, y| {
            let random = noise((x / width) ^ seed, y / height).to_le_bytes();
            std::array::from_fn(|c| (random[c] & masks[c]).wrapping_add((steps[c] * (x + y)) as u8))
        });
        assert_comes_back(&tile, "a random tile");
    }
}
