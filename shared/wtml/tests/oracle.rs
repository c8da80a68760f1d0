//! What the Python tools read, wrote and computed, against what this crate does.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use skyfeed_wtml::{Constellation, Folder, ImageSet, Item, constellation, number, url};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data");

fn cases(vectors: &str) -> Vec<Value> {
    let text = fs::read_to_string(format!("{DATA}/vectors/{vectors}.json")).unwrap();
    let Value::Array(cases) = serde_json::from_str::<Value>(&text).unwrap()["cases"].take() else { panic!("no cases") };
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{key} is not a text in {case}"))
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(documents(&path));
        } else if path.extension().is_some_and(|extension| extension == "wtml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_document_of_the_oracle_is_written_as_it_was_read() {
    let documents = documents(Path::new(&format!("{DATA}/oracle")));
    let written = documents.iter().filter(|path| fs::metadata(path).unwrap().len() > 0).map(|path| {
        let text = fs::read_to_string(path).unwrap();
        let folder = Folder::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(folder.to_xml(), text, "{}", path.display());
    });
    assert!(written.count() > 20);
}

#[test]
fn every_index_is_its_relative_index_made_absolute_and_back() {
    let mut pairs = 0;
    for path in documents(Path::new(&format!("{DATA}/oracle"))) {
        let Ok(relative_text) = fs::read_to_string(path.with_file_name("index_rel.wtml")) else { continue };
        let absolute_text = fs::read_to_string(path.with_file_name("index.wtml")).unwrap();
        let relative = Folder::parse(relative_text).unwrap();
        let absolute = Folder::parse(absolute_text).unwrap();
        let Some(Item::Place(place)) = absolute.children.first() else { panic!("no place in {}", path.display()) };
        let base = place.thumbnail.strip_suffix("thumb.jpg").unwrap();

        let mut folder = relative.clone();
        folder.absolutize(base);
        assert_eq!(folder, absolute, "{}", path.display());
        folder.relativize(base);
        assert_eq!(folder, relative, "{}", path.display());
        pairs += 1;
    }
    assert!(pairs > 10);
}

#[test]
fn foreign_documents_are_normalized() {
    for case in cases("wtml_roundtrip") {
        assert_eq!(Folder::parse(text(&case, "input")).unwrap().to_xml(), text(&case, "output"));
    }
}

#[test]
fn numbers_are_written_as_python_does() {
    for case in cases("float_format") {
        let value: f64 = text(&case, "value").parse().unwrap();
        assert_eq!(number::format_float(value), text(&case, "text"));

        let image_set = ImageSet { offset_x: value, rotation_deg: value, ..ImageSet::default() };
        let xml = Folder { children: vec![Item::ImageSet(image_set)], ..Folder::default() }.to_xml();
        let offset =
            xml.split_once(" OffsetX=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(text, _)| text);
        assert_eq!(offset, text(&case, "text_omit_zero"));
        assert!(xml.contains(&format!(" Rotation=\"{}\"", text(&case, "text"))));
    }
}

#[test]
fn urls_are_made_absolute_as_python_does() {
    for case in cases("url_absolutize") {
        assert_eq!(url::absolutize(text(&case, "base"), text(&case, "url")), text(&case, "absolute"), "{case}");
    }
}

#[test]
fn points_are_in_the_constellations_that_worldwide_telescope_finds() {
    for case in cases("constellations") {
        let found = constellation::at(case["ra_hr"].as_f64().unwrap(), case["dec_deg"].as_f64().unwrap());
        assert_eq!(found.map_or("", Constellation::as_str), text(&case, "constellation"), "{case}");
    }
}
