//! AVM packets are read as pyavm reads them where pyavm is right, and placed where toasty places them.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sky_support;

use std::collections::BTreeMap;

use serde_json::Value;
use sky_support::{assert_close, assert_placed_as_in_wtml, data, number, numbers, pair, vectors, wtml_attributes};
use skyfeed_tiling::sky::{Avm, FOV_FACTOR, Placement, SkyError, Wcs, find_packet};

fn parse(case: &Value) -> Avm {
    Avm::parse(case["xmp"].as_str().unwrap().as_bytes()).unwrap()
}

fn case(name: &str) -> Value {
    vectors("avm.json").into_iter().find(|case| case["name"] == name).unwrap()
}

fn size(case: &Value) -> (u32, u32) {
    let side = |name: &str, default| case[name].as_u64().map_or(default, |side| u32::try_from(side).unwrap());
    (side("image_width", 800), side("image_height", 600))
}

fn wcs(name: &str) -> Result<Wcs, SkyError> {
    let case = case(name);
    let (width, height) = size(&case);
    parse(&case).wcs(width, height)
}

/// A packet with these properties as elements of one description.
fn packet(properties: &str) -> Avm {
    let xmp = format!(
        r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
        xmlns:avm="http://www.communicatingastronomy.org/avm/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">{properties}</rdf:Description></rdf:RDF>"#
    );
    Avm::parse(xmp.as_bytes()).unwrap()
}

#[test]
fn every_vector_has_the_values_that_pyavm_reads() {
    let cases = vectors("avm.json");
    assert_eq!(cases.len(), 45);
    let mut compared = 0;
    for case in &cases {
        let Some(fields) = case["fields"].as_object() else { continue };
        let ours: BTreeMap<_, _> = parse(case).tags().into_iter().collect();
        for (name, expected) in fields {
            let texts: Vec<&str> = ours[name.as_str()].split("; ").collect();
            let expected = expected.as_array().cloned().unwrap_or_else(|| vec![expected.clone()]);
            assert_eq!(texts.len(), expected.len(), "{name}");
            for (text, expected) in texts.iter().zip(&expected) {
                match expected {
                    Value::String(expected) => assert_eq!(text, expected, "{name}"),
                    Value::Number(expected) => assert_eq!(text.parse::<f64>().ok(), expected.as_f64(), "{name}"),
                    _ => assert_eq!(*text, "-", "{name}"),
                }
            }
        }
        assert_eq!(ours.len(), fields.len(), "{:?}", case["name"]);
        compared += 1;
    }
    assert_eq!(compared, 38);
}

#[test]
fn every_vector_that_toasty_places_rightly_is_placed_there() {
    // Half a pixel, the scale of a CD matrix and the frames are toasty's errors: they have tests of their own.
    let wrong_in_toasty = [
        "half_size",
        "triple_size",
        "aspect_mismatch_small",
        "cdmatrix_rescaled",
        // See sky_frames.rs.
        "equinox_B1950_FK4",
        "quality_position",
    ];
    let mut placed = 0;
    for case in vectors("avm.json") {
        let expected = &case["imageset_tiled"];
        if expected.is_null() || wrong_in_toasty.contains(&case["name"].as_str().unwrap()) {
            continue;
        }
        let (width, height) = size(&case);
        let wcs = parse(&case).wcs(width, height).unwrap();
        let placement = Placement::study(&wcs, width, height, 2, FOV_FACTOR).unwrap();
        let names =
            ["center_x", "center_y", "rotation", "base_degrees_per_tile", "offset_x", "offset_y", "ra", "dec", "zoom"];
        for (name, (_, ours)) in names.into_iter().zip(numbers(&placement)) {
            assert_close(ours, number(&expected[name]), &format!("{} {name}", case["name"]));
        }
        placed += 1;
    }
    assert_eq!(placed, 20);
}

