//! AstroPix, on the oracle's site and on sites that are worse.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use serde_json::{Value, json};
use skyfeed_pipeline::{
    http::{Client, HttpOptions},
    record::{Candidate, FORMAT},
    source::{Ask, Astropix, ImageSource},
};
use skyfeed_test_support::{Case, Site};
use support::{
    client, options,
    server::Server,
    walk::{candidates, chain, image, offers, reason, summary},
};
use url::Url;

mod support;

fn oracle() -> (Case, Site) {
    let case = Case::open("10_pipeline_astropix").unwrap();
    let site = Site::start(&case.input().join("site")).unwrap();
    (case, site)
}

fn astropix(site: &Site, feed: &str) -> Astropix {
    Astropix::new(client(), Url::parse(site.base_url()).unwrap().join(feed).unwrap())
}

/// A record that can be placed.
fn record() -> Value {
    json!({
        "title": "T", "description": "D", "image_id": "Img", "publisher_id": "pub", "image_credit": "C", "resource_url": "/i.jpg",
        "reference_url": "https://example.org/", "last_updated": "2019-04-02T14:00:38", "wcs_projection": "TAN", "wcs_quality": "Full",
        "wcs_reference_value": ["1.0", "2.0"], "wcs_reference_dimension": ["520", 390], "wcs_reference_pixel": ["260.5", "195.5"],
        "wcs_scale": ["-1e-4", 1e-4], "wcs_rotation": "12.5", "wcs_coordinate_frame": "ICRS", "wcs_equinox": "J2000",
    })
}

fn with(changes: Value) -> Value {
    let mut record = record();
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

async fn serve(feed: Vec<u8>) -> (Server, Astropix) {
    let server = Server::start(Router::new().fallback(async move || feed)).await;
    let source = Astropix::new(client(), server.url("feed.json?format=json"));
    (server, source)
}

async fn lines(records: Value) -> Vec<String> {
    let (_server, source) = serve(records.to_string().into_bytes()).await;
    summary(&source).await
}

#[tokio::test]
async fn candidates_are_those_of_toasty() {
    let (case, site) = oracle();
    let found = candidates(&astropix(&site, "feed.json?format=json")).await;
    assert_eq!(found.len(), 2);
    for candidate in found {
        let expected = case.folder().join("expected_candidates").join(candidate.id.as_str());
        let expected = site.fill(&std::fs::read_to_string(expected).unwrap());
        assert_eq!(candidate.record, serde_json::from_str::<Value>(&expected).unwrap());
        assert_eq!(
            serde_json::to_string_pretty(&candidate.record).unwrap(),
            expected,
            "the order of the fields changed"
        );
    }
}

#[tokio::test]
async fn a_candidate_alone_is_enough_to_fetch_it() {
    let (case, site) = oracle();
    let candidates = candidates(&astropix(&site, "feed.json")).await;
    let fresh = Astropix::new(client(), "http://127.0.0.1:9/gone".parse().unwrap());
    for (candidate, picture) in candidates.iter().zip(["img0.png", "img1.png"]) {
        let stored = serde_json::to_string(candidate).unwrap();
        let candidate: Candidate = serde_json::from_str(&stored).unwrap();
        let (name, bytes, record) = image(&fresh, &candidate).await;
        assert_eq!(bytes, std::fs::read(case.input().join("site").join(picture)).unwrap());
        assert_eq!(name, picture);
        insta::assert_json_snapshot!(candidate.id.as_str(), record.unwrap());
    }
}

#[tokio::test]
async fn what_cannot_be_placed_is_unusable_with_a_reason() {
    let (_case, site) = oracle();
    let expected = [
        "synth_img1",
        "synth_img2",
        "synth_dir_img3 unusable: its `image_id` has a slash, which no name of a feed's image may have",
        "synth_img4 unusable: its projection is `SIN`; only TAN can be placed",
    ];
    assert_eq!(summary(&astropix(&site, "feed_with_unusable.json")).await, expected);
}

#[tokio::test]
async fn absurd_coordinates_are_unusable_whatever_is_absurd() {
    for changes in [
        json!({"wcs_projection": null}),
        json!({"wcs_projection": ""}),
        json!({"wcs_projection": 7}),
        json!({"wcs_quality": "Position"}),
        json!({"wcs_reference_value": null}),
        json!({"wcs_reference_value": ["1.0"]}),
        json!({"wcs_reference_value": ["1.0", "2.0", "3.0"]}),
        json!({"wcs_reference_value": ["NaN", "2.0"]}),
        json!({"wcs_reference_pixel": ["inf", "2.0"]}),
        json!({"wcs_reference_dimension": ["", ""]}),
        json!({"wcs_reference_dimension": ["1e999", "1"]}),
        json!({"wcs_scale": [{}, []]}),
        json!({"wcs_scale": ["", ""]}),
        json!({"wcs_rotation": ""}),
        json!({"wcs_rotation": "twelve"}),
    ] {
        let lines = lines(json!([with(changes.clone())])).await;
        assert!(lines[0].starts_with("pub_img unusable: "), "{changes}: {lines:?}");
        let candidate = Candidate { format: FORMAT, id: "pub_img".parse().unwrap(), record: with(changes) };
        let source = Astropix::new(client(), "http://127.0.0.1:9/".parse().unwrap());
        let at_fetch = reason(&source, &candidate).await;
        assert_eq!(lines[0], format!("pub_img unusable: {at_fetch}"));
    }
}

#[tokio::test]
async fn one_bad_record_never_hides_the_others() {
    let records = json!([
        7,
        null,
        {},
        with(json!({"image_id": ""})),
        with(json!({"publisher_id": null})),
        with(json!({"publisher_id": "..", "image_id": "x"})),
        with(json!({"image_id": "../../x"})),
        with(json!({"image_id": "a%2fb"})),
        with(json!({"image_id": "x".repeat(300)})),
        with(json!({"image_id": 12})),
        record(),
        record(),
        with(json!({"image_id": "IMG", "title": "another"})),
    ]);
    insta::assert_json_snapshot!(lines(records).await);
}

#[tokio::test]
async fn what_no_text_can_be_costs_its_own_record_only() {
    let bad = r#"{"publisher_id": "pub", "image_id": "bad", "title": "\ud800"}"#;
    let feed = format!("[{},{bad},{}]", record(), with(json!({"image_id": "other"})));
    let (_server, source) = serve(feed.into_bytes()).await;
    let lines = summary(&source).await;
    assert_eq!((lines.len(), &*lines[0], &*lines[2]), (3, "pub_img", "pub_other"));
    let problem = "error: `record 2 of the feed` cannot be used: it cannot be read: ";
    assert!(lines[1].starts_with(problem), "{lines:?}");
}

#[tokio::test]
async fn a_byte_order_mark_before_the_feed_is_passed_over() {
    let (_server, source) = serve(format!("\u{feff}[{}]", record()).into_bytes()).await;
    assert_eq!(summary(&source).await, ["pub_img"]);
}

#[tokio::test]
async fn a_record_that_is_there_twice_may_be_written_in_two_ways() {
    let twice = format!("[{},{:#}]", record(), record());
    let (_server, source) = serve(twice.into_bytes()).await;
    assert_eq!(summary(&source).await, ["pub_img"]);
}

#[tokio::test]
async fn a_record_that_is_far_too_long_never_hides_the_others() {
    let lines = lines(json!([with(json!({"image_id": "long", "title": "x".repeat(200_000)})), record()])).await;
    assert_eq!(
        lines,
        ["error: `record 1 of the feed` cannot be used: it cannot be read: it is longer than 128000 bytes", "pub_img"]
    );
}

#[tokio::test]
async fn of_thousands_of_bad_records_the_first_are_told_and_none_hides_a_good_one() {
    let feed = format!("[{}{},[[]]]", "0,".repeat(3_000), record());
    let (_server, source) = serve(feed.into_bytes()).await;
    let lines = summary(&source).await;
    assert_eq!(lines.len(), 1_002);
    assert_eq!(lines[999], "error: `record 1000 of the feed` cannot be used: it is not an object");
    assert_eq!(lines[1000], "pub_img");
    assert!(lines[1001].starts_with("error: `2001 more` cannot be used"), "{}", lines[1001]);
}

#[tokio::test]
async fn a_feed_of_more_records_than_any_archive_has_is_refused() {
    let (_server, source) = serve(format!("[{}0]", "0,".repeat(1_000_000)).into_bytes()).await;
    let mut offers = offers(&source).await;
    assert_eq!(offers.len(), 1);
    let error = offers.remove(0).unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("source-record", false));
    assert!(error.to_string().contains("it has more than 1000000 records"), "{error}");
}

