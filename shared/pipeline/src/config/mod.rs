//! What a feed is made of: `toasty-pipeline-config.yaml`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use skyfeed_tiling::pixels::{CascadeMode, Compression, Limits, TileFormat};

mod document;
mod error;
mod example;
mod keys;
mod read;
mod url;

pub use error::ConfigError;
pub use example::SourceTypeError;

/// The configuration of a feed.
///
/// The file is YAML. All keys of toasty 0.20 mean what they mean there, as do `folder_name` and `folder_thumbnail_url` of older versions;
/// the other keys are Skyfeed's own. An unknown key is an error. [`Config::example`] shows every key with its default.
///
/// ```
/// use skyfeed_pipeline::config::{Config, ConfigError, SourceConfig};
///
/// let config = Config::parse("
/// source_type: astropix
/// publish_url_prefix: https://data.example.org/feeds/nrao
/// astropix:
///   json_query_url: https://www.astropix.org/link/c60?format=json
/// ")?;
/// assert_eq!(config.publish_url_prefix, "https://data.example.org/feeds/nrao/");
/// assert!(matches!(config.source, SourceConfig::Astropix { .. }));
///
/// let error = Config::parse("source_typ: astropix").unwrap_err();
/// assert_eq!(error.to_string(), "line 1: unknown key `source_typ`: did you mean `source_type`?");
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where images come from.
    pub source: SourceConfig,
    /// The URL at which the site store is public; ends in `/`. Begins with `http://`, `https://` or `//`.
    pub publish_url_prefix: String,
    /// The name of the feed's root folder; may be empty.
    pub folder_name: String,
    /// The URL of the picture of the feed's root folder; may be empty.
    pub folder_thumbnail_url: String,
    /// Where the tiles of an image stand on the site.
    pub site_layout: SiteLayout,
    /// How many people must approve a revision before it is published; at least 1.
    pub approvals_required: u32,
    /// How many images one refresh hands to fetch at most; `None` means all that are due.
    pub max_new_per_run: Option<usize>,
    /// How tiles become a tile of the level above.
    pub cascade: CascadeMode,
    /// What kind of files tiles are.
    pub tile_format: TileFormat,
    /// How much time is spent on smaller PNG tiles. By default [`Compression::Small`]: what is published is stored and sent for years.
    pub compression: Compression,
    /// Whether images are tiled as stored, as toasty does, and not as their EXIF orientation says.
    pub ignore_orientation: bool,
    /// Bounds on images.
    pub limits: Limits,
    /// How the source is asked.
    pub http: HttpConfig,
    /// SHA-256 of the text, in hex.
    pub sha256: String,
}

/// Where images come from, and what that source needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceConfig {
    /// A saved search of AstroPix.
    Astropix {
        /// The URL of the search's JSON.
        json_query_url: String,
    },
    /// The site of an observatory that runs Djangoplicity.
    Djangoplicity {
        /// The URL of the image archive, ending in `/`.
        base_url: String,
        /// The name under which WWT knows the site's images.
        channel_name: String,
        /// The part of the URL before the page number in the archive's search.
        search_page_name: String,
    },
    /// A directory of images.
    Directory {
        /// Its path.
        path: String,
    },
}

impl SourceConfig {
    /// Whether images come over a network, where a download may bring something else than the source has.
    pub(crate) fn is_remote(&self) -> bool {
        !matches!(self, Self::Directory { .. })
    }
}

/// The kinds of [`SourceConfig`], by the words of `source_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceType {
    /// `astropix`
    Astropix,
    /// `djangoplicity`
    Djangoplicity,
    /// `directory`
    Directory,
}

/// Where the tiles of an image stand on the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SiteLayout {
    /// In a folder for each pyramid, `<id>/<pixels>/L{1}X{2}Y{3}`, so that they never change and can be cached for long.
    #[default]
    Skyfeed,
    /// As toasty has them, `<id>/L{1}X{2}Y{3}`.
    Toasty,
}

/// How servers are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// Whether certificates go unchecked. Key `http.insecure_tls`, else `djangoplicity.force_insecure_tls`; off unless one of them says
    /// otherwise, while toasty 0.20 leaves certificates unchecked for every Djangoplicity site that does not say `false`.
    pub insecure_tls: bool,
    /// The largest image that is downloaded, in bytes.
    pub max_image_bytes: u64,
    /// The largest page or record that is read, in bytes.
    pub max_document_bytes: u64,
    /// How many requests one host gets at a time; at least 1.
    pub requests_per_host: usize,
    /// Whether URLs found in a feed may point to loopback and private addresses. `None` means: only if the feed itself is at such an address.
    pub allow_private_hosts: Option<bool>,
    /// How long a server may keep silent, in seconds; at least 1.
    pub timeout_seconds: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            insecure_tls: false,
            max_image_bytes: 20_000_000_000,
            max_document_bytes: 64_000_000,
            requests_per_host: 6,
            allow_private_hosts: None,
            timeout_seconds: 60,
        }
    }
}

impl Config {
    /// Reads the text of a configuration.
    ///
    /// # Errors
    /// The text is no YAML or larger than 1 MB, a key is unknown or missing, or a value cannot be used; the error names the key and its line
    /// and says what to write.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let document = document::Document::parse(text)?;
        read::config(&document, hex::encode(Sha256::digest(text)))
    }

    /// A configuration to start from, with a comment on every key.
    pub fn example(source_type: SourceType) -> String {
        example::text(source_type)
    }
}