#[test]
fn another_size_of_the_picture_keeps_every_edge_where_it_is() {
    let original = wcs("plain_elem").unwrap();
    for (name, factor) in [("half_size", 0.5), ("triple_size", 3.0)] {
        let scaled = wcs(name).unwrap();
        for [x, y] in [[0.0, 0.0], [800.0, 600.0], [123.0, 456.0]] {
            let expected = original.pixel_to_sky([x + 0.5, y + 0.5]);
            let ours = scaled.pixel_to_sky([x * factor + 0.5, y * factor + 0.5]);
            assert_close(ours[0], expected[0], name);
            assert_close(ours[1], expected[1], name);
        }
    }
}

#[test]
fn a_cd_matrix_is_scaled_with_the_picture() {
    let (full, half) = (wcs("cdmatrix").unwrap(), wcs("cdmatrix_rescaled").unwrap());
    assert_eq!(half.cd_deg, full.cd_deg.map(|row| row.map(|element| element * 2.0)));
    assert_eq!(half.crpix, [200.5, 301.0 - 150.5]);
    assert_eq!(full.crval_deg, half.crval_deg);
}

#[test]
fn one_row_more_than_the_scale_gives_is_allowed_and_a_tenth_is_not() {
    let case = case("aspect_mismatch_small");
    let placement = Placement::study(&parse(&case).wcs(400, 301).unwrap(), 400, 301, 2, FOV_FACTOR).unwrap();
    let expected = &case["imageset_tiled"];
    assert_close(placement.base_degrees_per_tile, number(&expected["base_degrees_per_tile"]), "base");
    assert_close(placement.rotation_deg, number(&expected["rotation"]), "rotation");
    assert!(matches!(parse(&case).wcs(400, 320), Err(SkyError::AspectRatio { .. })));
}

#[test]
fn what_cannot_be_placed_says_which_tag_is_wrong() {
    let reasons = [
        ("no_spatial", "there are no sky coordinates"),
        ("no_refval", "Spatial.ReferenceValue is missing"),
        ("no_refpix", "Spatial.ReferencePixel is missing"),
        ("no_refdim", "Spatial.ReferenceDimension is missing"),
        ("no_scale", "Spatial.Scale is missing"),
        ("no_proj", "Spatial.CoordsystemProjection is missing"),
        ("refval_text", "Spatial.ReferenceValue is 05h35m; -05d23m, expected two numbers"),
        ("refval_dash", "Spatial.ReferenceValue is -; -, expected two numbers"),
        ("refpix_one_value", "Spatial.ReferencePixel is 400.5, expected two numbers"),
        ("quality_position", "only the position is known (Spatial.Quality is Position), not scale and rotation"),
    ];
    for (name, reason) in reasons {
        assert_eq!(wcs(name).unwrap_err().to_string(), reason, "{name}");
    }
    assert!(wcs("frame_unknown").unwrap_err().to_string().starts_with("Spatial.CoordinateFrame is "));
}

#[test]
fn what_pyavm_refuses_and_still_makes_sense_is_placed() {
    let plain = wcs("plain_elem").unwrap();
    for name in ["equinox_bad", "quality_bad", "type_bad", "rotation_list_single", "scale_missing_second"] {
        assert_eq!(wcs(name).unwrap(), plain, "{name}");
    }
    // These differ from TAN by less than half a pixel in 800 x 600 pixels of 0.4 arc seconds.
    assert_eq!(wcs("proj_sin").unwrap(), plain);
    assert_eq!(wcs("proj_stg_not_in_vocabulary").unwrap(), plain);
}

#[test]
fn a_bad_word_in_another_tag_is_a_warning() {
    let warnings = parse(&case("type_bad")).warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().starts_with("ignoring the AVM tag Type with Galaxy"), "{}", warnings[0]);
    assert!(parse(&case("plain_elem")).warnings.is_empty());
}

#[test]
fn a_top_down_cd_matrix_is_not_flipped() {
    let text = case("cdmatrix")["xmp"]
        .as_str()
        .unwrap()
        .replace("2e-05</rdf:li><rdf:li>0.0001<", "-2e-05</rdf:li><rdf:li>-0.0001<");
    let wcs = Avm::parse(text.as_bytes()).unwrap().wcs(800, 600).unwrap();
    assert_eq!(wcs.cd_deg, [[-0.0001, 2e-5], [-2e-5, -0.0001]]);
    assert_eq!(wcs.crpix, [400.5, 300.5]);
    assert!(Placement::study(&wcs, 800, 600, 2, FOV_FACTOR).is_ok());
}

