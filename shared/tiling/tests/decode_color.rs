//! Crop, black to transparent and ICC profiles.

#![allow(clippy::unwrap_used, reason = "tests")]
mod decode_support;

use std::path::Path;

use decode_support::{data, deflate, distance, file, fixtures, png_chunk, png_file, png_pixels, read, read_default};
use moxcms::ColorProfile;
use skyfeed_tiling::pixels::{ColorProcessing, Crop, ImageFile, Limits, PixelError, ReadOptions, Size};

fn options(crop: Option<Crop>, black_to_transparent: bool) -> ReadOptions {
    ReadOptions { crop, black_to_transparent, ..ReadOptions::default() }
}

/// The image in the four base tiles of an oracle case whose pyramid has a side of 512 pixels.
fn base_level(case: &str, size: Size) -> Vec<[u8; 4]> {
    let (left, top) = ((512 - size.width) / 2, (512 - size.height) / 2);
    let tile = |x: u32, y: u32| {
        let path = data(&format!("oracle/{case}/expected/1/{y}/{y}_{x}.png"));
        if path.exists() { png_pixels(&path).1 } else { vec![[0; 4]; 256 * 256] }
    };
    let tiles = [[tile(0, 0), tile(1, 0)], [tile(0, 1), tile(1, 1)]];
    let pixel =
        |x: u32, y: u32| tiles[(y / 256) as usize][(x / 256) as usize][(y % 256) as usize * 256 + (x % 256) as usize];
    (0..size.height).flat_map(|y| (0..size.width).map(move |x| (left + x, top + y))).map(|(x, y)| pixel(x, y)).collect()
}

#[test]
fn a_profile_is_converted_as_toasty_converts_it() {
    let image = read_default(&data("oracle/09_study_icc/input/image.png")).unwrap();
    assert!(image.warnings.is_empty());
    let (largest, mean) = distance(&image.rgba, &base_level("09_study_icc", image.size));
    assert!(largest <= 3 && mean <= 0.6, "largest {largest}, mean {mean}");
    let plain = ReadOptions { color: ColorProcessing::None, ..ReadOptions::default() };
    let plain = read(&data("oracle/09_study_icc/input/image.png"), &Limits::default(), &plain).unwrap();
    assert!(distance(&plain.rgba, &image.rgba).0 > 10, "the profile must make a difference");
}

#[test]
fn gray_cmyk_and_lattice_profiles_are_converted_from_their_own_space() {
    let mut tested = 0;
    for (path, expected) in fixtures().iter().filter(|(path, _)| path.to_str().unwrap().contains("icc-")) {
        let image = read_default(path).unwrap();
        assert!(image.warnings.is_empty(), "{path:?}: {:?}", image.warnings);
        let (largest, mean) = distance(&image.rgba, &png_pixels(expected).1);
        // Lattices are resampled by the colour engine, which shows in dark saturated colours.
        let bounds = if path.to_str().unwrap().contains("gray") { (3, 0.6) } else { (8, 1.2) };
        assert!(largest <= bounds.0 && mean <= bounds.1, "{path:?}: largest {largest}, mean {mean}");
        tested += 1;
    }
    assert_eq!(tested, 4);
}

#[test]
fn crop_and_black_to_transparent_equal_toasty() {
    let case: serde_json::Value =
        serde_json::from_slice(&std::fs::read(data("oracle/08_study_crop_black/case.json")).unwrap()).unwrap();
    let command = case["commands"][0].as_str().unwrap();
    let crop = command.split_whitespace().skip_while(|word| *word != "--crop").nth(1).unwrap();
    let options = options(Some(crop.parse().unwrap()), command.contains("--black-to-transparent"));
    assert!(options.black_to_transparent);
    let input = std::fs::read_dir(data("oracle/08_study_crop_black/input")).unwrap().next().unwrap().unwrap().path();
    let image = read(&input, &Limits::default(), &options).unwrap();
    assert!(image.rgba == base_level("08_study_crop_black", image.size));
}

