//! What a document looks like, whatever the fields hold.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use skyfeed_wtml::{Folder, ImageSet, Item, Place, annotation};

fn written(place: Place) -> (String, Place) {
    let xml = Folder { children: vec![Item::Place(place)], ..Folder::default() }.to_xml();
    let [Item::Place(read)] = &Folder::parse(&xml).unwrap().children[..] else { panic!("not one place in {xml}") };
    (xml, read.clone())
}

#[test]
fn characters_that_xml_forbids_are_dropped() {
    let text = "a\0\u{8}\u{b}\u{c}\u{1f}\u{fffe}\u{ffff}\t\nb\u{7f}\u{fffd}🔭";
    let (xml, read) = written(Place {
        name: text.to_owned(),
        description: text.to_owned(),
        annotation: "\0".to_owned(),
        metadata: vec![("A\0 b".to_owned(), text.to_owned())],
        ..Place::default()
    });
    let kept = "a\t\nb\u{7f}\u{fffd}🔭".to_owned();
    assert_eq!((&read.name, &read.description), (&kept, &kept));
    assert_eq!(read.metadata, [("Ab".to_owned(), kept)]);
    assert!(!xml.contains("Annotation"), "{xml}");
}

#[test]
fn numbers_that_are_not_finite_are_left_out() {
    let (xml, read) = written(Place { magnitude: f64::NAN, opacity: f64::INFINITY, ..Place::default() });
    assert_eq!(read, Place::default());
    assert!(!xml.contains("Magnitude") && !xml.contains("Opacity"), "{xml}");
}

#[test]
fn a_place_has_the_coordinates_of_its_data_set_only() {
    let mut place = Place { lat_deg: 1.0, lng_deg: 2.0, ..Place::default() };
    let (ground, _) = written(place.clone());
    assert!(ground.contains(r#"DataSetType="Earth" Lat="1" Lng="2""#) && !ground.contains(" RA="), "{ground}");

    place.set_sky_position(23.5, 88.0);
    let (sky, _) = written(place);
    assert!(sky.contains(r#"Constellation="CEP" DataSetType="Sky" Dec="88" Magnitude="0""#), "{sky}");
    assert!(sky.contains(r#"RA="23.5""#) && !sky.contains("Lat="), "{sky}");
}

#[test]
fn metadata_of_one_name_is_written_once() {
    let pairs = [("A", "1"), ("B", "2"), ("A", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (_, read) = written(Place { metadata: pairs.to_vec(), ..Place::default() });
    assert_eq!(read.metadata, [("A", "3"), ("B", "2")].map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn an_annotation_survives_as_an_attribute() {
    let text = annotation("é\"", "id", "2024-01-02T03:04:05+02:00");
    let (xml, read) = written(Place { annotation: text.clone(), ..Place::default() });
    assert_eq!(read.annotation, text);
    assert!(xml.contains(r#"Annotation="{&quot;channel&quot;: &quot;\u00e9\&quot;&quot;, "#), "{xml}");
}

#[test]
fn whitespace_in_texts_is_kept_and_markup_is_escaped() {
    let image_set = ImageSet { credits: " <a href=\"x\">&\n\tb</a> ".to_owned(), ..ImageSet::default() };
    let (xml, read) = written(Place { foreground: Some(image_set.clone()), ..Place::default() });
    assert_eq!(read.foreground, Some(image_set));
    assert!(xml.contains("<Credits> &lt;a href=\"x\"&gt;&amp;\n\tb&lt;/a&gt; </Credits>"), "{xml}");
}
