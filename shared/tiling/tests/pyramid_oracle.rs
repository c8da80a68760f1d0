//! Pyramids and thumbnails equal those of toasty 0.20.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod pyramid_support;

use std::{fs, path::PathBuf};

use pyramid_support::{Picture, Tiles, assert_same_pixels, tiles_of};
use serde_json::Value;
use skyfeed_tiling::pixels::{Channels, PyramidOptions, Size, TilePos};

fn case(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/oracle")).join(name)
}

fn input(name: &str) -> Picture {
    Picture::open_png(case(name).join("input/image.png"))
}

/// `--crop 10,20 --black-to-transparent`
fn case_08_prepared() -> Picture {
    let picture = input("08_study_crop_black");
    let Size { width, height } = picture.size;
    let cropped = picture.crop(20, 10, Size { width: width - 40, height: height - 20 });
    Picture::from_fn(cropped.size, Channels::Rgba, |x, y| match cropped.pixel(x, y) {
        [0, 0, 0, _] => [0; 4],
        pixel => pixel,
    })
}

fn assert_tiles_are_those_of(name: &str, tiles: &Tiles) {
    let description: Value = serde_json::from_str(&fs::read_to_string(case(name).join("case.json")).unwrap()).unwrap();
    let mut expected: Vec<&str> =
        description["tiles"].as_array().unwrap().iter().map(|tile| tile.as_str().unwrap()).collect();
    let path = |tile: &TilePos| format!("{}.png", tile.toasty_path());
    let mut paths: Vec<String> = tiles.keys().map(path).collect();
    expected.sort_unstable();
    paths.sort_unstable();
    assert_eq!(paths, expected, "{name}");
    for (tile, picture) in tiles {
        let expected = Picture::open_png(case(name).join("expected").join(path(tile)));
        assert_same_pixels(picture, &expected, &format!("{name}, {tile:?}"));
    }
}

#[test]
fn tiles_equal_those_of_toasty_pixel_by_pixel() {
    for name in ["01_study_plain_300x200", "03_study_avm_rgba_1000x1500", "04_study_gray8", "07_study_small_untiled"] {
        let (_, tiles) = tiles_of(&mut input(name).rows(), &PyramidOptions::default());
        assert_tiles_are_those_of(name, &tiles);
    }
}

#[test]
fn tiles_of_a_cropped_picture_with_transparent_black_equal_those_of_toasty() {
    let (_, tiles) = tiles_of(&mut case_08_prepared().rows(), &PyramidOptions::default());
    assert_tiles_are_those_of("08_study_crop_black", &tiles);
}

#[test]
fn thumbnails_look_like_those_of_toasty() {
    let jpeg = fs::read(case("02_study_avm_jpeg_513x257").join("input/image.jpg")).unwrap();
    let pictures = [
        ("01_study_plain_300x200", input("01_study_plain_300x200")),
        ("02_study_avm_jpeg_513x257", Picture::read_jpeg(&jpeg)),
        ("03_study_avm_rgba_1000x1500", input("03_study_avm_rgba_1000x1500")),
        ("07_study_small_untiled", input("07_study_small_untiled")),
        ("08_study_crop_black", case_08_prepared()),
    ];
    for (name, picture) in pictures {
        let (pyramid, _) = tiles_of(&mut picture.rows(), &PyramidOptions::default());
        let thumbnail = Picture::read_jpeg(&pyramid.thumbnail.to_jpeg().unwrap());
        let expected = Picture::read_jpeg(&fs::read(case(name).join("expected/thumb.jpg")).unwrap());
        assert_eq!(thumbnail.size, expected.size, "{name}");
        let values = thumbnail.pixels.as_flattened().iter().zip(expected.pixels.as_flattened());
        let differences: Vec<u8> = values.map(|(value, expected)| value.abs_diff(*expected)).collect();
        let mean = differences.iter().map(|difference| f64::from(*difference)).sum::<f64>() / differences.len() as f64;
        assert!(mean <= 1.0, "{name}: {mean}");
    }
}
