//! What is read leniently, and what is refused with which words.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use std::error::Error;

use skyfeed_wtml::{DataSetType, Folder, Item, Place, Projection, WtmlError};

fn place(attributes_and_content: &str) -> Place {
    let folder = Folder::parse(format!("<Folder><Place {attributes_and_content}</Place></Folder>")).unwrap();
    let [Item::Place(place)] = &folder.children[..] else { panic!("not one place: {folder:?}") };
    place.clone()
}

fn refusal(document: impl AsRef<[u8]>) -> String {
    let error = Folder::parse(document).expect_err("the document was accepted");
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

#[test]
fn a_byte_order_mark_and_a_declaration_are_skipped() {
    let folder = Folder::parse("\u{feff}<?xml version='1.0' encoding='utf-8'?>\r\n<Folder Name='é'/>\r\n").unwrap();
    assert_eq!(folder.name, "é");
}

#[test]
fn references_and_line_ends_are_resolved() {
    let place = place("Name='a&#10;b&#x41;&quot;\r\nc'><Description>x &amp; y\r\n<![CDATA[<b>&amp;]]></Description>");
    assert_eq!(place.name, "a\nbA\" c");
    assert_eq!(place.description, "x & y\n<b>&amp;");
}

#[test]
fn booleans_are_read_in_any_case_and_as_numbers() {
    for (text, value) in [("true", true), ("TRUE", true), ("False", false), ("0", false), ("1", true), (" -2 ", true)] {
        assert_eq!(Folder::parse(format!("<Folder Searchable='{text}'/>")).unwrap().searchable, value, "{text}");
    }
}

#[test]
fn unknown_parts_are_dropped_and_the_first_of_doubled_parts_counts() {
    let place = place(
        "Foo='1' Name='n' xml:lang='en' X:y='' XKept='k'><!-- c --><?pi?><Unknown><Description>no</Description></Unknown>\
         <ForegroundImageSet><Other/><ImageSet Projection='Tangent'/></ForegroundImageSet>\
         <Description>yes</Description><Description>no</Description>",
    );
    assert_eq!((place.name.as_str(), place.description.as_str()), ("n", "yes"));
    assert_eq!(place.metadata, [("Kept".to_owned(), "k".to_owned())]);
    assert_eq!(place.data_set_type, DataSetType::Earth);
    assert_eq!(place.foreground.unwrap().projection, Projection::Tan);
}

#[test]
fn a_bad_value_is_refused_with_its_line_element_attribute_and_text() {
    let document = "<Folder>\n  <Place Name='a'/>\n  <Place RA='12h\n'/>\n</Folder>";
    assert_eq!(refusal(document), "line 3: attribute `RA` of <Place> is `12h `: a finite number is expected");
    assert!(matches!(Folder::parse(document), Err(WtmlError::Value { line: 3, attribute: "RA", .. })));
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for text in ["nan", "NaN", "inf", "-Infinity", "1e999", "", "1,5", "0x10"] {
        let message = refusal(format!("<Folder><ImageSet CenterX='{text}'/></Folder>"));
        assert!(
            message.ends_with(&format!("`CenterX` of <ImageSet> is `{text}`: a finite number is expected")),
            "{message}"
        );
    }
}

#[test]
fn words_out_of_the_vocabulary_are_refused() {
    for (attribute, text) in [("BandPass", "ir"), ("Projection", "TAN"), ("DataSetType", "")] {
        let message = refusal(format!("<Folder><ImageSet {attribute}='{text}'/></Folder>"));
        assert!(message.contains(&format!("attribute `{attribute}` of <ImageSet> is `{text}`")), "{message}");
    }
    assert!(
        refusal("<Folder><ImageSet TileLevels='-1'/></Folder>").ends_with("a whole number, not negative, is expected")
    );
    assert!(refusal("<Folder Browseable='yes'/>").ends_with("`True` or `False` is expected"));
}

#[test]
fn what_is_not_a_folder_is_refused() {
    assert_eq!(refusal("<Place/>"), "the root element is <Place>: a <Folder> is expected");
    assert_eq!(refusal(" <!-- nothing --> "), "the document is empty: a <Folder> is expected");
    assert_eq!(refusal(""), "the document is empty: a <Folder> is expected");
    assert_eq!(refusal("not XML"), "line 1: there is content outside of the root element");
    assert_eq!(refusal("<Folder/>\n<Folder/>"), "line 2: there is content outside of the root element");
}

#[test]
fn broken_documents_are_refused() {
    assert_eq!(refusal("<Folder>\n<Place>"), "line 2: <Place> has no end tag: the document is cut off");
    assert!(refusal("<Folder>\n<Place></Folder>").starts_with("line 2: the document is not well-formed XML: "));
    for document in [
        "<Folder Name='a' Name='b'/>",
        "<Folder Name=a/>",
        "<Folder Name='&#0;'/>",
        "<Folder Name='&x;'/>",
        "<Folder",
        "</Folder>",
        "<Folder>&",
    ] {
        assert!(refusal(document).contains("not well-formed XML: "), "{document}");
    }
    assert_eq!(
        refusal(b"\xff\xfe<\0F\0"),
        "the document is not UTF-8 text: invalid utf-8 sequence of 1 bytes from index 0"
    );
}

#[test]
fn entities_of_a_document_type_are_never_expanded() {
    let bomb = "<!DOCTYPE Folder [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>";
    let document = format!("{bomb}\n<Folder><Place><Description>&b;</Description></Place></Folder>");
    assert_eq!(refusal(document), "line 2: the entity `&b;` is not known");
    assert_eq!(Folder::parse(format!("{bomb}<Folder Name='x'/>")).unwrap().name, "x");
}

#[test]
fn oversized_documents_are_refused() {
    let deep = "<Folder>".repeat(101);
    assert_eq!(refusal(&deep), "the document has more than 100 levels of elements");
    let nested = format!("{}{}", "<Folder>".repeat(100), "</Folder>".repeat(100));
    assert_eq!(Folder::parse(&nested).unwrap().to_xml().matches("</Folder>").count(), 99);

    let wide: String = (0..501).map(|number| format!(" X{number}=''")).collect();
    assert_eq!(refusal(format!("<Folder{wide}/>")), "the document has more than 500 attributes in one element");
    assert_eq!(
        refusal(format!("<Folder>{}", "<a/>".repeat(2_000_000))),
        "the document has more than 2000000 elements and attributes"
    );
    assert_eq!(refusal(vec![b' '; (64 << 20) + 1]), "the document has more than 67108864 bytes");
}
