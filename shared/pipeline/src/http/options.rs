//! The limits of the client.

use std::time::Duration;

/// What the client may take, in time, bytes and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// Longest time to resolve a name and to connect.
    pub connect_timeout: Duration,
    /// Longest silence while waiting for an answer or for more of it.
    pub read_timeout: Duration,
    /// Longest time for one attempt at a document, from connecting to the last byte.
    pub document_deadline: Duration,
    /// Longest time for one attempt at a download, from connecting to the last byte.
    pub download_deadline: Duration,
    /// Largest document, after decompression, in bytes.
    pub max_document_bytes: u64,
    /// Largest downloaded file, in bytes.
    pub max_image_bytes: u64,
    /// How many requests may be under way to one host, at least 1.
    pub requests_per_host: usize,
    /// How often a request is tried in all, at least 1.
    pub attempts: u32,
    /// The pause before the second attempt; each further one is twice as long.
    pub backoff: Duration,
    /// The longest pause. A server that asks for more (`Retry-After`) is left alone: the request fails, as one that may pass.
    pub max_pause: Duration,
    /// Whether addresses of this machine and of private networks may be asked; see [`super::rules`].
    pub allow_private_hosts: bool,
    /// Turns the verification of TLS certificates off. For servers whose certificate chain is broken.
    pub insecure_tls: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            document_deadline: Duration::from_secs(120),
            download_deadline: Duration::from_secs(3600),
            max_document_bytes: 64 << 20,
            max_image_bytes: 8 << 30,
            requests_per_host: 6,
            attempts: 4,
            backoff: Duration::from_millis(500),
            max_pause: Duration::from_secs(60),
            allow_private_hosts: false,
            insecure_tls: false,
        }
    }
}