#[test]
fn a_crop_of_any_format_is_a_window_of_the_whole() {
    let crop = Crop { top: 18, right: 3, bottom: 1, left: 7 };
    for name in ["jpeg-420.jpg", "jpeg-progressive.jpg", "jpeg-cmyk.jpg", "rgb-deflate-tiles.tif", "rgba-planar.tif"] {
        let path = data(&format!("images/{name}"));
        let whole = read_default(&path).unwrap();
        let part = read(&path, &Limits::default(), &options(Some(crop), false)).unwrap();
        assert_eq!(part.size, Size { width: whole.size.width - 10, height: whole.size.height - 19 });
        let window: Vec<_> = whole
            .rgba
            .chunks(whole.size.width as usize)
            .skip(18)
            .take(part.size.height as usize)
            .flat_map(|row| &row[7..row.len() - 3])
            .copied()
            .collect();
        assert!(part.rgba == window, "{name}");
    }
}

#[test]
fn a_crop_larger_than_the_image_is_the_callers_fault() {
    let crop = Crop { top: 30, right: 0, bottom: 30, left: 0 };
    let error = read(&data("images/jpeg-gray.jpg"), &Limits::default(), &options(Some(crop), false)).err().unwrap();
    assert!(matches!(error, PixelError::Parameter(_)), "{error}");
    assert!(error.to_string().contains("37 × 35"), "{error}");
}

#[test]
fn black_is_made_transparent_before_the_profile_changes_it() {
    // A profile in which nothing is black: it lifts all colours.
    let mut profile = ColorProfile::new_srgb();
    let lifted = moxcms::ToneReprCurve::Lut((0..256u32).map(|v| (20000 + v * 178) as u16).collect());
    profile.red_trc = Some(lifted.clone());
    profile.green_trc = Some(lifted.clone());
    profile.blue_trc = Some(lifted);
    let (_directory, path) = rgb_png(&[0, 0, 0, 0, 0, 1], Some(&profile.encode().unwrap()));
    let image = read(&path, &Limits::default(), &options(None, true)).unwrap();
    assert!(image.rgba[0][0] > 100, "{:?} was lifted", image.rgba[0]);
    assert_eq!([image.rgba[0][3], image.rgba[1][3]], [0, 255]);
}

#[test]
fn a_profile_that_cannot_be_used_is_a_warning_and_changes_nothing() {
    let gray = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
    let wide = ColorProfile::new_adobe_rgb().encode().unwrap();
    for profile in [&b"not a profile"[..], &gray, &wide[..wide.len() / 2]] {
        let (_directory, path) = rgb_png(&[200, 100, 50], Some(profile));
        assert!(ImageFile::open(&path, &Limits::default()).unwrap().header().has_icc);
        let image = read_default(&path).unwrap();
        assert_eq!(image.rgba, [[200, 100, 50, 255]]);
        assert!(image.warnings[0].to_string().starts_with("ignoring the ICC profile"), "{:?}", image.warnings);
    }
}

#[test]
fn an_srgb_profile_changes_nothing() {
    let samples: Vec<u8> = (0..=255).flat_map(|v| [v, 255 - v, v / 2]).collect();
    let profile = ColorProfile::new_srgb().encode().unwrap();
    let (_directory, path) = rgb_png(&samples, Some(&profile));
    let image = read_default(&path).unwrap();
    assert!(image.warnings.is_empty());
    assert!(image.rgba.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).eq(samples));
}

/// A PNG of one row.
fn rgb_png(samples: &[u8], profile: Option<&[u8]>) -> (tempfile::TempDir, std::path::PathBuf) {
    let mut chunks = Vec::new();
    if let Some(profile) = profile {
        chunks.push(png_chunk(b"iCCP", &[b"test\0\0", &deflate(profile)[..]].concat()));
    }
    chunks.push(png_chunk(b"IDAT", &deflate(&[&[0], samples].concat())));
    file("image.png", &png_file((samples.len() / 3) as u32, 1, 8, 2, 0, &chunks))
}

#[test]
fn a_file_that_is_not_there_is_named_by_the_system() {
    let error = ImageFile::open(Path::new("nowhere.png"), &Limits::default()).err().unwrap();
    assert!(matches!(error, PixelError::Io(_)));
}
