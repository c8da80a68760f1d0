//! The pyramid made in one pass equals the definition, whatever the size, the channels, and the orientation.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod pyramid_support;

use proptest::prelude::*;
use pyramid_support::{ORIENTATIONS, Picture, assert_same_tiles, tiles_by_definition, tiles_of};
use skyfeed_tiling::pixels::{CascadeMode, Channels, Compression, Orientation, PyramidOptions, Size, make_thumbnail};

const MODES: [CascadeMode; 2] = [CascadeMode::Compatible, CascadeMode::AlphaWeighted];

fn check(picture: &Picture, options: PyramidOptions) {
    let (pyramid, tiles) = tiles_of(&mut picture.rows(), &options);
    let displayed = picture.turned(options.orientation);
    let what = format!("{:?} {:?} {options:?}", picture.size, picture.channels);
    assert_eq!(pyramid.study.size(), displayed.size, "{what}");
    assert_same_tiles(&tiles, &tiles_by_definition(&displayed, options.cascade), &what);
    let thumbnail = make_thumbnail(&mut displayed.rows(), Orientation::Normal).unwrap();
    assert!(pyramid.thumbnail == thumbnail, "the thumbnail of {what}");
}

fn check_all_orientations(width: u32, height: u32) {
    for channels in [Channels::Rgb, Channels::Rgba] {
        let picture = Picture::noise(Size { width, height }, channels, 7);
        for orientation in ORIENTATIONS {
            check(&picture, PyramidOptions { orientation, ..Default::default() });
        }
    }
}

#[test]
fn one_pixel_equals_the_definition_in_all_orientations() {
    check_all_orientations(1, 1);
}

#[test]
fn one_tile_with_an_odd_margin_equals_the_definition_in_all_orientations() {
    check_all_orientations(255, 256);
}

#[test]
fn odd_sides_equal_the_definition_in_all_orientations() {
    check_all_orientations(257, 513);
}

#[test]
fn a_small_study_equals_the_definition_in_all_orientations() {
    check_all_orientations(300, 200);
}

#[test]
fn a_thin_picture_equals_the_definition_in_all_orientations() {
    check_all_orientations(1000, 3);
}

#[test]
fn a_line_of_pixels_equals_the_definition() {
    for (width, height) in [(1, 1500), (1500, 1)] {
        for cascade in MODES {
            let picture = Picture::noise(Size { width, height }, Channels::Rgb, 3);
            check(&picture, PyramidOptions { cascade, ..Default::default() });
        }
    }
}

#[test]
fn a_wholly_transparent_picture_has_no_tiles() {
    let picture = Picture::from_fn(Size { width: 700, height: 300 }, Channels::Rgba, |_, _| [200, 100, 50, 0]);
    let (pyramid, tiles) = tiles_of(&mut picture.rows(), &PyramidOptions::default());
    assert_eq!((pyramid.tiles, tiles.len()), (0, 0));
}

#[test]
fn a_tile_without_alpha_is_not_written_nor_a_parent_of_such_tiles() {
    let picture = Picture::from_fn(Size { width: 1024, height: 1024 }, Channels::Rgba, |x, y| {
        [10, 20, 30, if x < 600 && y < 512 { 255 } else { 0 }]
    });
    let (_, tiles) = tiles_of(&mut picture.rows(), &PyramidOptions::default());
    let names: Vec<String> = tiles.keys().map(|tile| tile.flat_name()).collect();
    let expected = ["L0X0Y0", "L1X0Y0", "L1X1Y0", "L2X0Y0", "L2X0Y1", "L2X1Y0", "L2X1Y1", "L2X2Y0", "L2X2Y1"];
    assert_eq!(names, expected);
}

#[test]
fn the_alpha_weighted_cascade_has_no_dark_fringes() {
    let orange = [200, 100, 50, 255];
    let picture = Picture::from_fn(Size { width: 701, height: 523 }, Channels::Rgba, |x, y| {
        if (x / 37 + y / 23) % 2 == 0 { orange } else { [0; 4] }
    });
    let darkest = |cascade| {
        let (_, tiles) = tiles_of(&mut picture.rows(), &PyramidOptions { cascade, ..Default::default() });
        let seen = tiles.values().flat_map(|tile| &tile.pixels).filter(|pixel| pixel[3] != 0);
        seen.map(|[red, green, blue, _]| [*red, *green, *blue]).min().unwrap()
    };
    assert_eq!(darkest(CascadeMode::AlphaWeighted), [200, 100, 50]);
    assert!(darkest(CascadeMode::Compatible)[0] < 100);
}

#[test]
fn a_thumbnail_shows_colours_by_their_alpha() {
    let size = Size { width: 960, height: 450 };
    let picture = Picture::from_fn(size, Channels::Rgba, |x, y| match (x < 480, (x + y) % 2) {
        (true, 0) => [200, 100, 50, 80],
        _ => [255, 255, 255, 0],
    });
    let thumbnail = make_thumbnail(&mut picture.rows(), Orientation::Normal).unwrap();
    let pixel = |x: usize, y: usize| &thumbnail.rgb[3 * (96 * y + x)..][..3];
    assert_eq!((thumbnail.width, thumbnail.height), (96, 45));
    assert_eq!((pixel(2, 2), pixel(45, 44)), (&[200, 100, 50][..], &[200, 100, 50][..]));
    assert_eq!((pixel(50, 0), pixel(95, 44)), (&[0, 0, 0][..], &[0, 0, 0][..]));
}

#[test]
fn the_cost_of_a_thin_picture_is_in_proportion_to_its_pixels() {
    let picture =
        Picture::from_fn(Size { width: 20_000, height: 30 }, Channels::Rgb, |x, y| [x as u8, y as u8, 0, 255]);
    let (pyramid, _) = tiles_of(&mut picture.rows(), &PyramidOptions::default());
    assert_eq!(pyramid.study.padded_side_px(), 32_768);
    assert_eq!(pyramid.tiles, pyramid.study.tile_count());
    // Two rows of tiles on every level but the top.
    assert_eq!(pyramid.tiles, 2 * (80 + 40 + 20 + 10 + 6 + 4 + 2) + 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_picture_equals_the_definition(
        (width, height) in (1_u32..600, 1_u32..600),
        channels in prop_oneof![Just(Channels::Rgb), Just(Channels::Rgba)],
        cascade in prop::sample::select(&MODES),
        orientation in prop::sample::select(&ORIENTATIONS),
        compression in prop::sample::select(&Compression::ALL),
        seed: u32,
    ) {
        let picture = Picture::noise(Size { width, height }, channels, seed);
        check(&picture, PyramidOptions { cascade, orientation, compression, ..Default::default() });
    }
}
