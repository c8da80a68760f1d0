//! Djangoplicity, on the oracle's site and on sites that are worse.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use axum::{Router, extract::Path as Segment, http::StatusCode, response::IntoResponse, routing::get};
use serde_json::{Value, json};
use skyfeed_pipeline::{
    record::{Candidate, FORMAT},
    source::{Ask, Djangoplicity, Fetched, Image, ImageSource, SourceError},
};
use skyfeed_test_support::{Case, Site};
use support::{
    client,
    server::Server,
    walk::{candidates, chain, image, reason, summary},
};

mod support;

fn oracle() -> (Case, Site, Djangoplicity) {
    let case = Case::open("11_pipeline_djangoplicity").unwrap();
    let site = Site::start(&case.input().join("site")).unwrap();
    let source = Djangoplicity::new(client(), &site.base_url().parse().unwrap(), "synth", "page");
    (case, site, source)
}

fn candidate(id: &str) -> Candidate {
    Candidate { format: FORMAT, id: id.parse().unwrap(), record: json!({ "id": id }) }
}

#[tokio::test]
async fn candidates_are_those_of_toasty() {
    let (case, site, source) = oracle();
    let found = candidates(&source).await;
    let ids: Vec<_> = found.iter().map(|candidate| candidate.id.as_str()).collect();
    assert_eq!(ids, ["syn0201b", "syn-2405a", "syn-nowcs"]);
    for candidate in &found {
        let expected = case.folder().join("expected_candidates").join(candidate.id.as_str());
        let expected = site.fill(&std::fs::read_to_string(expected).unwrap());
        assert_eq!(serde_json::to_string_pretty(&candidate.record).unwrap(), expected);
    }
    let asked = ["1", "2", "3"].map(|page| format!("/archive/search/page/{page}/?type=Observation"));
    assert_eq!(site.requests(), asked);
}

