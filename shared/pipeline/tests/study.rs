//! Where studies stand, however their pixels are stored.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use skyfeed_pipeline::study::{Coordinates, PlacedStudy, place};
use skyfeed_tiling::{
    pixels::{Crop, Format, ImageHeader, Orientation, Size},
    sky::SpatialMetadata,
};

const STORED: Size = Size { width: 400, height: 300 };

fn header(orientation: Orientation, size: Size) -> ImageHeader {
    ImageHeader { format: Format::Jpeg, size, orientation, xmp: None, has_icc: false, warnings: Vec::new() }
}

/// Coordinates of a picture of that size, the reference pixel off its centre.
fn coordinates(size: Size) -> SpatialMetadata {
    SpatialMetadata {
        projection: "TAN".to_owned(),
        frame: None,
        equinox: None,
        reference_value_deg: [202.47, 47.2],
        reference_dimension_px: [f64::from(size.width), f64::from(size.height)],
        reference_pixel: [100.25, 80.75],
        scale_deg_per_px: [-2e-4, 2e-4],
        rotation_deg: 25.0,
        quality: None,
    }
}

fn placed(orientation: Orientation, coordinates_for: Size, ignore: bool) -> PlacedStudy {
    let coordinates = Coordinates::Feed(coordinates(coordinates_for));
    place(&header(orientation, STORED), &coordinates, None, ignore).unwrap()
}

fn assert_close(one: f64, other: f64, what: &str) {
    assert!((one - other).abs() < 1e-9, "{what}: {one} is not {other}");
}

fn orientations() -> impl Iterator<Item = Orientation> {
    (1..=8).map(|number| Orientation::from_exif(number).unwrap())
}

#[test]
fn the_middle_of_a_picture_is_the_same_spot_however_it_is_turned() {
    let upright = placed(Orientation::Normal, STORED, false).placement;
    for orientation in orientations() {
        let turned = placed(orientation, STORED, false);
        assert_close(turned.placement.place_ra_hours, upright.place_ra_hours, "right ascension");
        assert_close(turned.placement.place_dec_deg, upright.place_dec_deg, "declination");
        assert!(!turned.placement.bottoms_up, "{orientation:?}");
        // A mirrored picture would show the sky mirrored; it is flipped back.
        let mirrors = [2, 4, 5, 7].contains(&(orientation as u8));
        let expected = if mirrors { orientation.then_flip_vertical() } else { orientation };
        assert_eq!(turned.orientation, expected);
        assert_eq!(turned.warnings.is_empty(), orientation == Orientation::Normal || orientation.swaps_axes());
    }
}

#[test]
fn coordinates_that_fit_only_the_displayed_picture_are_those_of_the_displayed_picture() {
    for orientation in orientations().filter(|orientation| orientation.swaps_axes()) {
        let displayed = orientation.displayed_size(STORED);
        let turned = placed(orientation, displayed, false);
        let upright =
            place(&header(Orientation::Normal, displayed), &Coordinates::Feed(coordinates(displayed)), None, false)
                .unwrap();
        assert_close(turned.placement.rotation_deg, upright.placement.rotation_deg, "rotation");
        assert_close(turned.placement.offset_x, upright.placement.offset_x, "offset x");
        assert_close(turned.placement.offset_y, upright.placement.offset_y, "offset y");
        assert_eq!(turned.orientation, orientation);
        assert_eq!(turned.warnings, []);
    }
}

#[test]
fn an_ignored_orientation_leaves_everything_as_stored() {
    let upright = placed(Orientation::Normal, STORED, false);
    for orientation in orientations() {
        let ignored = placed(orientation, STORED, true);
        assert_eq!((ignored.placement, ignored.orientation), (upright.placement, Orientation::Normal));
    }
}

#[test]
fn a_crop_moves_the_coordinates_with_the_pixels() {
    let crop = Crop { top: 20, right: 30, bottom: 40, left: 10 };
    let whole = Coordinates::Feed(coordinates(STORED));
    let cropped = place(&header(Orientation::Normal, STORED), &whole, Some(&crop), false).unwrap().placement;
    // What is left, described by itself: 360 × 240 pixels, the reference pixel moved (y up: by the rows cut at the bottom).
    let left = Size { width: 360, height: 240 };
    let described = SpatialMetadata { reference_pixel: [90.25, 40.75], ..coordinates(left) };
    let expected =
        place(&header(Orientation::Normal, left), &Coordinates::Feed(described), None, false).unwrap().placement;
    assert_close(cropped.offset_x, expected.offset_x, "offset x");
    assert_close(cropped.offset_y, expected.offset_y, "offset y");
    assert_close(cropped.place_dec_deg, expected.place_dec_deg, "declination");
}

#[test]
fn a_feed_with_a_positive_first_scale_is_not_placed() {
    let mirrored = SpatialMetadata { scale_deg_per_px: [2e-4, 2e-4], ..coordinates(STORED) };
    let error = place(&header(Orientation::Normal, STORED), &Coordinates::Feed(mirrored), None, false).unwrap_err();
    assert!(error.to_string().contains("bottom up"), "{error}");
}
