//! What the tests of `sky` share: vectors, toasty's outputs, and a way to say how far two numbers may be apart.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use quick_xml::{XmlVersion, events::Event, reader::Reader};
use serde_json::Value;
use skyfeed_tiling::sky::{Placement, StudyProjection};

pub(crate) fn data(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data")).join(path)
}

/// The cases of a vector file.
pub(crate) fn vectors(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(data("vectors").join(name)).unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].take();
    serde_json::from_value(cases).unwrap()
}

/// The attributes of the elements of a WTML file with one study, as `ImageSet/CenterX`.
pub(crate) fn wtml_attributes(path: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(data("oracle").join(path)).unwrap();
    let mut reader = Reader::from_str(&text);
    let mut attributes = BTreeMap::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes().map(Result::unwrap) {
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned();
                    attributes.insert(format!("{}/{}", element.name().as_ref(), attribute.key.as_ref()), value);
                }
            }
            Event::Eof => return attributes,
            _ => {}
        }
    }
}

/// The numbers of a placement under the names of their WTML attributes.
pub(crate) fn numbers(placement: &Placement) -> [(&'static str, f64); 9] {
    [
        ("ImageSet/CenterX", placement.center_x_deg),
        ("ImageSet/CenterY", placement.center_y_deg),
        ("ImageSet/Rotation", placement.rotation_deg),
        ("ImageSet/BaseDegreesPerTile", placement.base_degrees_per_tile),
        ("ImageSet/OffsetX", placement.offset_x),
        ("ImageSet/OffsetY", placement.offset_y),
        ("Place/RA", placement.place_ra_hours),
        ("Place/Dec", placement.place_dec_deg),
        ("Place/ZoomLevel", placement.zoom_level),
    ]
}

/// The number that a WTML file has there; an attribute that is left out is 0.
pub(crate) fn wtml_number(attributes: &BTreeMap<String, String>, name: &str) -> f64 {
    attributes.get(name).map_or(0.0, |text| text.parse().unwrap())
}

pub(crate) fn assert_placed_as_in_wtml(placement: &Placement, attributes: &BTreeMap<String, String>) {
    let projection = match placement.projection {
        StudyProjection::Tan => "Tan",
        StudyProjection::SkyImage => "SkyImage",
    };
    assert_eq!(projection, attributes["ImageSet/Projection"]);
    assert_eq!(if placement.bottoms_up { "True" } else { "False" }, attributes["ImageSet/BottomsUp"]);
    assert_eq!(placement.width_factor.to_string(), attributes["ImageSet/WidthFactor"]);
    for (name, number) in numbers(placement) {
        assert_close(number, wtml_number(attributes, name), name);
    }
}

/// Within 1e-9, relative for what is large and absolute for what is small.
pub(crate) fn assert_close(ours: f64, expected: f64, what: &str) {
    assert_within(ours, expected, 1e-9 * expected.abs().max(1.0), what);
}

pub(crate) fn assert_within(ours: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((ours - expected).abs() <= tolerance, "{what}: {ours} instead of {expected}");
}

/// A number that JSON may give as text.
pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

pub(crate) fn pair(value: &Value) -> [f64; 2] {
    [number(&value[0]), number(&value[1])]
}

/// The angle between two positions in degrees, in arc seconds.
pub(crate) fn separation_arcsec(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [a, b] = [a, b].map(|position| position.map(f64::to_radians));
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = half(a[1] - b[1]) + a[1].cos() * b[1].cos() * half(a[0] - b[0]);
    (2.0 * chord.sqrt().asin()).to_degrees() * 3600.0
}
