//! The limits of the client.

use std::time::Duration;

use url::Url;

use super::rules;
use crate::config::HttpConfig;

/// What the client may take, in time, bytes and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// Longest time to resolve a name and to connect.
    pub connect_timeout: Duration,
    /// Longest silence while waiting for an answer or for more of it.
    pub read_timeout: Duration,
    /// Longest time for one attempt at a document, from connecting to the last byte.
    pub document_deadline: Duration,
    /// Longest time for a download, from the first request that is answered to the last byte, however often it breaks off. What came by then is good.
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
            read_timeout: Duration::from_secs(60),
            document_deadline: Duration::from_secs(120),
            download_deadline: Duration::from_secs(4 * 3600),
            max_document_bytes: 64_000_000,
            max_image_bytes: 20_000_000_000,
            requests_per_host: 6,
            attempts: 4,
            backoff: Duration::from_millis(500),
            max_pause: Duration::from_secs(60),
            allow_private_hosts: false,
            insecure_tls: false,
        }
    }
}

impl HttpOptions {
    /// The options for the feed at `url`. Private hosts are allowed if the configuration says so or, where it does not say, if the feed
    /// itself is at one.
    pub fn for_feed(config: &HttpConfig, url: &Url) -> Self {
        let defaults = Self::default();
        let silence = Duration::from_secs(config.timeout_seconds);
        Self {
            connect_timeout: defaults.connect_timeout.min(silence),
            read_timeout: silence,
            document_deadline: defaults.document_deadline.max(silence),
            download_deadline: defaults.download_deadline.max(silence),
            max_document_bytes: config.max_document_bytes,
            max_image_bytes: config.max_image_bytes,
            requests_per_host: config.requests_per_host,
            allow_private_hosts: config.allow_private_hosts.unwrap_or_else(|| rules::is_private_host(url)),
            insecure_tls: config.insecure_tls,
            ..defaults
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HttpOptions;
    use crate::config::HttpConfig;

    #[test]
    fn private_hosts_are_allowed_to_a_private_feed_unless_the_configuration_says_otherwise() {
        for (said, url, allowed) in [
            (None, "http://127.0.0.1:8000/feed.json", true),
            (None, "https://example.org/feed.json", false),
            (Some(false), "http://127.0.0.1:8000/feed.json", false),
            (Some(true), "https://example.org/feed.json", true),
        ] {
            let config = HttpConfig { allow_private_hosts: said, ..HttpConfig::default() };
            assert_eq!(
                HttpOptions::for_feed(&config, &url.parse().unwrap()).allow_private_hosts,
                allowed,
                "{said:?} {url}"
            );
        }
    }
}
