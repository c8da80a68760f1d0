//! `dynamodb://table/feed`.

use skyfeed_ports::Remedy;

/// Why a text does not say where a ledger in DynamoDB is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DynamoUrlError {
    /// It is of another form. Code `url-form`.
    #[error("`{url}` is not the URL of a ledger in DynamoDB: write `dynamodb://table` or `dynamodb://table/feed`")]
    Form {
        /// The text.
        url: String,
    },
    /// DynamoDB gives no table this name. Code `url-table`.
    #[error("`{url}` names no table: a name has 3 to 255 of the characters a-z, A-Z, 0-9, `-`, `_` and `.`")]
    Table {
        /// The text.
        url: String,
    },
    /// The feed cannot have this name. Code `url-feed`.
    #[error(
        "`{url}` names no feed: a name has at most 255 bytes and no control characters, and no `/` at its begin or twice"
    )]
    Feed {
        /// The text.
        url: String,
    },
}

impl DynamoUrlError {
    /// What cures it: a person.
    pub fn remedy(&self) -> Remedy {
        Remedy::Person
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "url-form",
            Self::Table { .. } => "url-table",
            Self::Feed { .. } => "url-feed",
        }
    }
}

/// The table, and the feed with a `/` at its end.
pub(super) fn parse(url: &str) -> Result<(String, String), DynamoUrlError> {
    let owned = || url.to_owned();
    let rest = url.strip_prefix("dynamodb://").ok_or_else(|| DynamoUrlError::Form { url: owned() })?;
    let (table, feed) = rest.split_once('/').unwrap_or((rest, ""));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !(3..=255).contains(&table.len()) || !table.chars().all(allowed) {
        return Err(DynamoUrlError::Table { url: owned() });
    }
    if feed.len() > 255 || feed.contains(char::is_control) || feed.starts_with('/') || feed.contains("//") {
        return Err(DynamoUrlError::Feed { url: owned() });
    }
    let feed = feed.strip_suffix('/').unwrap_or(feed);
    Ok((table.to_owned(), format!("{feed}/")))
}

#[cfg(test)]
mod tests {
    use super::{DynamoUrlError, parse};

    #[test]
    fn a_table_may_serve_one_feed_or_several() {
        for (url, table, feed) in [
            ("dynamodb://skyfeed", "skyfeed", "/"),
            ("dynamodb://skyfeed/", "skyfeed", "/"),
            ("dynamodb://My_Table-1.x/eso/press", "My_Table-1.x", "eso/press/"),
            ("dynamodb://skyfeed/eso/", "skyfeed", "eso/"),
        ] {
            assert_eq!(parse(url).unwrap(), (table.to_owned(), feed.to_owned()), "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_by_name() {
        for url in ["", "skyfeed", "dynamodb:skyfeed", "sqlite:///a"] {
            assert!(matches!(parse(url), Err(DynamoUrlError::Form { .. })), "{url}");
        }
        for url in ["dynamodb://", "dynamodb://ab", "dynamodb:///eso", "dynamodb://a b c", "dynamodb://täble"] {
            assert!(matches!(parse(url), Err(DynamoUrlError::Table { .. })), "{url}");
        }
        for url in ["dynamodb://abc//", "dynamodb://abc/a//b", "dynamodb://abc//a", "dynamodb://abc/a\nb"] {
            assert!(matches!(parse(url), Err(DynamoUrlError::Feed { .. })), "{url:?}");
        }
    }
}
