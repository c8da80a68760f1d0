//! A configuration to start from.

use std::{fmt, str::FromStr};

use super::{HttpConfig, SourceType};

/// A word of `source_type` that is none.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is no source type: write `astropix`, `djangoplicity` or `directory`", .0.escape_debug())]
pub struct SourceTypeError(String);

impl SourceType {
    /// Every source type.
    pub const ALL: [Self; 3] = [Self::Astropix, Self::Djangoplicity, Self::Directory];

    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Astropix => "astropix",
            Self::Djangoplicity => "djangoplicity",
            Self::Directory => "directory",
        }
    }
}

impl fmt::Display for SourceType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for SourceType {
    type Err = SourceTypeError;

    fn from_str(text: &str) -> Result<Self, SourceTypeError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| SourceTypeError(text.to_owned()))
    }
}

pub(super) fn text(source_type: SourceType) -> String {
    let source = match source_type {
        SourceType::Astropix => ASTROPIX,
        SourceType::Djangoplicity => DJANGOPLICITY,
        SourceType::Directory => DIRECTORY,
    };
    let limits = skyfeed_tiling::pixels::Limits::default();
    let http = HttpConfig::default();
    format!(
        "\
# The configuration of a WorldWide Telescope feed. A line that begins with `#` shows a default: take the `#` away to change it.

# Where images come from: astropix, djangoplicity or directory.
source_type: {source_type}

{source}
# The URL at which the site will be public; it goes into every published file.
publish_url_prefix: https://data.example.org/feeds/my-feed/

# The name of the feed in WorldWide Telescope, and the URL of its picture.
folder_name: My feed
#folder_thumbnail_url: https://data.example.org/my-feed.jpg

# Where tiles stand on the site: skyfeed (a folder for each revision, cached for long) or toasty (as toasty has them).
#site_layout: skyfeed

# How many people must approve an image before it is published.
#approvals_required: 1

# How many new images one refresh takes up at most; without this line, all.
#max_new_per_run: 100

# How tiles are halved: compatible (as toasty does, bit for bit) or alpha-weighted (no dark fringes at transparent borders).
#cascade: compatible

# What kind of files tiles are: png, or jpg (a seventh to half of the bytes; not quite the same pixels, and the picture in a black frame).
#tile_format: png

# How much time is spent on smaller PNG tiles: fast, balanced or small. The pixels are the same.
#compression: small

# The EXIF orientation of images: honor or ignore (as toasty does).
#orientation: honor

# Images beyond these are refused.
#limits:
#  max_pixels: {max_pixels}
#  max_side: {max_side}
#  max_buffer_bytes: {max_buffer_bytes}
#  max_metadata_bytes: {max_metadata_bytes}

# How the source is asked.
#http:
#  # Leave certificates unchecked: anybody on the way could then change images.
#  insecure_tls: {insecure_tls}
#  max_image_bytes: {max_image_bytes}
#  max_document_bytes: {max_document_bytes}
#  requests_per_host: {requests_per_host}
#  # How long a server may keep silent.
#  timeout_seconds: {timeout_seconds}
#  # Whether URLs in the feed may point into a private network; without this line, only if the feed itself is in one.
#  allow_private_hosts: false
",
        max_pixels = limits.max_pixels,
        max_side = limits.max_side,
        max_buffer_bytes = limits.max_buffer_bytes,
        max_metadata_bytes = limits.max_metadata_bytes,
        insecure_tls = http.insecure_tls,
        max_image_bytes = http.max_image_bytes,
        max_document_bytes = http.max_document_bytes,
        requests_per_host = http.requests_per_host,
        timeout_seconds = http.timeout_seconds,
    )
}

const ASTROPIX: &str = "\
astropix:
  # The permalink of a saved search of astropix.org, with `?format=json`.
  json_query_url: https://www.astropix.org/link/c60?format=json
";

const DJANGOPLICITY: &str = "\
djangoplicity:
  # The image archive of the site.
  base_url: https://esahubble.org/images/
  # The name under which WorldWide Telescope knows the site's images.
  channel_name: esahubble
  # The archive's search: <base_url>archive/search/<search_page_name>/1/
  #search_page_name: page
  # toasty's word for `http: insecure_tls:`. Off unless set here, where toasty has it on.
  #force_insecure_tls: false
";

const DIRECTORY: &str = "\
directory:
  # The directory that holds the images, seen from the folder of the feed. Make it and put JPEG, PNG or TIFF files with AVM into it.
  path: images
";