#[tokio::test]
async fn a_feed_that_is_not_an_array_is_an_error_that_says_what_to_check() {
    for feed in ["{}", "[", "<html>", ""] {
        let (_server, source) = serve(feed.into()).await;
        let error = offers(&source).await.remove(0).unwrap_err();
        assert!(!error.is_transient());
        assert!(error.to_string().contains("json_query_url"), "{error}");
    }
}

#[tokio::test]
async fn a_feed_over_the_limit_is_refused() {
    let (_case, site) = oracle();
    let client = Client::new(&HttpOptions { max_document_bytes: 1000, ..options() }).unwrap();
    let source = Astropix::new(client, format!("{}feed.json", site.base_url()).parse().unwrap());
    assert!(chain(&offers(&source).await.remove(0).unwrap_err()).contains("limit of 1000 bytes"));
}

#[tokio::test]
async fn an_unreachable_feed_may_pass_and_a_missing_image_will_not() {
    let source = Astropix::new(client(), "http://127.0.0.1:9/feed.json".parse().unwrap());
    assert!(offers(&source).await.remove(0).unwrap_err().is_transient());

    let (_case, site) = oracle();
    let record = with(json!({"resource_url": format!("{}gone.jpg", site.base_url())}));
    let candidate = Candidate { format: FORMAT, id: "pub_img".parse().unwrap(), record };
    let error = astropix(&site, "feed.json").fetch(&candidate, &Ask::default()).await.unwrap_err();
    assert!(!error.is_transient());
    assert!(chain(&error).ends_with("answered 404 Not Found"), "{}", chain(&error));
}

#[tokio::test]
async fn a_feed_that_did_not_change_offers_the_same_again() {
    let bodies = Arc::new(AtomicUsize::new(0));
    let sent = Arc::clone(&bodies);
    let server = Server::start(Router::new().fallback(async move |headers: HeaderMap| {
        if headers.get("if-none-match").is_some_and(|tag| tag == "\"1\"") {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        sent.fetch_add(1, Ordering::SeqCst);
        ([("etag", "\"1\"")], json!([record()]).to_string()).into_response()
    }))
    .await;
    let source = Astropix::new(client(), server.url("feed.json"));
    assert_eq!(summary(&source).await, ["pub_img"]);
    assert_eq!(summary(&source).await, ["pub_img"]);
    assert_eq!(bodies.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_feed_of_thousands_is_offered_in_its_order() {
    let records: Vec<Value> = (0..5000).map(|n| with(json!({ "image_id": n.to_string() }))).collect();
    let lines = lines(records.into()).await;
    assert!(lines.iter().enumerate().all(|(n, line)| *line == format!("pub_{n}")));
    assert_eq!(lines.len(), 5000);
}
