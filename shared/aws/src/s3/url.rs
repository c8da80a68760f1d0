//! `s3://bucket/prefix`.

use skyfeed_ports::{
    Remedy,
    store::{StoreError, key::check_prefix},
};

/// Why a text does not say where a store in S3 is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3UrlError {
    /// It is of another form. Code `url-form`.
    #[error("`{url}` is not the URL of a store in S3: write `s3://bucket` or `s3://bucket/prefix`")]
    Form {
        /// The text.
        url: String,
    },
    /// S3 gives no bucket this name. Code `url-bucket`.
    #[error("`{url}` names no bucket: a name has 3 to 63 of the characters a-z, 0-9, `-` and `.`")]
    Bucket {
        /// The text.
        url: String,
    },
    /// No key can begin with this prefix. Code `url-prefix`.
    #[error("`{url}` has a prefix that cannot be used")]
    Prefix {
        /// The text.
        url: String,
        /// Why.
        #[source]
        source: StoreError,
    },
}

impl S3UrlError {
    /// What cures it: a person.
    pub fn remedy(&self) -> Remedy {
        Remedy::Person
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "url-form",
            Self::Bucket { .. } => "url-bucket",
            Self::Prefix { .. } => "url-prefix",
        }
    }
}

/// The bucket, and the prefix with a `/` at its end unless it is empty. The prefix is taken as it is written, without decoding.
pub(super) fn parse(url: &str) -> Result<(String, String), S3UrlError> {
    let owned = || url.to_owned();
    let rest = url.strip_prefix("s3://").ok_or_else(|| S3UrlError::Form { url: owned() })?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if !is_bucket(bucket) {
        return Err(S3UrlError::Bucket { url: owned() });
    }
    let mut prefix = prefix.to_owned();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    check_prefix(&prefix).map_err(|source| S3UrlError::Prefix { url: owned(), source })?;
    Ok((bucket.to_owned(), prefix))
}

fn is_bucket(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let bordered = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(bordered)
        && name.ends_with(bordered)
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::{S3UrlError, parse};

    #[test]
    fn a_prefix_is_a_folder_whether_it_ends_in_a_slash_or_not() {
        for (url, bucket, prefix) in [
            ("s3://my.feeds", "my.feeds", ""),
            ("s3://my-feeds/", "my-feeds", ""),
            ("s3://123/eso", "123", "eso/"),
            ("s3://abc/eso/work 1/", "abc", "eso/work 1/"),
        ] {
            assert_eq!(parse(url).unwrap(), (bucket.to_owned(), prefix.to_owned()), "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_by_name() {
        for url in ["", "bucket", "S3://abc", "https://abc.s3.amazonaws.com/", "s3:/abc"] {
            assert!(matches!(parse(url), Err(S3UrlError::Form { .. })), "{url}");
        }
        for url in
            ["s3://", "s3:///prefix", "s3://ab", "s3://Upper", "s3://a_b_c", "s3://-abc", "s3://a..b", "s3://äbc"]
        {
            assert!(matches!(parse(url), Err(S3UrlError::Bucket { .. })), "{url}");
        }
        for url in ["s3://abc//", "s3://abc/a//b", "s3://abc/../b", "s3://abc/a/.", "s3://abc/.skyfeed"] {
            let error = parse(url).unwrap_err();
            assert!(matches!(error, S3UrlError::Prefix { .. }) && error.to_string().contains(url), "{url}: {error}");
        }
    }
}
