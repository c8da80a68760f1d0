//! Feed metadata are placed as toasty places them, to the last digit.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sky_support;

use serde_json::Value;
use sky_support::{assert_within, data, number, numbers, pair, vectors, wtml_attributes, wtml_number};
use skyfeed_tiling::sky::{FOV_FACTOR, Parity, Placement, Quality, SkyError, SpatialMetadata};

fn astropix(record: &Value) -> SpatialMetadata {
    SpatialMetadata {
        projection: record["wcs_projection"].as_str().unwrap().to_owned(),
        frame: record["wcs_coordinate_frame"].as_str().map(str::to_owned),
        equinox: record["wcs_equinox"].as_str().map(str::to_owned),
        reference_value_deg: pair(&record["wcs_reference_value"]),
        reference_dimension_px: pair(&record["wcs_reference_dimension"]),
        reference_pixel: pair(&record["wcs_reference_pixel"]),
        scale_deg_per_px: pair(&record["wcs_scale"]),
        rotation_deg: number(&record["wcs_rotation"]),
        quality: None,
    }
}

fn djangoplicity(record: &Value) -> SpatialMetadata {
    let first_scale = number(&record["Spatial.Scale"][0]);
    SpatialMetadata {
        projection: record["Spatial.CoordsystemProjection"].as_str().unwrap().to_owned(),
        frame: record["Spatial.CoordinateFrame"].as_str().map(str::to_owned),
        equinox: record["Spatial.Equinox"].as_str().map(str::to_owned),
        reference_value_deg: pair(&record["Spatial.ReferenceValue"]),
        reference_dimension_px: pair(&record["Spatial.ReferenceDimension"]),
        reference_pixel: pair(&record["Spatial.ReferencePixel"]),
        scale_deg_per_px: [
            first_scale,
            record["Spatial.Scale"][1].as_str().unwrap().parse().unwrap_or_else(|_| first_scale.abs()),
        ],
        rotation_deg: number(&record["Spatial.Rotation"]),
        quality: None,
    }
}

fn size(case: &Value) -> (u32, u32) {
    let side = |name: &str| u32::try_from(case[name].as_u64().unwrap()).unwrap();
    (side("width"), side("height"))
}

#[test]
fn every_feed_vector_gives_toastys_headers() {
    let cases = vectors("feed_wcs.json");
    assert_eq!(cases.len(), 15);
    for case in &cases {
        let (width, height) = size(case);
        let records = [
            (astropix(&case["astropix"]), "astropix_headers"),
            (djangoplicity(&case["djangoplicity"]), "djangoplicity_headers"),
        ];
        for (metadata, headers) in records {
            let wcs = metadata.wcs(width, height).unwrap();
            let expected = |name: &str| number(&case[headers][name]);
            let ours = [
                ("CRVAL1", wcs.crval_deg[0]),
                ("CRVAL2", wcs.crval_deg[1]),
                ("CRPIX1", wcs.crpix[0]),
                ("CRPIX2", wcs.crpix[1]),
                ("CD1_1", wcs.cd_deg[0][0]),
                ("CD1_2", wcs.cd_deg[0][1]),
                ("CD2_1", wcs.cd_deg[1][0]),
                ("CD2_2", wcs.cd_deg[1][1]),
            ];
            for (name, value) in ours {
                // One unit in the last place: the sine and the cosine come from another library.
                let tolerance = f64::EPSILON * expected(name).abs();
                assert_within(value, expected(name), tolerance, name);
            }
        }
    }
}

fn astropix_oracle(index: usize) -> SpatialMetadata {
    let feed = std::fs::read(data("oracle/10_pipeline_astropix/input/site/feed.json")).unwrap();
    let feed: Value = serde_json::from_slice(&feed).unwrap();
    astropix(&feed[index])
}

fn djangoplicity_oracle(id: &str) -> SpatialMetadata {
    let path = format!("oracle/11_pipeline_djangoplicity/input/site/{id}/api/json/index.html");
    let record: Value = serde_json::from_slice(&std::fs::read(data(&path)).unwrap()).unwrap();
    djangoplicity(&record)
}

