//! What an answer says of the content that it brings.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::{
    StatusCode,
    header::{
        ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue,
        LAST_MODIFIED,
    },
};

use super::{Validators, client::Answer};

/// One content of a file on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// What the server tells it from others by.
    pub validators: Validators,
    /// Its whole size, if the server said so.
    pub total_bytes: Option<u64>,
    /// Whether a download of it that broke off can go on: the server gives parts of it, and knows for certain whether it is still the same.
    pub resumes: bool,
    /// What the server takes it for.
    pub media_type: Option<String>,
}

impl Content {
    /// What an answer with the whole content says of it.
    pub(super) fn of(answer: &Answer) -> Self {
        let headers = answer.response.headers();
        let validators = Validators::of(headers);
        let is_plain = !headers.contains_key(CONTENT_ENCODING);
        let total_bytes = answer.response.content_length().filter(|_| is_plain);
        let gives_parts =
            text(headers, &ACCEPT_RANGES).is_some_and(|units| units.to_ascii_lowercase().contains("bytes"));
        Self {
            resumes: is_plain && gives_parts && total_bytes.is_some() && validators.are_strong(headers),
            validators,
            total_bytes,
            media_type: text(headers, &CONTENT_TYPE).map(str::to_owned),
        }
    }

    /// The part of this content from byte `from` on that an answer brings: the byte behind its last. `None` if it is anything else.
    pub(super) fn end_of_part(&self, answer: &Answer, from: u64) -> Option<u64> {
        let headers = answer.response.headers();
        if answer.response.status() != StatusCode::PARTIAL_CONTENT || headers.contains_key(CONTENT_ENCODING) {
            return None;
        }
        let range = text(headers, &CONTENT_RANGE)?.trim().strip_prefix("bytes")?.trim();
        let (range, total) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let [first, last, total] = [first, last, total].map(|number| number.trim().parse::<u64>().ok());
        let end = last?.checked_add(1)?;
        if first? != from || end <= from || end > total? || total != self.total_bytes {
            return None;
        }
        let is_whole = answer.response.content_length().is_none_or(|length| length == end - from);
        let tag = headers.get(ETAG);
        let is_same = tag.is_none() || self.validators.etag.is_none() || tag == self.validators.etag.as_ref();
        (is_whole && is_same).then_some(end)
    }
}

impl Validators {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let header = |name: HeaderName| headers.get(name).cloned();
        Self { etag: header(ETAG), last_modified: header(LAST_MODIFIED) }
    }

    /// What to make a request for a part conditional by: the date only where there is no tag.
    pub(super) fn for_range(&self) -> Option<&HeaderValue> {
        self.etag.as_ref().or(self.last_modified.as_ref())
    }

    /// Whether two contents with these validators are the same, to the byte: a weak tag does not tell, nor does a date that was not yet over when the server answered (RFC 9110, section 8.8).
    fn are_strong(&self, headers: &HeaderMap) -> bool {
        match (&self.etag, &self.last_modified) {
            (Some(etag), _) => is_strong(etag),
            (None, Some(_)) => {
                let time = |name| rfc2822::DateTimeParser::new().parse_timestamp(text(headers, &name)?).ok();
                let (modified, sent): (Option<Timestamp>, Option<Timestamp>) = (time(LAST_MODIFIED), time(DATE));
                modified
                    .zip(sent)
                    .is_some_and(|(modified, sent)| sent.duration_since(modified) >= SignedDuration::from_secs(1))
            }
            (None, None) => false,
        }
    }

    /// Whether an answer with `other` brings what came with these, though it was asked not to.
    pub(super) fn tell_the_same(&self, other: &Self) -> bool {
        match (&self.etag, &other.etag) {
            (Some(one), Some(two)) => one == two && is_strong(one),
            _ => false,
        }
    }
}

fn is_strong(etag: &HeaderValue) -> bool {
    etag.as_bytes().starts_with(b"\"")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
