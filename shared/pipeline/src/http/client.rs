//! Requests and documents.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::{
    Response, StatusCode,
    header::{HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION},
    redirect,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::{HttpError, HttpOptions, resolve::PublicOnly, retry, rules};

const USER_AGENT: &str = concat!("skyfeed/", env!("CARGO_PKG_VERSION"));

const MAX_REDIRECTS: usize = 10;

/// What a server said about the version of a document; sent back, it may answer that nothing changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<HeaderValue>,
    /// `Last-Modified`.
    pub last_modified: Option<HeaderValue>,
}

/// A document in memory.
#[derive(Clone, Debug)]
pub struct Document {
    /// The content, decompressed.
    pub bytes: Bytes,
    /// What to ask with the next time.
    pub validators: Validators,
}

/// The answer to a conditional request.
#[derive(Clone, Debug)]
pub enum Conditional {
    /// The document is still the one that the validators came with.
    NotModified,
    /// The document as it is now.
    Changed(Document),
}

/// An HTTP client with limits; clones share them.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use skyfeed_pipeline::http::{Client, HttpOptions};
///
/// let client = Client::new(&HttpOptions::default())?;
/// let feed = client.get(&"https://www.astropix.org/link/c60?format=json".parse()?).await?;
/// println!("{} bytes", feed.bytes.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    pub(super) options: Arc<HttpOptions>,
    hosts: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// An answer with its place in the queue of its host, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) url: Url,
    /// When its turn had come.
    pub(super) asked: Instant,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    /// The TLS backend cannot be set up.
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .redirect(redirect::Policy::none())
            .no_proxy();
        if !options.allow_private_hosts {
            builder = builder.dns_resolver(PublicOnly);
        }
        if options.insecure_tls {
            tracing::warn!("TLS certificates are not verified: anyone on the way can change the feed");
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        let http = builder.build().map_err(HttpError::Setup)?;
        Ok(Self { http, options: Arc::new(options.clone()), hosts: Arc::default() })
    }

    /// Gets a document.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub async fn get(&self, url: &Url) -> Result<Document, HttpError> {
        retry::retrying(&self.options, async || {
            let answer = self.request(url, &HeaderMap::new(), self.options.document_deadline).await?;
            self.read(answer).await
        })
        .await
    }

    /// Gets a document unless it is still the one that `previous` came with.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub async fn get_if_changed(&self, url: &Url, previous: Option<&Validators>) -> Result<Conditional, HttpError> {
        let headers = previous.map(conditions).unwrap_or_default();
        retry::retrying(&self.options, async || {
            let answer = self.request(url, &headers, self.options.document_deadline).await?;
            if answer.response.status() == StatusCode::NOT_MODIFIED {
                return Ok(Conditional::NotModified);
            }
            self.read(answer).await.map(Conditional::Changed)
        })
        .await
    }

    /// Sends one request, follows its redirects, and answers with a success (or, to a conditional request, with "not modified").
    pub(super) async fn request(
        &self,
        url: &Url,
        headers: &HeaderMap,
        deadline: Duration,
    ) -> Result<Answer, HttpError> {
        let mut target = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.hop(target, headers, deadline).await?;
            let status = answer.response.status();
            if status.is_success() || (status == StatusCode::NOT_MODIFIED && is_conditional(headers)) {
                return Ok(answer);
            }
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                let retry_after = retry::retry_after(answer.response.headers(), Timestamp::now());
                return Err(HttpError::Status { url: rules::redacted(&answer.url), status, retry_after });
            }
            target = redirect_target(&answer)?;
        }
        Err(HttpError::TooManyRedirects { url: rules::redacted(url), limit: MAX_REDIRECTS })
    }

    async fn hop(&self, url: Url, headers: &HeaderMap, deadline: Duration) -> Result<Answer, HttpError> {
        if let Some(problem) = rules::problem(&url, self.options.allow_private_hosts) {
            return Err(HttpError::Refused { url: rules::redacted(&url), problem });
        }
        let permit = self.turn(&url).await;
        let asked = Instant::now();
        let request = self.http.get(url.clone()).headers(headers.clone()).timeout(deadline);
        let response = request.send().await.map_err(|source| HttpError::connection(&url, source))?;
        Ok(Answer { response, url, asked, _permit: permit })
    }

    /// Waits until one more request to this host is polite.
    async fn turn(&self, url: &Url) -> Option<OwnedSemaphorePermit> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let queue = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(self.options.requests_per_host.clamp(1, Semaphore::MAX_PERMITS)));
            hosts.entry(host).or_insert_with(new).clone()
        };
        // Only a closed queue gives no turn, and none is ever closed.
        queue.acquire_owned().await.ok()
    }

    async fn read(&self, mut answer: Answer) -> Result<Document, HttpError> {
        let limit_bytes = self.options.max_document_bytes;
        let too_large = |url: &Url| HttpError::TooLarge { url: rules::redacted(url), limit_bytes };
        if answer.response.content_length().is_some_and(|announced| announced > limit_bytes) {
            return Err(too_large(&answer.url));
        }
        let validators = Validators::of(answer.response.headers());
        let mut bytes = BytesMut::new();
        while let Some(chunk) = answer.chunk().await? {
            if (bytes.len() + chunk.len()) as u64 > limit_bytes {
                return Err(too_large(&answer.url));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Document { bytes: bytes.freeze(), validators })
    }
}

impl Answer {
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        self.response.chunk().await.map_err(|source| HttpError::connection(&self.url, source))
    }
}

fn redirect_target(answer: &Answer) -> Result<Url, HttpError> {
    let location = answer.response.headers().get(LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let target = location.and_then(|location| answer.url.join(location).ok());
    target.ok_or_else(|| HttpError::BadRedirect { url: rules::redacted(&answer.url) })
}

pub(super) fn conditions(validators: &Validators) -> HeaderMap {
    let etag = validators.etag.clone().map(|value| (IF_NONE_MATCH, value));
    let last_modified = validators.last_modified.clone().map(|value| (IF_MODIFIED_SINCE, value));
    etag.into_iter().chain(last_modified).collect()
}

fn is_conditional(headers: &HeaderMap) -> bool {
    headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE)
}