#[test]
fn the_numbers_of_toastys_feeds_are_reproduced_to_the_last_digit() {
    let images = [
        (astropix_oracle(0), (520, 390), 2, "10_pipeline_astropix/expected/synth_img1"),
        (astropix_oracle(1), (300, 420), 1, "10_pipeline_astropix/expected/synth_img2"),
        (djangoplicity_oracle("syn-2405a"), (257, 129), 1, "11_pipeline_djangoplicity/expected/syn-2405a"),
        (djangoplicity_oracle("syn0201b"), (640, 360), 2, "11_pipeline_djangoplicity/expected/syn0201b"),
    ];
    for (metadata, (width, height), levels, folder) in images {
        let expected = wtml_attributes(&format!("{folder}/index_rel.wtml"));
        let placement = Placement::study(&metadata.wcs(width, height).unwrap(), width, height, levels, FOV_FACTOR);
        for (name, ours) in numbers(&placement.unwrap()) {
            // The shortest text of a number is its own, so equal numbers are equal texts.
            assert_eq!(ours, wtml_number(&expected, name), "{folder} {name}");
        }
    }
}

#[test]
fn only_a_position_is_not_enough_to_place_an_image() {
    let metadata = SpatialMetadata { quality: Some(Quality::Position), ..astropix_oracle(0) };
    assert!(matches!(metadata.wcs(520, 390), Err(SkyError::PositionOnly)));
}

#[test]
fn the_sign_of_the_scale_is_used_as_given() {
    let given = astropix_oracle(0);
    assert_eq!(given.wcs(520, 390).unwrap().parity(), Parity::TopDown);
    let mirrored = SpatialMetadata { scale_deg_per_px: [0.00013, 0.00013], ..given };
    let wcs = mirrored.wcs(520, 390).unwrap();
    assert_eq!(wcs.parity(), Parity::BottomUp);
    assert!(matches!(Placement::study(&wcs, 520, 390, 2, FOV_FACTOR), Err(SkyError::BottomUp)));
    assert!(Placement::study(&wcs.flip_rows(390), 520, 390, 2, FOV_FACTOR).is_ok());
}

#[test]
fn a_projection_near_tan_is_taken_for_it_in_a_small_field_only() {
    let tan = astropix_oracle(0);
    let sin = SpatialMetadata { projection: "SIN".to_owned(), ..tan.clone() };
    assert_eq!(sin.wcs(520, 390).unwrap(), tan.wcs(520, 390).unwrap());
    let wide = SpatialMetadata { scale_deg_per_px: [-0.02, 0.02], ..sin };
    assert!(matches!(wide.wcs(520, 390), Err(SkyError::ProjectionTooWide { projection: "SIN", .. })));
    let all_sky = SpatialMetadata { projection: "AIT".to_owned(), ..tan };
    assert!(matches!(all_sky.wcs(520, 390), Err(SkyError::Projection { .. })));
}

#[test]
fn an_image_that_is_no_copy_of_the_reference_image_is_refused() {
    let metadata = astropix_oracle(0);
    assert!(metadata.wcs(260, 195).is_ok());
    assert!(metadata.wcs(260, 196).is_ok(), "rounding a side");
    let reason = metadata.wcs(520, 400).unwrap_err().to_string();
    assert_eq!(
        reason,
        "the coordinates are for an image of 520 x 390 pixels, which has another aspect ratio than 520 x 400"
    );
}

#[test]
fn absurd_metadata_are_refused_by_name() {
    let good = astropix_oracle(0);
    let nan = f64::NAN;
    let absurd = [
        (SpatialMetadata { scale_deg_per_px: [0.0, 0.1], ..good.clone() }, "Spatial.Scale is 0 and 0.1"),
        (SpatialMetadata { scale_deg_per_px: [nan, nan], ..good.clone() }, "Spatial.Scale is NaN"),
        (SpatialMetadata { rotation_deg: f64::INFINITY, ..good.clone() }, "Spatial.Rotation is inf"),
        (SpatialMetadata { reference_value_deg: [nan, 0.0], ..good.clone() }, "the reference longitude is NaN"),
        (SpatialMetadata { reference_value_deg: [10.0, 91.0], ..good.clone() }, "the reference latitude is 91"),
        (SpatialMetadata { reference_pixel: [nan, 0.0], ..good.clone() }, "CRPIX1 is NaN"),
        (
            SpatialMetadata { reference_dimension_px: [0.0, 390.0], ..good.clone() },
            "Spatial.ReferenceDimension is 0 x 390",
        ),
        (
            SpatialMetadata { scale_deg_per_px: [-0.36, 0.36], ..good.clone() },
            "the image would be 187 degrees wide or high",
        ),
    ];
    for (metadata, reason) in absurd {
        let error = metadata.wcs(520, 390).unwrap_err().to_string();
        assert!(error.starts_with(reason), "{error}");
    }
    assert!(good.wcs(0, 390).is_err());
    assert!(good.wcs(520, u32::MAX).is_err());
}
