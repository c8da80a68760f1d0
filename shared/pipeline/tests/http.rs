//! The HTTP client against servers that behave and servers that do not.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect},
    routing::get,
};
use skyfeed_pipeline::http::{Client, Conditional, HttpError, HttpOptions};
use support::{client, download, options, raw::Raw, server::Server};

mod support;

fn ok(body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.write_all(body).unwrap();
    answer
}

fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for line in ["500 Oops", "502 Bad Gateway", "503 Busy", "408 Slow", "425 Early", "429 Many"] {
        let server = Raw::serve(vec![status(line), status(line), ok(b"feed")]).await;
        let document = client().get(&server.url).await.unwrap();
        assert_eq!((&document.bytes[..], server.requests()), (&b"feed"[..], 3), "{line}");
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    for line in ["404 Not Found", "403 No", "401 Who", "410 Gone", "304 Not Modified"] {
        let server = Raw::serve(vec![status(line), ok(b"")]).await;
        let error = client().get(&server.url).await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
        assert_eq!(server.requests(), 1, "{line}");
    }
}

#[tokio::test]
async fn attempts_end_with_an_error_that_may_pass() {
    let server = Raw::serve(vec![status("500 Oops")]).await;
    let error = client().get(&server.url).await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(server.requests(), 4);
    assert_eq!(error.to_string(), format!("`{}` answered 500 Internal Server Error", server.url));
}

#[tokio::test]
async fn a_server_that_says_when_to_come_back_is_obeyed() {
    let busy = b"HTTP/1.1 429 Many\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".to_vec();
    let server = Raw::serve(vec![busy, ok(b"feed")]).await;
    let start = Instant::now();
    client().get(&server.url).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_server_that_asks_for_too_much_patience_is_left_alone() {
    let busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n".to_vec();
    let server = Raw::serve(vec![busy]).await;
    let error = client().get(&server.url).await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_closed_port_may_open_again() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = client().get(&format!("http://127.0.0.1:{port}/").parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, HttpError::Connection { transient: true, .. }), "{error:?}");
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let server = Server::start(Router::new().fallback(async || {
        tokio::time::sleep(Duration::from_secs(30)).await;
    }))
    .await;
    let client =
        Client::new(&HttpOptions { attempts: 1, read_timeout: Duration::from_millis(300), ..options() }).unwrap();
    let start = Instant::now();
    let error = client.get(&server.url("/")).await.unwrap_err();
    assert!(error.is_transient());
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_body_that_drips_forever_ends_at_the_deadline() {
    let server = Server::start(Router::new().fallback(async || {
        axum::body::Body::from_stream(futures::stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>("."), ()))
        }))
    }))
    .await;
    let deadline = Duration::from_millis(500);
    let options = HttpOptions { attempts: 1, document_deadline: deadline, download_deadline: deadline, ..options() };
    let client = Client::new(&options).unwrap();
    assert!(client.get(&server.url("/")).await.unwrap_err().is_transient());
    assert!(download(&client, &server.url("/")).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn a_download_is_not_begun_again_after_its_deadline() {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let server = Server::start(Router::new().fallback(async move || {
        count.fetch_add(1, Ordering::SeqCst);
        axum::body::Body::from_stream(futures::stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>("."), ()))
        }))
    }))
    .await;
    let client = Client::new(&HttpOptions { download_deadline: Duration::from_secs(1), ..options() }).unwrap();
    assert!(download(&client, &server.url("/")).await.unwrap_err().is_transient());
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_larger_than_the_limit_is_refused_announced_or_not() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n0\r\n\r\n".to_vec();
    let client = Client::new(&HttpOptions { max_document_bytes: 5, max_image_bytes: 5, ..options() }).unwrap();
    for answer in [ok(b"123456"), chunked] {
        let server = Raw::serve(vec![answer]).await;
        let document = client.get(&server.url).await.unwrap_err();
        let download = download(&client, &server.url).await.unwrap_err();
        for error in [document, download] {
            assert!(matches!(error, HttpError::TooLarge { limit_bytes: 5, .. }), "{error:?}");
            assert!(!error.is_transient());
        }
        assert_eq!(server.requests(), 2);
    }
    let server = Raw::serve(vec![ok(b"12345")]).await;
    assert_eq!(&client.get(&server.url).await.unwrap().bytes[..], b"12345");
}

/// `hello` and 10 000 zeros, by gzip.
const HELLO_GZ: &[u8] = &[31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0];
const ZEROS_GZ: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 1, 13, 0, 0, 0, 194, 160, 247, 79, 109, 14, 55, 160, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 224, 223, 0, 46, 202, 59, 77, 16, 39, 0, 0,
];

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

