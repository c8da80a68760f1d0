//! What a pyramid costs, reckoned from headers.

#![allow(clippy::unwrap_used, reason = "tests")]
mod decode_support;

use decode_support::{deflate, file, png_chunk, png_file};
use skyfeed_tiling::pixels::{
    Channels, Compression, Cost, Crop, ImageFile, Limits, PixelError, PyramidOptions, ReadOptions, TileFormat,
};

/// The headers of a JPEG, up to where its data would begin.
fn jpeg_headers(marker: u8, width: u16, height: u16, factors: [u8; 3]) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, marker, 0, 17, 8];
    bytes.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    bytes.push(3);
    bytes.extend(factors.iter().zip(1..).flat_map(|(factor, number)| [number, *factor, 0]));
    bytes.extend([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    bytes
}

/// A TIFF of RGB whose pixels would follow, in tiles of `tile_side` pixels, or in one strip.
fn tiff_headers(width: u32, height: u32, compression: u32, tile_side: Option<u32>) -> Vec<u8> {
    let short = |tag: u16, value: u32| (tag, 3, 1, value);
    let mut tags: Vec<(u16, u16, u32, u32)> = vec![
        (256, 4, 1, width),
        (257, 4, 1, height),
        short(258, 8),
        short(259, compression),
        short(262, 2),
        short(277, 3),
    ];
    match tile_side {
        None => tags.extend([(273, 4, 1, 1000), (278, 4, 1, height), (279, 4, 1, width * height * 3)]),
        Some(side) => {
            let count = width.div_ceil(side) * height.div_ceil(side);
            // Both lists lie behind the directory; what they say does not matter here.
            let list = 8 + 2 + 12 * 10 + 4;
            tags.extend([(322, 4, 1, side), (323, 4, 1, side), (324, 4, count, list), (325, 4, count, list)]);
        }
    }
    tags.sort();
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    bytes.extend((tags.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in tags {
        bytes
            .extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    bytes.resize(bytes.len() + 4096, 0);
    bytes
}

fn png_headers(width: u32, height: u32, color: u8, interlace: u8) -> Vec<u8> {
    png_file(width, height, 8, color, interlace, &[png_chunk(b"IDAT", &deflate(&[0; 100]))])
}

fn cost_with(bytes: &[u8], read: &ReadOptions, compression: Compression) -> Result<Cost, PixelError> {
    let (_directory, path) = file("image", bytes);
    let options = PyramidOptions { compression, ..PyramidOptions::default() };
    Cost::of(&ImageFile::open(&path, &Limits::default())?, read, &options, 2)
}

fn cost(bytes: &[u8]) -> Cost {
    cost_with(bytes, &ReadOptions::default(), Compression::Small).unwrap()
}

/// What the limit on buffers is asked for.
fn buffer_bytes(bytes: &[u8]) -> u64 {
    let (_directory, path) = file("image", bytes);
    let limits = Limits { max_buffer_bytes: 10_000_000, ..Limits::default() };
    match ImageFile::open(&path, &limits).err().unwrap() {
        PixelError::Limit { asked, .. } => asked,
        error => panic!("{error}"),
    }
}

const HALF_CHROMA: [u8; 3] = [0x22, 0x11, 0x11];

#[test]
fn a_file_that_ends_with_its_header_is_reckoned_and_cannot_be_read() {
    for bytes in [jpeg_headers(0xC0, 12_000, 9000, HALF_CHROMA), tiff_headers(12_000, 9000, 5, None)] {
        let cost = cost(&bytes);
        assert_eq!((cost.tiles(), cost.study.tile_levels()), (2337, 6));
        assert_eq!(cost.file_bytes, bytes.len() as u64);
        assert!(cost.cpu_seconds() > 1.0 && cost.tile_bytes > 100_000_000);
        let (_directory, path) = file("image", &bytes);
        let opened = ImageFile::open(&path, &Limits::default()).unwrap().into_rows(&ReadOptions::default());
        assert!(opened.and_then(|(mut rows, _)| rows.read_rows(&mut vec![0; 36_000])).is_err());
    }
}

#[test]
fn jpeg_tiles_are_a_fraction_of_the_bytes_in_colour_and_in_gray() {
    for color in [0, 2, 6] {
        let (_directory, path) = file("image", &png_headers(12_000, 9000, color, 0));
        let image = ImageFile::open(&path, &Limits::default()).unwrap();
        let [png, jpeg] = TileFormat::ALL.map(|format| {
            let options = PyramidOptions { format, ..PyramidOptions::default() };
            Cost::of(&image, &ReadOptions::default(), &options, 2).unwrap()
        });
        assert!(jpeg.tile_bytes * 2 < png.tile_bytes && jpeg.tiles() == png.tiles());
    }
}

#[test]
fn what_is_held_as_a_whole_is_in_the_memory() {
    let progressive = jpeg_headers(0xC2, 12_000, 9000, HALF_CHROMA);
    let interlaced = png_headers(12_000, 9000, 2, 1);
    let tiled = tiff_headers(12_000, 2048, 1, Some(2048));
    for (whole, by_rows, lighter) in [
        (&progressive, &jpeg_headers(0xC0, 12_000, 9000, HALF_CHROMA), true),
        (&interlaced, &png_headers(12_000, 9000, 2, 0), true),
        (&tiled, &tiff_headers(12_000, 2048, 1, None), false),
    ] {
        let (whole_cost, rows_cost, held) = (cost(whole), cost(by_rows), buffer_bytes(whole));
        let more = whole_cost.memory_bytes - rows_cost.memory_bytes;
        assert!(more >= held - 36_000 && more < held + 100_000, "{more} for {held}");
        assert_eq!(whole_cost.lighter.is_some(), lighter);
        assert_eq!(rows_cost.lighter, None);
    }
}

#[test]
fn memory_grows_with_the_width_and_not_with_the_height() {
    let memory = |width, height| cost(&jpeg_headers(0xC0, width, height, HALF_CHROMA)).memory_bytes;
    assert_eq!(memory(12_000, 3000), memory(12_000, 12_000));
    let wide = memory(24_000, 3000) - memory(12_000, 3000);
    assert!((32_000_000..40_000_000).contains(&wide), "{wide}");
}

#[test]
fn transparency_takes_a_third_more_memory() {
    let (opaque, transparent) = (cost(&png_headers(12_000, 9000, 2, 0)), cost(&png_headers(12_000, 9000, 6, 0)));
    let strips = 7 * 48 * 256 * 256 / 2;
    let more = transparent.memory_bytes - opaque.memory_bytes;
    assert!((strips..strips + 100_000).contains(&more), "{more}");
    assert!(transparent.tile_bytes > opaque.tile_bytes);
    let black = ReadOptions { black_to_transparent: true, ..ReadOptions::default() };
    let made = cost_with(&png_headers(12_000, 9000, 2, 0), &black, Compression::Small).unwrap();
    assert!(made.memory_bytes >= opaque.memory_bytes + strips);
    assert_eq!(Channels::Rgba.bytes_per_pixel(), Channels::Rgb.bytes_per_pixel() + 1);
}

#[test]
fn a_crop_is_decoded_and_not_tiled() {
    let bytes = jpeg_headers(0xC0, 12_000, 9000, HALF_CHROMA);
    let cropped =
        |crop: Crop| cost_with(&bytes, &ReadOptions { crop: Some(crop), ..ReadOptions::default() }, Compression::Small);
    let small = cropped(Crop { top: 8000, right: 11_000, bottom: 0, left: 0 }).unwrap();
    assert_eq!(small.tiles(), 16 + 4 + 1);
    assert!(small.memory_bytes < cost(&bytes).memory_bytes / 2);
    assert!((small.decode_seconds - cost(&bytes).decode_seconds).abs() < 1e-9);
    assert!(matches!(cropped(Crop { top: 9000, right: 0, bottom: 0, left: 0 }), Err(PixelError::Parameter(_))));
}

#[test]
fn one_core_decodes_and_all_cores_tile() {
    let bytes = jpeg_headers(0xC2, 12_000, 9000, [0x11; 3]);
    let fast = cost_with(&bytes, &ReadOptions::default(), Compression::Fast).unwrap();
    assert!((fast.seconds_on(1.0) - fast.cpu_seconds()).abs() < 1e-9);
    assert!((fast.seconds_on(100.0) - fast.decode_seconds).abs() < 1e-9);
    let small = cost(&bytes);
    assert!((small.seconds_on(2.0) - small.cpu_seconds() / 2.0).abs() < 1e-9);
    assert!(small.tile_seconds > 4.0 * fast.tile_seconds && small.tile_bytes < fast.tile_bytes);
}
