//! Turning a picture for display leaves every pixel at its place on the sky.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sky_support;

use proptest::prelude::{prop_assert, proptest};
use sky_support::separation_arcsec;
use skyfeed_tiling::{pixels::Orientation, sky::Wcs};

const ALL: [Orientation; 8] = [
    Orientation::Normal,
    Orientation::FlipHorizontal,
    Orientation::Rotate180,
    Orientation::FlipVertical,
    Orientation::Transpose,
    Orientation::Rotate90,
    Orientation::Transverse,
    Orientation::Rotate270,
];

/// Where the pixel at column `x` and row `y` (1-based) of a stored picture is displayed, by the words of EXIF: which side of
/// the displayed picture the stored first row and first column are.
fn displayed(orientation: Orientation, [width, height]: [u32; 2], [x, y]: [f64; 2]) -> [f64; 2] {
    let (from_right, from_bottom) = (f64::from(width) + 1.0 - x, f64::from(height) + 1.0 - y);
    match orientation {
        Orientation::Normal => [x, y],                        // row 0 top, column 0 left
        Orientation::FlipHorizontal => [from_right, y],       // top, right
        Orientation::Rotate180 => [from_right, from_bottom],  // bottom, right
        Orientation::FlipVertical => [x, from_bottom],        // bottom, left
        Orientation::Transpose => [y, x],                     // left, top
        Orientation::Rotate90 => [from_bottom, x],            // right, top
        Orientation::Transverse => [from_bottom, from_right], // right, bottom
        Orientation::Rotate270 => [y, from_right],            // left, bottom
    }
}

fn wcs() -> Wcs {
    Wcs { crval_deg: [83.6, -22.0], crpix: [120.25, -30.5], cd_deg: [[-3e-4, 1.7e-4], [-1.9e-4, -3.1e-4]] }
}

#[test]
fn a_stored_pixel_has_the_sky_position_of_the_displayed_pixel_it_becomes() {
    let size @ [width, height] = [401, 300];
    for orientation in ALL {
        let turned = wcs().oriented(orientation, width, height);
        for pixel in [[1.0, 1.0], [401.0, 1.0], [1.0, 300.0], [401.0, 300.0], [17.5, 203.25]] {
            let apart =
                separation_arcsec(wcs().pixel_to_sky(pixel), turned.pixel_to_sky(displayed(orientation, size, pixel)));
            assert!(apart < 1e-7, "{orientation:?} {pixel:?}: {apart} arc seconds");
        }
    }
}

#[test]
fn a_quarter_turn_and_a_quarter_turn_back_give_the_same_wcs() {
    let there = wcs().oriented(Orientation::Rotate90, 401, 300);
    assert_eq!(there.oriented(Orientation::Rotate270, 300, 401), wcs());
    assert_eq!(wcs().flip_rows(300).flip_rows(300), wcs());
}

proptest! {
    #[test]
    fn a_sky_position_leads_back_to_its_pixel(
        ra in 0.0..360.0_f64, dec in -90.0..90.0_f64, x in -5e3..5e3_f64, y in -5e3..5e3_f64, scale in 1e-6..3e-3_f64, angle in 0.0..6.2_f64,
    ) {
        let (sin, cos) = (angle.sin() * scale, angle.cos() * scale);
        let wcs = Wcs { crval_deg: [ra, dec], crpix: [10.0, 20.0], cd_deg: [[-cos, sin], [-sin, -cos]] };
        let again = wcs.sky_to_pixel(wcs.pixel_to_sky([x, y])).unwrap();
        // A position in degrees has some 1e-13 degrees of room, which is 1e-7 of the smallest pixel here.
        prop_assert!((again[0] - x).abs() < 1e-5 && (again[1] - y).abs() < 1e-5, "{again:?}");
    }
}
