//! Every key, with the section it stands in.

pub(super) const SOURCE_TYPE: &str = "source_type";
pub(super) const PUBLISH_URL_PREFIX: &str = "publish_url_prefix";
pub(super) const FOLDER_NAME: &str = "folder_name";
pub(super) const FOLDER_THUMBNAIL_URL: &str = "folder_thumbnail_url";
pub(super) const SITE_LAYOUT: &str = "site_layout";
pub(super) const APPROVALS_REQUIRED: &str = "approvals_required";
pub(super) const MAX_NEW_PER_RUN: &str = "max_new_per_run";
pub(super) const CASCADE: &str = "cascade";
pub(super) const TILE_FORMAT: &str = "tile_format";
pub(super) const COMPRESSION: &str = "compression";
pub(super) const ORIENTATION: &str = "orientation";
pub(super) const JSON_QUERY_URL: &str = "astropix.json_query_url";
pub(super) const BASE_URL: &str = "djangoplicity.base_url";
pub(super) const CHANNEL_NAME: &str = "djangoplicity.channel_name";
pub(super) const SEARCH_PAGE_NAME: &str = "djangoplicity.search_page_name";
pub(super) const FORCE_INSECURE_TLS: &str = "djangoplicity.force_insecure_tls";
pub(super) const DIRECTORY_PATH: &str = "directory.path";
pub(super) const MAX_PIXELS: &str = "limits.max_pixels";
pub(super) const MAX_SIDE: &str = "limits.max_side";
pub(super) const MAX_BUFFER_BYTES: &str = "limits.max_buffer_bytes";
pub(super) const MAX_METADATA_BYTES: &str = "limits.max_metadata_bytes";
pub(super) const INSECURE_TLS: &str = "http.insecure_tls";
pub(super) const MAX_IMAGE_BYTES: &str = "http.max_image_bytes";
pub(super) const MAX_DOCUMENT_BYTES: &str = "http.max_document_bytes";
pub(super) const REQUESTS_PER_HOST: &str = "http.requests_per_host";
pub(super) const ALLOW_PRIVATE_HOSTS: &str = "http.allow_private_hosts";
pub(super) const TIMEOUT_SECONDS: &str = "http.timeout_seconds";

const ALL: [&str; 27] = [
    SOURCE_TYPE,
    PUBLISH_URL_PREFIX,
    FOLDER_NAME,
    FOLDER_THUMBNAIL_URL,
    SITE_LAYOUT,
    APPROVALS_REQUIRED,
    MAX_NEW_PER_RUN,
    CASCADE,
    TILE_FORMAT,
    COMPRESSION,
    ORIENTATION,
    JSON_QUERY_URL,
    BASE_URL,
    CHANNEL_NAME,
    SEARCH_PAGE_NAME,
    FORCE_INSECURE_TLS,
    DIRECTORY_PATH,
    MAX_PIXELS,
    MAX_SIDE,
    MAX_BUFFER_BYTES,
    MAX_METADATA_BYTES,
    INSECURE_TLS,
    MAX_IMAGE_BYTES,
    MAX_DOCUMENT_BYTES,
    REQUESTS_PER_HOST,
    ALLOW_PRIVATE_HOSTS,
    TIMEOUT_SECONDS,
];

/// Comparing longer texts would take long.
const MAX_NEAREST_BYTES: usize = 100;

/// Whether `key` has a value of its own.
pub(super) fn is_key(key: &str) -> bool {
    ALL.contains(&key)
}

/// Whether `key` is the name of a section.
pub(super) fn is_section(key: &str) -> bool {
    sections().any(|section| section == key)
}

fn sections() -> impl Iterator<Item = &'static str> {
    ALL.iter().filter_map(|key| key.split_once('.')).map(|(section, _)| section)
}

/// The key or section that looks most like `key`: by its whole name or, in case it stands in the wrong section, by its last part.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    if key.len() > MAX_NEAREST_BYTES {
        return None;
    }
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_lowercase();
    let likeness = |known: &&str| {
        let whole = strsim::normalized_damerau_levenshtein(known, &key.to_lowercase());
        // Slightly less, so that a key of the same section is preferred.
        let part = 0.99 * strsim::normalized_damerau_levenshtein(&last(known), &last(key));
        whole.max(part)
    };
    let likely = ALL.into_iter().chain(sections()).map(|known| (likeness(&known), known)).filter(|(is, _)| *is > 0.6);
    likely.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, known)| known)
}
