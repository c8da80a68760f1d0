//! What the tests of the sources and of the HTTP client share.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod ranges;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod walk;

use std::time::Duration;

use skyfeed_pipeline::http::{Arrival, Client, HttpError, HttpOptions};
use url::Url;

/// Options for loopback, with pauses that a test can wait for.
pub(crate) fn options() -> HttpOptions {
    HttpOptions {
        read_timeout: Duration::from_secs(20),
        backoff: Duration::from_millis(2),
        max_pause: Duration::from_secs(2),
        allow_private_hosts: true,
        ..HttpOptions::default()
    }
}

pub(crate) fn client() -> Client {
    Client::new(&options()).unwrap()
}

/// The bytes of a whole download.
pub(crate) async fn download(client: &Client, url: &Url) -> Result<Vec<u8>, HttpError> {
    let mut download = client.download(url, None, None).await?.unwrap();
    let mut bytes = Vec::new();
    while let Some(arrival) = download.next().await? {
        match arrival {
            Arrival::Begin { from, .. } => bytes.truncate(usize::try_from(from).unwrap()),
            Arrival::Bytes(more) => bytes.extend_from_slice(&more),
        }
    }
    Ok(bytes)
}