#[tokio::test]
async fn records_say_what_toastys_metadata_say() {
    let (case, _site, source) = oracle();
    let expected = std::fs::read(case.folder().join("expected_cached_metadata.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for (id, picture) in [("syn0201b", "one.tif"), ("syn-2405a", "two.PNG")] {
        let (name, downloaded, record) = image(&source, &candidate(id)).await;
        let (record, expected) = (record.unwrap(), &expected[id]);
        assert_eq!(name, picture);
        assert_eq!(record.title, expected["Title"].as_str().unwrap());
        assert_eq!(record.description, expected["Description"].as_str().unwrap());
        assert_eq!(record.credits, expected["Credit"].as_str().unwrap());
        assert_eq!(downloaded, std::fs::read(case.input().join("site/media").join(picture)).unwrap());
        insta::assert_json_snapshot!(id, record);
    }
}

#[tokio::test]
async fn an_image_without_coordinates_is_unusable_when_it_is_fetched() {
    let (_case, _site, source) = oracle();
    let reason = reason(&source, &candidate("syn-nowcs")).await;
    assert_eq!(reason, "it has no full coordinates: `Spatial.CoordsystemProjection` is missing");
}

/// A site of one image with this record.
async fn fetch_item(item: Value) -> Result<Fetched, SourceError> {
    let server = Server::start(
        Router::new()
            .route("/images/{id}/api/json/", get(async move || item.to_string()))
            .route("/o/a.tiff", get(async || "pixels")),
    )
    .await;
    let source = Djangoplicity::new(client(), &server.url("images"), "x", "page");
    source.fetch(&candidate("eso1 a"), &Ask::default()).await
}

fn item() -> Value {
    json!({
        "Title": "T", "Date": "2021-03-04T05:06:07", "Spatial.CoordsystemProjection": "TAN", "Spatial.ReferenceValue": [1.5, "2.0"],
        "Spatial.ReferenceDimension": ["4", "5"], "Spatial.ReferencePixel": ["6", "7"], "Spatial.Scale": ["-0.5", ""],
        "Spatial.Rotation": 3, "Resources": [{"ResourceType": "Original", "URL": "/o/a.tiff?x=1.jpg"}],
    })
}

fn with(changes: Value) -> Value {
    let mut item = item();
    for (name, value) in changes.as_object().unwrap() {
        item[name] = value.clone();
    }
    item
}

#[tokio::test]
async fn numbers_may_be_numbers_and_urls_may_be_relative() {
    let Fetched::Image(Image { name, record: Some(record), .. }) = fetch_item(item()).await.unwrap() else {
        panic!("it is usable");
    };
    let spatial = record.spatial.unwrap();
    assert_eq!((spatial.scale_deg_per_px, spatial.rotation_deg), ([-0.5, 0.5], 3.0));
    assert_eq!(name, "a.tiff");
    assert_eq!(record.publication.unwrap().published, "2021-03-04T05:06:07+00:00");
}

#[tokio::test]
async fn a_byte_order_mark_before_a_record_is_passed_over() {
    let route = get(async || format!("\u{feff}{}", with(json!({"Spatial.CoordsystemProjection": "SIN"}))));
    let server = Server::start(Router::new().route("/images/{id}/api/json/", route)).await;
    let source = Djangoplicity::new(client(), &server.url("images"), "x", "page");
    assert_eq!(reason(&source, &candidate("a")).await, "its projection is `SIN`; only TAN can be placed");
}

#[tokio::test]
async fn a_record_that_is_far_too_long_is_an_error() {
    let error = fetch_item(with(json!({"Description": "x".repeat(200_000)}))).await.unwrap_err();
    assert!(chain(&error).ends_with("it is longer than 128000 bytes"), "{}", chain(&error));
}

#[tokio::test]
async fn what_crashed_toasty_is_unusable_alone() {
    for changes in [
        json!({"Spatial.Scale": null}),
        json!({"Spatial.Scale": ["-0.5", null]}),
        json!({"Spatial.Scale": ["", ""]}),
        json!({"Spatial.Rotation": null}),
        json!({"Spatial.CoordsystemProjection": "SIN"}),
        json!({"Spatial.CoordsystemProjection": ["TAN"]}),
        json!({"Spatial.Quality": "Position"}),
        json!({"Spatial.ReferencePixel": ["nan", "1"]}),
    ] {
        let fetched = fetch_item(with(changes.clone())).await.unwrap();
        assert!(matches!(fetched, Fetched::Unusable(_)), "{changes}: {fetched:?}");
    }
}

#[tokio::test]
async fn an_item_that_cannot_be_used_is_an_error_that_names_it() {
    for item in [
        json!([]),
        json!("text"),
        with(json!({"Resources": []})),
        with(json!({"Resources": null})),
        with(json!({"Resources": [7, {"ResourceType": "Large", "URL": "/o/a.tiff"}]})),
        with(json!({"Resources": [{"ResourceType": "Original"}]})),
    ] {
        let error = fetch_item(item).await.unwrap_err();
        assert!(matches!(&error, SourceError::Record { item, .. } if item == "eso1 a"), "{error:?}");
    }
    let error =
        fetch_item(with(json!({"Resources": [{"ResourceType": "Original", "URL": "file:///etc/passwd"}]}))).await;
    assert!(chain(&error.unwrap_err()).contains("only http and https"));
}

#[tokio::test]
async fn texts_that_are_bytes_are_decoded_at_every_depth() {
    let item = with(json!({
        "Title": r"b'caf\xc3\xa9'", "Credit": "b\"it's\"",
        "Resources": [{"ResourceType": "b'Original'", "URL": "b'/o/a.tiff'"}],
    }));
    let Fetched::Image(Image { record: Some(record), .. }) = fetch_item(item).await.unwrap() else {
        panic!("it is usable");
    };
    assert_eq!((record.title.as_str(), record.credits.as_str()), ("café", "it's"));
}

#[tokio::test]
async fn a_date_that_is_no_date_costs_the_annotation_not_the_image() {
    let fetched = fetch_item(with(json!({"Date": "soon"}))).await.unwrap();
    let Fetched::Image(Image { record: Some(record), .. }) = fetched else { panic!("it is usable") };
    assert_eq!(record.publication, None);
}

/// The offers of a site whose list has these pages; `None` answers 500, and what follows the last answers 404.
async fn list(pages: Vec<Option<&'static str>>) -> Vec<String> {
    let page = async move |Segment(n): Segment<usize>| match pages.get(n - 1) {
        Some(Some(images)) => format!("<script>\nvar images = {images};\n</script>").into_response(),
        Some(None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    let server = Server::start(Router::new().route("/archive/search/Seite/{n}/", get(page))).await;
    summary(&Djangoplicity::new(client(), &server.url("?a#b"), "x", "Seite"))
        .await
        .into_iter()
        .map(|line| line.replace(server.url("").as_str(), "SITE/"))
        .collect()
}

#[tokio::test]
async fn the_list_ends_where_nothing_new_comes() {
    let page = Some("[{id: 'a'}, {id: 'b'}]");
    assert_eq!(list(vec![page, page, Some("[{id: 'c'}]")]).await, ["a", "b"]);
    assert_eq!(list(vec![page, Some("[]"), Some("[{id: 'c'}]")]).await, ["a", "b"]);
    assert_eq!(list(vec![page, Some("[{id: 'b'}, {id: 'c'}]")]).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn one_bad_page_or_entry_never_hides_the_others() {
    let bad_entries = Some("[{id: 'a'}, {}, 7, {id: '../x'}, {id: 'b'}]");
    let lines = list(vec![bad_entries, None, Some("[{id: 'c'}]"), Some("[{id: f()}]"), Some("[{id: 'd'}]")]).await;
    insta::assert_json_snapshot!(lines);
}

#[tokio::test]
async fn two_bad_pages_in_a_row_end_the_list() {
    let lines = list(vec![Some("[{id: 'a'}]"), None, Some("<!-- -->"), Some("[{id: 'b'}]")]).await;
    assert_eq!((lines.len(), lines[0].as_str()), (3, "a"));
}

#[tokio::test]
async fn a_site_without_a_list_is_an_error() {
    let lines = list(vec![]).await;
    assert!(lines[0].ends_with("answered 404 Not Found"), "{lines:?}");
}
