//! Downloads over connections that break, from servers that change their files and lie: what arrives is what the server has, to the byte.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{sync::Arc, time::Duration};

use skyfeed_pipeline::http::{Client, HttpError, HttpOptions};
use support::{
    client, download, options,
    ranges::{Behaviour, Ranges},
    raw::Raw,
};

mod support;

/// Numbers that look like chance, the same ones in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn bytes(&mut self, size: usize) -> Vec<u8> {
        (0..size).map(|_| self.below(256) as u8).collect()
    }
}

/// A client that tries often.
fn patient() -> Client {
    Client::new(&HttpOptions { attempts: 40, backoff: Duration::ZERO, ..options() }).unwrap()
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_broke() {
    let chance = &mut Chance(1);
    for _ in 0..40 {
        let size = 1 + chance.below(300_000);
        let content = chance.bytes(size);
        let cuts: Vec<Option<usize>> =
            (0..chance.below(12)).map(|_| Some(chance.below(60_000))).chain([None]).collect();
        let server = Ranges::serve(Behaviour { cuts, ..Behaviour::new(content.clone()) }).await;
        assert!(download(&patient(), &server.url).await.unwrap() == content);
        let log = server.log();
        assert_eq!(log.sent_bytes, size, "nothing came twice: {:?}", log.ranges);
    }
}

#[tokio::test]
async fn whatever_a_server_does_the_bytes_are_those_of_one_content() {
    type Change = fn(&mut Behaviour);
    let lies: [(&str, Change); 12] = [
        ("no ranges", |it| it.accepts_ranges = false),
        ("ranges in words only", |it| it.ignores_range = true),
        ("another first byte", |it| it.content_range = Some("bytes 1-9/10".to_owned())),
        ("another total", |it| it.content_range = Some("bytes 0-9/*".to_owned())),
        ("no content range", |it| it.content_range = Some(String::new())),
        ("several parts", |it| it.content_range = Some("bytes 0-1/2, 3-4/5".to_owned())),
        ("numbers without end", |it| it.content_range = Some(format!("bytes 0-{}/{}", u64::MAX, u64::MAX))),
        ("a weak tag", |it| it.validators = "ETag: W/\"1\"\r\n".to_owned()),
        ("no tag", |it| it.validators.clear()),
        ("a date without the time of the answer", |it| {
            it.validators = "Last-Modified: Wed, 21 Oct 2026 07:28:00 GMT\r\n".to_owned();
        }),
        ("a date that is not over", |it| {
            let now = "Wed, 21 Oct 2026 07:28:00 GMT\r\n";
            it.validators = format!("Last-Modified: {now}Date: {now}");
        }),
        ("another tag in parts", |it| {
            it.ignores_if_range = true;
            it.changes = Some((2, Arc::clone(&it.content), "ETag: \"2\"\r\n".to_owned()));
        }),
    ];
    let chance = &mut Chance(2);
    for (name, lie) in lies {
        let content = chance.bytes(50_000);
        let cuts = [Some(chance.below(40_000)), Some(chance.below(40_000)), None].to_vec();
        let mut behaviour = Behaviour { cuts, ..Behaviour::new(content.clone()) };
        lie(&mut behaviour);
        let server = Ranges::serve(behaviour).await;
        assert!(download(&patient(), &server.url).await.unwrap() == content, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_changes_between_two_parts_is_begun_anew() {
    let chance = &mut Chance(3);
    for round in 0..40 {
        let size = 20_000 + chance.below(40_000);
        let content = chance.bytes(size);
        // Longer, shorter, as long.
        let size = [size, 1 + chance.below(size), size + chance.below(size)][round % 3];
        let other = chance.bytes(size);
        let cuts = (0..6).map(|_| Some(chance.below(30_000))).chain([None]).collect();
        let changes = Some((2 + chance.below(4), Arc::new(other.clone()), "ETag: \"2\"\r\n".to_owned()));
        let server = Ranges::serve(Behaviour { cuts, changes, ..Behaviour::new(content.clone()) }).await;
        let came = download(&patient(), &server.url).await.unwrap();
        assert!(came == other || came == content, "{} bytes of {}", came.len(), other.len());
    }
}

#[tokio::test]
async fn a_part_of_another_content_or_of_another_place_is_never_taken() {
    let chance = &mut Chance(5);
    for (size, tag) in [(40_000, "ETag: \"2\"\r\n"), (39_000, ""), (41_000, "")] {
        let (content, other) = (chance.bytes(40_000), chance.bytes(size));
        let changes = Some((2, Arc::new(other.clone()), tag.to_owned()));
        let cuts = vec![Some(10_000), None];
        let behaviour = Behaviour { cuts, changes, ignores_if_range: true, ..Behaviour::new(content) };
        let server = Ranges::serve(behaviour).await;
        assert!(download(&patient(), &server.url).await.unwrap() == other, "{size} {tag}");
    }
    let content = chance.bytes(40_000);
    let cuts = vec![Some(10_000), None];
    let server = Ranges::serve(Behaviour { cuts, begins_at_0: true, ..Behaviour::new(content.clone()) }).await;
    assert!(download(&patient(), &server.url).await.unwrap() == content);
}

#[tokio::test]
async fn a_date_that_was_over_tells_as_well_as_a_tag() {
    let content = Chance(4).bytes(10_000);
    let validators =
        "Last-Modified: Wed, 21 Oct 2026 07:28:00 GMT\r\nDate: Wed, 21 Oct 2026 07:28:01 GMT\r\n".to_owned();
    let cuts = vec![Some(4_000), None];
    let server = Ranges::serve(Behaviour { cuts, validators, ..Behaviour::new(content.clone()) }).await;
    assert!(download(&client(), &server.url).await.unwrap() == content);
    assert_eq!(server.log().ranges, [None, Some("bytes=4000-".to_owned())]);
}

#[tokio::test]
async fn a_server_may_give_less_than_the_rest_at_a_time() {
    let head = "HTTP/1.1 206 Partial Content\r\nETag: \"1\"\r\nConnection: close\r\n";
    let part = |range: &str, body: &str| {
        format!("{head}Content-Range: bytes {range}/10\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    let first = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nAccept-Ranges: bytes\r\nContent-Length: 10\r\n\r\n01";
    let server =
        Raw::serve(vec![first.as_bytes().to_vec(), part("2-4", "234"), part("5-8", "5678"), part("9-9", "9")]).await;
    assert_eq!(download(&client(), &server.url).await.unwrap(), b"0123456789");
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn a_server_that_gives_large_parts_is_asked_as_often_as_it_takes() {
    let content = Chance(6).bytes(18 << 20);
    let (cuts, part_bytes) = (vec![Some(1 << 20), None], Some(1 << 20));
    let server = Ranges::serve(Behaviour { cuts, part_bytes, ..Behaviour::new(content.clone()) }).await;
    assert!(download(&client(), &server.url).await.unwrap() == content);
    assert_eq!(server.log().ranges.len(), 18);
}

#[tokio::test]
async fn a_server_that_gives_a_byte_at_a_time_is_left_alone_after_a_while() {
    let (cuts, part_bytes) = (vec![Some(1), None], Some(1));
    let server = Ranges::serve(Behaviour { cuts, part_bytes, ..Behaviour::new(vec![1; 100]) }).await;
    let error = download(&client(), &server.url).await.unwrap_err();
    assert!(error.is_transient());
    assert!(matches!(error, HttpError::Incomplete { announced_bytes: 100, received_bytes: 17, .. }), "{error:?}");
    assert_eq!(server.log().ranges.len(), 17);
}

#[tokio::test]
async fn the_deadline_is_that_of_all_parts_together() {
    let (cuts, part_bytes, pause) = (vec![Some(1 << 20), None], Some(1 << 20), Duration::from_millis(100));
    let server = Ranges::serve(Behaviour { cuts, part_bytes, pause, ..Behaviour::new(vec![1; 10 << 20]) }).await;
    let download_deadline = Duration::from_millis(400);
    let client = Client::new(&HttpOptions { download_deadline, ..options() }).unwrap();
    assert!(download(&client, &server.url).await.unwrap_err().is_transient());
    assert!(server.log().ranges.len() < 10);
}

#[tokio::test]
async fn a_download_that_breaks_again_and_again_ends_with_an_error_that_may_pass() {
    let cut_chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n".to_vec();
    let server = Raw::serve(vec![cut_chunks]).await;
    assert!(download(&client(), &server.url).await.unwrap_err().is_transient());
    assert_eq!(server.requests(), 4);
    let server = Ranges::serve(Behaviour { cuts: vec![Some(0)], ..Behaviour::new(vec![1; 100]) }).await;
    assert!(download(&client(), &server.url).await.unwrap_err().is_transient());
    assert_eq!(server.log().ranges.len(), 4);
}

#[tokio::test]
async fn a_part_that_nobody_asked_for_and_an_answer_without_content_are_no_files() {
    for status in ["204 No Content", "205 Reset Content", "206 Partial Content", "202 Accepted"] {
        let server = Ranges::serve(Behaviour { status: Some(status), ..Behaviour::new(vec![1; 100]) }).await;
        let error = download(&client(), &server.url).await.unwrap_err();
        assert!(matches!(error, HttpError::NoFile { .. }), "{status}: {error:?}");
    }
}
