//! A WCS becomes the numbers that toasty writes, or is refused as toasty refuses it.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sky_support;

use serde_json::Value;
use sky_support::{assert_close, assert_placed_as_in_wtml, number, numbers, vectors, wtml_attributes};
use skyfeed_tiling::sky::{FOV_FACTOR, Parity, Placement, SkyError, StudyProjection, Wcs, fits};

/// The headers of a vector as a FITS header.
fn fits_header(headers: &Value) -> String {
    let mut cards = format!("{:80}", "SIMPLE  =                    T");
    for (keyword, value) in headers.as_object().unwrap() {
        let value = match value {
            Value::String(text) => format!("'{text}'"),
            number => number.to_string().to_uppercase(),
        };
        cards += &format!("{:80}", format!("{keyword:8}= {value}"));
    }
    cards + &format!("{:80}", "END")
}

fn study(case: &Value) -> Result<Placement, SkyError> {
    let whole = |name: &str| u32::try_from(case[name].as_u64().unwrap()).unwrap();
    let (width, height) = (whole("width"), whole("height"));
    let wcs = fits::read_wcs(fits_header(&case["headers"]).as_bytes())?.rescaled_to(width, height)?;
    Placement::study(&wcs, width, height, whole("tile_levels"), number(&case["fov_factor"]))
}

#[test]
fn every_vector_gives_toastys_numbers_to_the_last_digit() {
    let mut placed = 0;
    for case in vectors("set_position_from_wcs.json") {
        let expected = &case["result"];
        if expected.is_null() {
            continue;
        }
        let ours = study(&case).unwrap();
        let tiled = ours.projection == StudyProjection::Tan;
        assert_eq!(if tiled { "Tan" } else { "SkyImage" }, expected["projection"]);
        assert_eq!(ours.bottoms_up, expected["bottoms_up"]);
        let names = [
            "center_x",
            "center_y",
            "rotation",
            "base_degrees_per_tile",
            "offset_x",
            "offset_y",
            "place_ra_hr",
            "place_dec_deg",
            "place_zoom",
        ];
        for (name, (_, value)) in names.into_iter().zip(numbers(&ours)) {
            if case["headers"]["CD1_1"].is_null() {
                // toasty gives the middle of the image's last digits by PC and CDELT cards, and we by CD cards.
                assert_close(value, number(&expected[name]), name);
            } else {
                assert_eq!(value, number(&expected[name]), "{name}");
            }
        }
        placed += 1;
    }
    assert_eq!(placed, 31);
}

#[test]
fn every_vector_that_toasty_refuses_is_refused_or_placed_by_a_better_rule() {
    let mut counted = [0; 4];
    for case in vectors("set_position_from_wcs.json") {
        let Some(error) = case["error"].as_str() else { continue };
        let result = study(&case);
        if error.contains("parity") {
            assert!(matches!(result, Err(SkyError::BottomUp)), "{error}: {result:?}");
            counted[0] += 1;
        } else if error.contains("non-square") {
            assert!(matches!(result, Err(SkyError::NonSquarePixels { .. })), "{error}: {result:?}");
            counted[1] += 1;
        } else if error.contains("CD matrix") {
            assert!(matches!(result, Err(SkyError::CdMatrix { .. })), "{error}: {result:?}");
            counted[2] += 1;
        } else {
            // Other frames are converted, and a projection near TAN is taken for it in a small field.
            let sin = case["headers"]["CTYPE1"] == "RA---SIN";
            let sensible = match &result {
                Ok(_) | Err(SkyError::BottomUp) => true,
                Err(SkyError::ProjectionTooWide { .. }) => sin,
                Err(_) => false,
            };
            assert!(sensible, "{error}: {result:?}");
            counted[3] += 1;
        }
    }
    assert_eq!(counted.iter().sum::<usize>(), 29);
    assert!(counted.iter().all(|count| *count > 0), "{counted:?}");
}

fn small(crpix: [f64; 2]) -> Wcs {
    Wcs { crval_deg: [10.0, 20.0], crpix, cd_deg: [[-0.001, 0.0], [0.0, -0.001]] }
}

#[test]
fn padding_moves_the_offsets_to_the_middle_of_the_tile() {
    // 201 x 100 in 256 x 256: 27 columns left and 78 rows above.
    let placement = Placement::study(&small([1.0, 1.0]), 201, 100, 0, FOV_FACTOR).unwrap();
    assert_eq!((placement.offset_x, placement.offset_y), (0.5, 99.5));
    let padded = placement.padded(201, 100);
    assert_eq!((padded.offset_x, padded.offset_y), (27.5, 256.0 - 78.5));
    assert_eq!(Placement { offset_x: 0.5, offset_y: 99.5, ..padded }, placement);
}

#[test]
fn padding_leaves_a_tiled_placement_alone() {
    let placement = Placement::study(&small([1.0, 1.0]), 300, 100, 1, FOV_FACTOR).unwrap();
    assert_eq!(placement.padded(300, 100), placement);
}

#[test]
fn an_image_without_coordinates_is_placed_as_toasty_places_it() {
    let expected = wtml_attributes("01_study_plain_300x200/expected/index_rel.wtml");
    assert_placed_as_in_wtml(&Placement::toasty_default(), &expected);
}

#[test]
fn rows_bottom_up_can_be_flipped_with_the_wcs() {
    let bottom_up = Wcs { cd_deg: [[-0.001, 0.0], [0.0, 0.001]], ..small([7.0, 9.0]) };
    assert_eq!(bottom_up.parity(), Parity::BottomUp);
    assert!(matches!(Placement::study(&bottom_up, 300, 100, 1, FOV_FACTOR), Err(SkyError::BottomUp)));
    let flipped = bottom_up.flip_rows(100);
    assert_eq!(flipped, small([7.0, 92.0]));
    assert!(Placement::study(&flipped, 300, 100, 1, FOV_FACTOR).is_ok());
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let good = small([1.0, 1.0]);
    let bad = [
        Wcs { crval_deg: [f64::NAN, 0.0], ..good },
        Wcs { crval_deg: [0.0, 90.5], ..good },
        Wcs { crpix: [f64::INFINITY, 0.0], ..good },
        Wcs { cd_deg: [[0.0; 2]; 2], ..good },
        Wcs { cd_deg: [[f64::NAN; 2]; 2], ..good },
        Wcs { cd_deg: [[-1e200, 0.0], [0.0, -1e200]], ..good },
    ];
    for wcs in bad {
        assert!(Placement::study(&wcs, 300, 100, 1, FOV_FACTOR).is_err(), "{wcs:?}");
    }
    assert!(Placement::study(&good, 0, 100, 1, FOV_FACTOR).is_err());
    assert!(Placement::study(&good, 300, 100, 31, FOV_FACTOR).is_err());
    assert!(Placement::study(&good, 300, 100, 1, 0.0).is_err());
}
