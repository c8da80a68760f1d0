//! Names of images and revisions, safe as a part of any key, path or URL.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest image id, in bytes: a folder name has room for 255 on every file system that we know.
const MAX_BYTES: usize = 200;

/// Why a text is not an image id.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be an image id: {problem}", shown(.text))]
pub struct IdError {
    text: String,
    problem: &'static str,
}

/// The name of an image, unique in its feed: one path-safe part of a key.
///
/// Non-empty, at most 200 bytes, no `/`, `\`, control characters, invisible ones or characters that are reserved in URLs (`?`, `#`, `%`), no leading dot and
/// no leading or trailing space; and not the name of one of the feed's own files.
///
/// ```
/// use skyfeed_pipeline::id::ImageId;
///
/// assert_eq!(ImageId::new("eso_eso1907a")?.as_str(), "eso_eso1907a");
/// assert!(ImageId::new("../secrets").is_err());
/// # Ok::<(), skyfeed_pipeline::id::IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageId(String);

impl ImageId {
    /// Checks a text and makes an id of it.
    ///
    /// # Errors
    /// The text breaks one of the rules above; the error says which.
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        match problem(&text) {
            Some(problem) => Err(IdError { text, problem }),
            None => Ok(Self(text)),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// So much of a text as fits on a line, with what cannot be seen escaped.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}

fn problem(text: &str) -> Option<&'static str> {
    let invisible =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let reserved =
        |c: char| c.is_control() || matches!(c, '/' | '\\' | '?' | '#' | '%' | '*' | '<' | '>' | '|' | '"' | ':');
    if text.is_empty() {
        Some("it is empty")
    } else if text.len() > MAX_BYTES {
        Some("it is longer than 200 bytes")
    } else if text.contains(reserved) {
        Some("it holds a character that is not safe in paths and URLs")
    } else if text.contains(invisible) {
        Some("it holds an invisible character or one that turns the direction of writing")
    } else if text.starts_with('.') {
        Some("it begins with a dot")
    } else if text.trim() != text {
        Some("it begins or ends with a space")
    } else if !skyfeed_ports::store::key::is_listed(text) {
        Some("programs leave files of this name in folders unasked")
    } else if ["index.wtml", "index_rel.wtml"].contains(&text) {
        Some("the feed's index has this name")
    } else {
        None
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for ImageId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl std::str::FromStr for ImageId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl From<ImageId> for String {
    fn from(id: ImageId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::ImageId;

    #[test]
    fn an_id_cannot_leave_its_folder_or_break_a_url() {
        for text in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "a\0b",
            "a?b",
            "a#b",
            "a%2fb",
            " a",
            "a ",
            ".git",
            "index.wtml",
            "Thumbs.db",
            "desktop.INI",
        ] {
            assert!(ImageId::new(text).is_err(), "{text:?} was accepted");
        }
        let error = ImageId::new("x".repeat(1_000_000)).unwrap_err().to_string();
        assert!(error.contains("200 bytes") && error.len() < 500, "{error}");
    }

    #[test]
    fn an_id_shows_every_character_that_it_has() {
        for text in ["a\u{202e}b", "a\u{200b}", "\u{feff}a", "a\u{2066}b", "a\u{2028}b"] {
            assert!(ImageId::new(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn ids_of_the_feeds_are_accepted() {
        for text in
            ["eso1907a", "heic0910e", "esahubble_potw1019a", "chandra_1013", "syn-2405a", "NGC 253 (ALMA)", "ngc–1"]
        {
            assert!(ImageId::new(text).is_ok(), "{text:?} was refused");
        }
    }
}