#[test]
fn the_oracle_images_are_placed_where_they_belong() {
    let cases = [
        ("02_study_avm_jpeg_513x257", "image.jpg", (513, 257), 2),
        ("03_study_avm_rgba_1000x1500", "image.png", (1000, 1500), 3),
        ("07_study_small_untiled", "image.png", (200, 120), 0),
    ];
    for (folder, image, (width, height), levels) in cases {
        let file = std::fs::read(data(&format!("oracle/{folder}/input/{image}"))).unwrap();
        let wcs = Avm::parse(find_packet(&file).unwrap()).unwrap().wcs(width, height).unwrap();
        let placement = Placement::study(&wcs, width, height, levels, FOV_FACTOR).unwrap().padded(width, height);

        let mut expected = wtml_attributes(&format!("{folder}/expected/index_rel.wtml"));
        let case: Value =
            serde_json::from_slice(&std::fs::read(data(&format!("oracle/{folder}/case.json"))).unwrap()).unwrap();
        for element in ["ImageSet", "Place"] {
            for (name, value) in case["corrected"][element].as_object().into_iter().flatten() {
                expected.insert(format!("{element}/{name}"), value.to_string());
            }
        }
        assert_placed_as_in_wtml(&placement, &expected);
    }
}

#[test]
fn contact_details_are_found_in_their_structure() {
    let forms = [
        "<Iptc4xmpCore:CreatorContactInfo rdf:parseType='Resource'><Iptc4xmpCore:CiAdrCity>Garching</Iptc4xmpCore:CiAdrCity></Iptc4xmpCore:CreatorContactInfo>",
        "<Iptc4xmpCore:CreatorContactInfo><rdf:Description Iptc4xmpCore:CiAdrCity='Garching'/></Iptc4xmpCore:CreatorContactInfo>",
        "<Iptc4xmpCore:CreatorContactInfo Iptc4xmpCore:CiAdrCity='Garching'/>",
    ];
    for form in forms {
        assert_eq!(packet(form).tags(), [("Contact.City", "Garching".to_owned())], "{form}");
    }
}

#[test]
fn the_text_for_every_language_is_preferred_and_empty_text_is_none() {
    let title = "<dc:title><rdf:Alt><rdf:li xml:lang='de'>Nebel</rdf:li><rdf:li xml:lang='x-default'>Nebula</rdf:li></rdf:Alt></dc:title>";
    assert_eq!(packet(title).title.as_deref(), Some("Nebula"));
    assert_eq!(packet("<dc:title><rdf:Alt><rdf:li xml:lang='x-default'/></rdf:Alt></dc:title>").title, None);
}

#[test]
fn markup_in_a_text_hides_neither_the_text_nor_what_follows() {
    let avm = packet("<dc:description>one<br>two &nbsp;&lt;b&gt; R&D</dc:description><avm:ID>x1</avm:ID>");
    assert_eq!(avm.description.as_deref(), Some("onetwo &nbsp;<b> R&D"));
    assert_eq!(avm.id.as_deref(), Some("x1"));
}

#[test]
fn properties_of_things_within_the_image_are_not_the_images() {
    let nested = "<m:Pantry xmlns:m='http://ns.adobe.com/xap/1.0/mm/'><rdf:Bag><rdf:li rdf:parseType='Resource'><dc:title>part</dc:title></rdf:li></rdf:Bag></m:Pantry>";
    assert_eq!(packet(nested).title, None);
}

#[test]
fn prefixes_do_not_matter_and_undeclared_ones_are_guessed() {
    let other = br#"<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description
        xmlns:a="http://www.communicatingastronomy.org/avm/1.0/" a:ID="x1" avm:Publisher="P"/></r:RDF>"#;
    let avm = Avm::parse(other).unwrap();
    assert_eq!((avm.id.as_deref(), avm.publisher.as_deref()), (Some("x1"), Some("P")));
}

