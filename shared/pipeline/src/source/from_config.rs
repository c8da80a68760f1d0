//! The source that a configuration names.

use std::sync::Arc;

#[cfg(feature = "http")]
use super::{Astropix, Djangoplicity, web};
use super::{Directory, ImageSource, SourceError};
use crate::config::{HttpConfig, SourceConfig};

/// Makes the source that a configuration names.
///
/// ```
/// use skyfeed_pipeline::{
///     config::{HttpConfig, SourceConfig},
///     source,
/// };
///
/// let config = SourceConfig::Directory { path: "images".to_owned() };
/// let source = source::from_config(&config, &HttpConfig::default())?;
/// # Ok::<(), source::SourceError>(())
/// ```
///
/// # Errors
/// A URL is none, TLS cannot be set up, or the source is on the web and this build lacks the feature `http`.
#[cfg_attr(not(feature = "http"), expect(unused_variables, reason = "a directory is not asked over HTTP"))]
pub fn from_config(config: &SourceConfig, http: &HttpConfig) -> Result<Arc<dyn ImageSource>, SourceError> {
    match config {
        SourceConfig::Directory { path } => Ok(Arc::new(Directory::new(path))),
        #[cfg(feature = "http")]
        SourceConfig::Astropix { json_query_url } => {
            let (client, url) = web::client("astropix.json_query_url", json_query_url, http)?;
            Ok(Arc::new(Astropix::new(client, url)))
        }
        #[cfg(feature = "http")]
        SourceConfig::Djangoplicity { base_url, channel_name, search_page_name } => {
            let (client, url) = web::client("djangoplicity.base_url", base_url, http)?;
            Ok(Arc::new(Djangoplicity::new(client, &url, channel_name, search_page_name)))
        }
        #[cfg(not(feature = "http"))]
        SourceConfig::Astropix { .. } | SourceConfig::Djangoplicity { .. } => {
            let problem = "this build cannot ask the web; build it with the feature `http`".to_owned();
            Err(SourceError::Record { item: "source_type".to_owned(), problem, source: None })
        }
    }
}
