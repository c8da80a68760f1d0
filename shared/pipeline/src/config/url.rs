//! URLs in a configuration. They are checked and kept as they are written, because they go into published documents letter by letter.

use url::Url;

use super::{ConfigError, document::Document};

/// The URL of something on the web.
pub(super) fn absolute(document: &Document, key: &str, text: &str) -> Result<String, ConfigError> {
    match problem(text) {
        None => Ok(text.to_owned()),
        Some(problem) => {
            let remedy = "write a whole URL such as `https://www.example.org/`";
            Err(document.problem(key, format!("is `{}`, {problem}: {remedy}", text.escape_debug())))
        }
    }
}

/// Like [`absolute`], or without scheme (`//host/…`), which means that of the page that uses it.
pub(super) fn public(document: &Document, key: &str, text: &str) -> Result<String, ConfigError> {
    let with_scheme = if text.starts_with("//") { format!("http:{text}") } else { text.to_owned() };
    absolute(document, key, &with_scheme)?;
    if Url::parse(&with_scheme).is_ok_and(|url| !url.username().is_empty() || url.password().is_some()) {
        return Err(document.problem(key, "is a URL which holds a user name and would be published".to_owned()));
    }
    Ok(text.to_owned())
}

/// Adds the final slash of a URL that others begin with.
///
/// # Errors
/// It has a part that cannot stand in the middle of a URL.
pub(super) fn folder(document: &Document, key: &str, mut url: String) -> Result<String, ConfigError> {
    if url.contains(['?', '#']) {
        return Err(
            document.problem(key, format!("is `{url}`: other URLs begin with it, so it cannot hold `?` or `#`"))
        );
    }
    if !url.ends_with('/') {
        url.push('/');
    }
    Ok(url)
}

fn problem(text: &str) -> Option<String> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Some("which holds a space or another character that no URL has".to_owned());
    }
    match Url::parse(text) {
        Err(error) => Some(format!("which is no URL ({error})")),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            Some("which begins with neither `http://` nor `https://`".to_owned())
        }
        Ok(_) => None,
    }
}