#[test]
fn a_packet_that_breaks_off_gives_what_came_before() {
    let text = case("plain_elem")["xmp"].as_str().unwrap().to_owned();
    let cut = text.find("<avm:Spatial.Rotation>").unwrap() + 24;
    let avm = Avm::parse(&text.as_bytes()[..cut]).unwrap();
    assert_eq!(avm.title.as_deref(), Some("Delta nebula"));
    // The rotation itself was cut in the middle of its number and must not count.
    assert_eq!(avm.tags().iter().filter(|(name, _)| name.starts_with("Spatial.")).count(), 8);
}

#[test]
fn bombs_and_rubbish_are_refused() {
    let reason = |xmp: &[u8]| Avm::parse(xmp).unwrap_err().to_string();
    let rdf = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">"#;
    assert!(reason(b"").contains("no rdf:RDF"));
    assert!(reason(b"\xff\xd8\xff\xe1 no packet at all").contains("no rdf:RDF"));
    assert!(reason(b"<a><!-- never closed").contains("no XML"));
    assert!(reason(format!("{rdf}{}", "<a>".repeat(1000)).as_bytes()).contains("more than 100 deep"));
    let many = "<rdf:li>1</rdf:li>".repeat(20_000);
    let many = format!("{rdf}<rdf:Description><dc:subject><rdf:Bag>{many}");
    assert!(reason(many.as_bytes()).contains("more than 10000 values"));
    assert!(reason(&vec![b' '; 16_000_001]).contains("larger than 16 MB"));

    let entities = r#"<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>"#;
    let bomb = format!("{entities}{rdf}<rdf:Description><dc:title>&c;</dc:title></rdf:Description></rdf:RDF>");
    assert_eq!(Avm::parse(bomb.as_bytes()).unwrap().title.as_deref(), Some("&c;"));
}

#[test]
fn numbers_that_cannot_be_right_are_refused_by_name() {
    let text = case("plain_elem")["xmp"].as_str().unwrap().to_owned();
    let wrong = [
        ("<rdf:li>83.82208</rdf:li>", "<rdf:li>1e300</rdf:li>", "the reference longitude"),
        ("<rdf:li>-5.39111</rdf:li>", "<rdf:li>NaN</rdf:li>", "Spatial.ReferenceValue"),
        ("<rdf:li>-5.39111</rdf:li>", "<rdf:li>-90.001</rdf:li>", "the reference latitude"),
        ("<rdf:li>-0.00012</rdf:li>", "<rdf:li>0</rdf:li>", "Spatial.Scale"),
        ("<rdf:li>800.0</rdf:li>", "<rdf:li>-800</rdf:li>", "Spatial.ReferenceDimension"),
        ("<rdf:li>400.5</rdf:li>", "<rdf:li>inf</rdf:li>", "Spatial.ReferencePixel"),
        ("<rdf:li>400.5</rdf:li>", "<rdf:li>4e20</rdf:li>", "CRPIX1"),
        (">27.0<", ">1e12<", "Spatial.Rotation"),
        ("<rdf:li>0.00012</rdf:li>", "<rdf:li>0.43</rdf:li>", "the image would be 258 degrees"),
    ];
    for (good, bad, named) in wrong {
        assert!(text.contains(good));
        let result = Avm::parse(text.replace(good, bad).as_bytes()).unwrap().wcs(800, 600);
        let reason = result.expect_err(bad).to_string();
        assert!(reason.starts_with(named), "{bad}: {reason}");
    }
}

#[test]
fn the_reference_dimension_is_given_only_if_it_makes_sense() {
    assert_eq!(parse(&case("plain_elem")).reference_dimension(), Some(pair(&serde_json::json!([800, 600]))));
    assert_eq!(parse(&case("no_refdim")).reference_dimension(), None);
    let zero = "<avm:Spatial.ReferenceDimension><rdf:Seq><rdf:li>0</rdf:li><rdf:li>600</rdf:li></rdf:Seq></avm:Spatial.ReferenceDimension>";
    assert_eq!(packet(zero).reference_dimension(), None);
}
