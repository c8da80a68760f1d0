//! What the sources on the web have in common.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{
    Deserialize,
    de::{DeserializeOwned, Error},
};
use serde_json::value::RawValue;
use url::Url;

use super::SourceError;
use crate::{
    config::HttpConfig,
    http::{Client, HttpError, HttpOptions},
};

/// What Python's `urllib.parse.quote` leaves as it is, so that our URLs are toasty's.
const QUOTED: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'_').remove(b'.').remove(b'-').remove(b'~');

/// A record has some thousand bytes. Many are in memory at a time, and each may need a hundred times its length there.
const MAX_RECORD_BYTES: usize = 128_000;

/// A text as a part of a URL's path.
pub(super) fn url_quote(text: &str) -> String {
    utf8_percent_encode(text, &QUOTED).to_string()
}

/// Reads a JSON document, with or without the byte order mark that some servers put before it (RFC 8259, section 8.1).
pub(super) fn json<'a, T: Deserialize<'a>>(document: &'a [u8]) -> serde_json::Result<T> {
    serde_json::from_slice(document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document))
}

/// Reads the record of one image.
///
/// # Errors
/// It is not such a record, or longer than any.
pub(super) fn record<T: DeserializeOwned>(document: &[u8]) -> serde_json::Result<T> {
    let record: &RawValue = json(document)?;
    if record.get().len() > MAX_RECORD_BYTES {
        return Err(Error::custom(format!("it is longer than {MAX_RECORD_BYTES} bytes")));
    }
    serde_json::from_str(record.get())
}

/// A client for the feed at the URL that the configuration has under `key`.
pub(super) fn client(key: &str, url: &str, config: &HttpConfig) -> Result<(Client, Url), SourceError> {
    let url = Url::parse(url).map_err(|source| SourceError::Record {
        item: key.to_owned(),
        problem: "it is not a URL".to_owned(),
        source: Some(source.into()),
    })?;
    let client = Client::new(&HttpOptions::for_feed(config, &url)).map_err(|error| transport(&url, error))?;
    Ok((client, url))
}

pub(super) fn transport(url: &Url, error: HttpError) -> SourceError {
    if let HttpError::NoFile { status, .. } = error {
        return SourceError::nothing_of_use(url, status.to_string(), "an image");
    }
    SourceError::Http(error)
}