#[tokio::test]
async fn gzip_is_asked_for_and_undone() {
    let server = Raw::serve(vec![gzipped(HELLO_GZ)]).await;
    assert_eq!(&client().get(&server.url).await.unwrap().bytes[..], b"hello");
    let server = Server::start(
        Router::new().fallback(async |headers: HeaderMap| headers["accept-encoding"].to_str().unwrap().to_owned()),
    )
    .await;
    assert_eq!(&client().get(&server.url("/")).await.unwrap().bytes[..], b"gzip");
}

#[tokio::test]
async fn the_limit_holds_for_what_gzip_unfolds_to() {
    let server = Raw::serve(vec![gzipped(ZEROS_GZ)]).await;
    let client = Client::new(&HttpOptions { max_document_bytes: 9_999, ..options() }).unwrap();
    let error = client.get(&server.url).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn redirects_are_followed_up_to_a_limit() {
    let server = Server::start(
        Router::new()
            .route("/old/feed", get(async || (StatusCode::FOUND, [("location", "../feed")])))
            .route("/feed", get(async || "feed"))
            .route("/loop", get(async || Redirect::temporary("/loop")))
            .route("/nowhere", get(async || StatusCode::FOUND)),
    )
    .await;
    assert_eq!(&client().get(&server.url("/old/feed")).await.unwrap().bytes[..], b"feed");
    let error = client().get(&server.url("/loop")).await.unwrap_err();
    assert!(matches!(error, HttpError::TooManyRedirects { limit: 10, .. }), "{error:?}");
    let error = client().get(&server.url("/nowhere")).await.unwrap_err();
    assert!(matches!(error, HttpError::BadRedirect { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirect_cannot_lead_where_the_rules_forbid() {
    let server = Server::start(
        Router::new().fallback(async |uri: Uri| (StatusCode::FOUND, [("location", uri.query().unwrap().to_owned())])),
    )
    .await;
    for target in ["file:///etc/passwd", "data:,x", "http://me:pw@example.org/", "gopher://127.0.0.1/"] {
        let error = client().get(&server.url(&format!("/?{target}"))).await.unwrap_err();
        assert!(matches!(error, HttpError::Refused { .. }), "{target}: {error:?}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
}

#[tokio::test]
async fn private_addresses_are_refused_by_number_and_by_name() {
    let server = Raw::serve(vec![ok(b"secret")]).await;
    let port = server.url.port().unwrap();
    let client = Client::new(&HttpOptions { allow_private_hosts: false, ..options() }).unwrap();
    for host in ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"] {
        let error = client.get(&format!("http://{host}:{port}/").parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, HttpError::Refused { .. }), "{host}: {error:?}");
        assert!(error.to_string().contains("allow_private_hosts"), "{error}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn an_unchanged_document_is_not_sent_again() {
    let server = Server::start(Router::new().fallback(async |headers: HeaderMap| {
        let validators = [("etag", "\"7\""), ("last-modified", "Wed, 21 Oct 2026 07:28:00 GMT")];
        let known = headers.get("if-none-match").is_some_and(|tag| tag == "\"7\"")
            && headers.get("if-modified-since").is_some_and(|date| date == "Wed, 21 Oct 2026 07:28:00 GMT");
        (if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK }, validators, "feed").into_response()
    }))
    .await;
    let address = server.url("/");
    let Conditional::Changed(first) = client().get_if_changed(&address, None).await.unwrap() else {
        panic!("not modified since never");
    };
    let second = client().get_if_changed(&address, Some(&first.validators)).await.unwrap();
    assert!(matches!(second, Conditional::NotModified));
}

#[tokio::test]
async fn a_host_gets_no_more_requests_at_once_than_is_polite() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::start(Router::new().fallback(async move || {
        let (now, most) = counts;
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(30)).await;
        now.fetch_sub(1, Ordering::SeqCst);
    }))
    .await;
    let client = Client::new(&HttpOptions { requests_per_host: 3, ..options() }).unwrap();
    let address = server.url("/");
    futures::future::try_join_all((0..12).map(|_| client.get(&address))).await.unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn requests_say_who_asks() {
    let server = Server::start(
        Router::new().fallback(async |headers: HeaderMap| headers["user-agent"].to_str().unwrap().to_owned()),
    )
    .await;
    let agent = client().get(&server.url("/")).await.unwrap().bytes;
    assert_eq!(&agent[..], concat!("skyfeed/", env!("CARGO_PKG_VERSION")).as_bytes());
}

#[tokio::test]
async fn errors_show_no_secrets() {
    let server = Raw::serve(vec![status("404 No")]).await;
    let mut address = server.url.join("feed?key=s3cret").unwrap();
    let answered = client().get(&address).await.unwrap_err();
    assert_eq!(answered.to_string(), format!("`{}feed?…` answered 404 Not Found", server.url));
    address.set_password(Some("s3cret")).unwrap();
    let refused = client().get(&address).await.unwrap_err();
    drop(server);
    address.set_password(None).unwrap();
    let closed = client().get(&address).await.unwrap_err();
    for error in [refused, closed] {
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}
