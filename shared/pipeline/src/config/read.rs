//! From the table of keys to the configuration: defaults and what belongs together.

use skyfeed_tiling::pixels::{CascadeMode, Compression, Limits, TileFormat};

use super::{Config, ConfigError, HttpConfig, SiteLayout, SourceConfig, SourceType, document::Document, keys, url};

pub(super) fn config(document: &Document, sha256: String) -> Result<Config, ConfigError> {
    let prefix = required(
        document,
        keys::PUBLISH_URL_PREFIX,
        "write the URL at which the site is public, such as `https://data.example.org/feeds/name/`",
    )?;
    let prefix = url::public(document, keys::PUBLISH_URL_PREFIX, prefix)?;
    let layouts = [("skyfeed", SiteLayout::Skyfeed), ("toasty", SiteLayout::Toasty)];
    let cascades = [("compatible", CascadeMode::Compatible), ("alpha-weighted", CascadeMode::AlphaWeighted)];
    let formats = TileFormat::ALL.map(|format| (format.extension(), format));
    let compressions = Compression::ALL.map(|compression| (compression.as_str(), compression));
    let thumbnail = document.text(keys::FOLDER_THUMBNAIL_URL)?.filter(|url| !url.is_empty());
    Ok(Config {
        source: source(document)?,
        publish_url_prefix: url::folder(document, keys::PUBLISH_URL_PREFIX, prefix)?,
        folder_name: document.text(keys::FOLDER_NAME)?.unwrap_or_default().to_owned(),
        folder_thumbnail_url: thumbnail
            .map(|url| url::public(document, keys::FOLDER_THUMBNAIL_URL, url))
            .transpose()?
            .unwrap_or_default(),
        site_layout: document.choice(keys::SITE_LAYOUT, &layouts)?.unwrap_or_default(),
        approvals_required: document.number(keys::APPROVALS_REQUIRED)?.unwrap_or(1),
        max_new_per_run: document.number(keys::MAX_NEW_PER_RUN)?,
        cascade: document.choice(keys::CASCADE, &cascades)?.unwrap_or_default(),
        tile_format: document.choice(keys::TILE_FORMAT, &formats)?.unwrap_or_default(),
        compression: document.choice(keys::COMPRESSION, &compressions)?.unwrap_or(Compression::Small),
        ignore_orientation: document
            .choice(keys::ORIENTATION, &[("honor", false), ("ignore", true)])?
            .unwrap_or_default(),
        limits: limits(document)?,
        http: http(document)?,
        sha256,
    })
}

fn source(document: &Document) -> Result<SourceConfig, ConfigError> {
    match source_type(document)? {
        SourceType::Astropix => {
            let query = required(
                document,
                keys::JSON_QUERY_URL,
                "write the permalink of a saved search, such as `https://www.astropix.org/link/c60?format=json`",
            )?;
            Ok(SourceConfig::Astropix { json_query_url: url::absolute(document, keys::JSON_QUERY_URL, query)? })
        }
        SourceType::Djangoplicity => {
            let base = "write the URL of the image archive, such as `https://esahubble.org/images/`";
            let base = url::absolute(document, keys::BASE_URL, required(document, keys::BASE_URL, base)?)?;
            let channel = "write the name under which WWT knows the site's images, such as `esahubble`";
            let page = document.text(keys::SEARCH_PAGE_NAME)?.unwrap_or("page");
            if page.is_empty() || page.contains(['/', '?', '#', '%']) {
                let problem = "must be one part of a URL, such as `page`".to_owned();
                return Err(document.problem(keys::SEARCH_PAGE_NAME, problem));
            }
            Ok(SourceConfig::Djangoplicity {
                base_url: url::folder(document, keys::BASE_URL, base)?,
                channel_name: required(document, keys::CHANNEL_NAME, channel)?.to_owned(),
                search_page_name: page.to_owned(),
            })
        }
        SourceType::Directory => {
            let path =
                required(document, keys::DIRECTORY_PATH, "write the path of the directory that holds the images")?;
            Ok(SourceConfig::Directory { path: path.to_owned() })
        }
    }
}

fn source_type(document: &Document) -> Result<SourceType, ConfigError> {
    let types = SourceType::ALL.map(|source| (source.as_str(), source));
    let remedy = "write `astropix`, `djangoplicity` or `directory`";
    document.choice(keys::SOURCE_TYPE, &types)?.ok_or(ConfigError::MissingKey { key: keys::SOURCE_TYPE, remedy })
}

fn limits(document: &Document) -> Result<Limits, ConfigError> {
    let default = Limits::default();
    Ok(Limits {
        max_pixels: document.number(keys::MAX_PIXELS)?.unwrap_or(default.max_pixels),
        max_side: document.number(keys::MAX_SIDE)?.unwrap_or(default.max_side),
        max_buffer_bytes: document.number(keys::MAX_BUFFER_BYTES)?.unwrap_or(default.max_buffer_bytes),
        max_metadata_bytes: document.number(keys::MAX_METADATA_BYTES)?.unwrap_or(default.max_metadata_bytes),
    })
}

fn http(document: &Document) -> Result<HttpConfig, ConfigError> {
    let default = HttpConfig::default();
    let insecure_tls = match document.switch(keys::INSECURE_TLS)? {
        None if source_type(document)? == SourceType::Djangoplicity => document.switch(keys::FORCE_INSECURE_TLS)?,
        own => own,
    };
    Ok(HttpConfig {
        insecure_tls: insecure_tls.unwrap_or(default.insecure_tls),
        max_image_bytes: document.number(keys::MAX_IMAGE_BYTES)?.unwrap_or(default.max_image_bytes),
        max_document_bytes: document.number(keys::MAX_DOCUMENT_BYTES)?.unwrap_or(default.max_document_bytes),
        requests_per_host: document.number(keys::REQUESTS_PER_HOST)?.unwrap_or(default.requests_per_host),
        allow_private_hosts: document.switch(keys::ALLOW_PRIVATE_HOSTS)?,
        timeout_seconds: document.number(keys::TIMEOUT_SECONDS)?.unwrap_or(default.timeout_seconds),
    })
}

fn required<'a>(document: &'a Document, key: &'static str, remedy: &'static str) -> Result<&'a str, ConfigError> {
    document.text(key)?.filter(|text| !text.is_empty()).ok_or(ConfigError::MissingKey { key, remedy })
}
