//! What holds for every folder, and for every sequence of bytes.

use std::fs;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use skyfeed_wtml::{BandPass, Classification, Constellation, DataSetType, Folder, FolderType, ImageSet, Item, Place};
use skyfeed_wtml::{Projection, number, url};

fn check<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&strategy, |value| {
            test(value);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |number| number.is_finite()),
        (-720..720).prop_map(f64::from),
        Just(0.0)
    ]
}

/// Any text that a document can hold; a carriage return would come back as a line feed.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\t\n]{0,12}",
        "[^\0-\u{8}\u{b}-\u{1f}\u{fffe}\u{ffff}]{0,12}",
        select(vec!["", "<b>&amp;", "]]>", "L{1}X{2}Y{3}.png"]).prop_map(str::to_owned)
    ]
}

fn metadata() -> impl Strategy<Value = Vec<(String, String)>> {
    vec(("[A-Za-z0-9_.-]{0,6}", text()), 0..3).prop_map(|mut pairs| {
        pairs.sort();
        pairs.dedup_by(|(a, _), (b, _)| a == b);
        pairs
    })
}

fn image_set() -> impl Strategy<Value = ImageSet> {
    let words = (select(BandPass::ALL), select(DataSetType::ALL), select(Projection::ALL));
    let texts = (text(), text(), text(), text(), text(), text(), metadata());
    let numbers = (finite(), finite(), finite(), finite());
    let rest = (any::<bool>(), any::<bool>(), any::<u32>(), any::<i64>());
    (words, texts, numbers, rest).prop_map(|(words, texts, numbers, rest)| ImageSet {
        band_pass: words.0,
        data_set_type: words.1,
        projection: words.2,
        alt_url: texts.0,
        name: texts.1,
        url: texts.2,
        file_type: texts.3,
        credits: texts.4,
        thumbnail_url: texts.5,
        metadata: texts.6,
        base_degrees_per_tile: numbers.0,
        center_x_deg: numbers.1,
        offset_x: numbers.2,
        pixel_cut_low: numbers.3,
        sparse: rest.0,
        bottoms_up: rest.1,
        tile_levels: rest.2,
        msr_component_id: rest.3,
        ..ImageSet::default()
    })
}

fn place() -> impl Strategy<Value = Place> {
    let words =
        (select(DataSetType::ALL), option::of(select(Classification::ALL)), option::of(select(Constellation::ALL)));
    let texts = (text(), text(), text(), metadata());
    let numbers = (finite(), finite(), finite(), finite());
    let image_sets = (option::of(image_set()), option::of(image_set()), option::of(image_set()));
    (words, texts, numbers, image_sets).prop_map(|(words, texts, numbers, image_sets)| {
        let mut place = Place {
            data_set_type: words.0,
            classification: words.1,
            constellation: words.2,
            name: texts.0,
            annotation: texts.1,
            description: texts.2,
            metadata: texts.3,
            zoom_level: numbers.2,
            distance: numbers.3,
            background: image_sets.0,
            foreground: image_sets.1,
            image_set: image_sets.2,
            ..Place::default()
        };
        match place.data_set_type {
            DataSetType::Sky => (place.ra_hours, place.dec_deg) = (numbers.0, numbers.1),
            _ => (place.lng_deg, place.lat_deg) = (numbers.0, numbers.1),
        }
        place
    })
}

fn folder() -> impl Strategy<Value = Folder> {
    let leaf = prop_oneof![place().prop_map(Item::Place), image_set().prop_map(Item::ImageSet)];
    let item = leaf.prop_recursive(3, 12, 4, |item| titled(item).prop_map(Item::Folder));
    titled(item)
}

fn titled(item: impl Strategy<Value = Item>) -> impl Strategy<Value = Folder> {
    let kind = option::of(select(FolderType::ALL));
    (text(), text(), text(), kind, any::<bool>(), vec(item, 0..4)).prop_map(
        |(name, thumbnail, url, kind, browseable, children)| Folder {
            name,
            thumbnail,
            url,
            kind,
            browseable,
            children,
            ..Folder::default()
        },
    )
}

#[test]
fn a_written_folder_reads_back_as_itself() {
    check(300, folder(), |folder| {
        let xml = folder.to_xml();
        let read = Folder::parse(&xml).unwrap_or_else(|error| panic!("{error} in {xml}"));
        assert_eq!(read, folder);
        assert_eq!(read.to_xml(), xml);
    });
}

#[test]
fn a_folder_of_any_texts_and_numbers_is_written_as_a_document() {
    let any_text = || vec(any::<char>(), 0..12).prop_map(String::from_iter);
    check(500, (any_text(), any_text(), any_text(), any::<f64>()), |(name, description, key, number)| {
        let metadata = vec![(key, name.clone())];
        let place = Place { name, description, zoom_level: number, metadata, ..Place::default() };
        let xml = Folder { children: vec![Item::Place(place)], ..Folder::default() }.to_xml();
        let read = Folder::parse(&xml).unwrap_or_else(|error| panic!("{error} in {xml}"));
        assert_eq!(Folder::parse(read.to_xml()).unwrap(), read);
    });
}

#[test]
fn a_written_number_reads_back_as_itself() {
    check(2000, any::<f64>(), |value| {
        let text = number::format_float(value);
        let read: f64 = text.parse().unwrap();
        assert!(read.to_bits() == value.to_bits() || value.is_nan(), "{value:?} as {text}");
    });
}

#[test]
fn what_is_made_relative_becomes_the_same_url_again() {
    let url = "(http://h/a/){0,1}[a-z{}./?#:; é]{0,12}";
    check(2000, ("http://h/(a/|a)?", url), |(base, url)| {
        let absolute = url::absolutize(&base, &url);
        assert_eq!(url::absolutize(&base, &url::relativize(&base, &absolute)), absolute);
    });
}

#[test]
fn damaged_documents_never_cause_a_panic() {
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/oracle");
    let documents = ["11_pipeline_djangoplicity/expected/syn-2405a/index.wtml", "21_reindex/expected/index.wtml"]
        .map(|path| fs::read(format!("{oracle}/{path}")).unwrap());
    let pieces: [&[u8]; 12] =
        [b"<", b">", b"/>", b"&", b"&#1;", b";", b"\"", b"<![CDATA[", b"<!--", b"\xff", b"<!DOCTYPE a [", b"NaN"];

    // A linear congruential generator: the same damage in every run.
    let mut state: u64 = 20_251_121;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    let mut accepted = 0;
    for round in 0..6000 {
        let mut bytes = documents[round % documents.len()].clone();
        for _ in 0..=below(3) {
            let at = below(bytes.len());
            let end = (at + below(40)).min(bytes.len());
            match below(5) {
                0 => bytes[at] ^= 1 << below(8),
                1 => drop(bytes.splice(at..at, pieces[below(pieces.len())].iter().copied())),
                2 => drop(bytes.drain(at..end)),
                3 => bytes.truncate(at.max(1)),
                _ => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            }
        }
        if let Ok(mut folder) = Folder::parse(&bytes) {
            folder.absolutize("http://host/feed/");
            let xml = folder.to_xml();
            assert_eq!(Folder::parse(&xml).map(|read| read.to_xml()).ok(), Some(xml));
            accepted += 1;
        }
    }
    assert!((100..5900).contains(&accepted), "{accepted} of 6000 were accepted: the damage tests nothing");
}
