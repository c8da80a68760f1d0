//! Where a store or a ledger is: a path, or a URL of a cloud.

use std::{fmt, path::PathBuf};

use skyfeed_ports::opener::{Kind, local_path};

use crate::{error::UsageError, openers};

/// A part of a feed that has a place of its own.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) option: &'static str,
    pub(crate) variable: &'static str,
    /// Its name in the folder of a feed.
    pub(super) name: &'static str,
    /// The scheme of URLs that name a path.
    local: &'static str,
    kind: Kind,
}

/// The private store.
pub(crate) const WORK: Part =
    Part { option: "--work", variable: "SKYFEED_WORK", name: "work", local: "file", kind: Kind::Store };
/// The public store.
pub(crate) const SITE: Part =
    Part { option: "--site", variable: "SKYFEED_SITE", name: "site", local: "file", kind: Kind::Store };
/// Claims and history.
pub(crate) const LEDGER: Part =
    Part { option: "--ledger", variable: "SKYFEED_LEDGER", name: "ledger.sqlite", local: "sqlite", kind: Kind::Ledger };

/// Where a store or a ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this machine.
    Path(PathBuf),
    /// In a cloud, checked for its scheme alone.
    Url(String),
}

impl Place {
    /// Reads a path or a URL that `said_by`, an option or a variable, gives for a part.
    ///
    /// # Errors
    /// The URL is of another kind, or names no absolute path.
    pub(super) fn parse(part: &Part, said_by: &str, given: &str) -> Result<Self, UsageError> {
        let Some((scheme, _)) = given.split_once("://") else { return Ok(Self::Path(given.into())) };
        let Part { local, kind, .. } = *part;
        if scheme == local {
            let problem = format!("{said_by} {given}: not an absolute path; write {local}:///PATH");
            return local_path(given, local).map(Self::Path).map_err(|_| UsageError(problem));
        }
        let clouds: Vec<&str> =
            openers::schemes(kind).map(|scheme| scheme.name).filter(|scheme| *scheme != local).collect();
        if clouds.contains(&scheme) {
            return Ok(Self::Url(given.to_owned()));
        }
        let clouds: Vec<String> = clouds.iter().map(|scheme| format!("{scheme}://")).collect();
        let clouds = clouds.join(" or ");
        Err(UsageError(format!("{said_by} {given}: write a path, {local}:///PATH or a URL of {clouds}")))
    }

    /// Whether it is in a cloud.
    pub(crate) fn is_url(&self) -> bool {
        matches!(self, Self::Url(_))
    }

    /// The place of an object in this store, as people read it.
    pub(crate) fn join(&self, key: &str) -> Self {
        match self {
            Self::Path(path) => Self::Path(path.join(key)),
            Self::Url(url) => Self::Url(format!("{}/{key}", url.trim_end_matches('/'))),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(out),
            Self::Url(url) => out.write_str(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LEDGER, Place, WORK};

    fn work(given: &str) -> Result<Place, String> {
        Place::parse(&WORK, "--work", given).map_err(|error| error.to_string())
    }

    #[test]
    fn urls_of_files_are_absolute_paths_and_those_of_a_cloud_stay() {
        assert_eq!(work("here/it is"), Ok(Place::Path("here/it is".into())));
        assert_eq!(work("file:///srv/my%20work"), Ok(Place::Path("/srv/my work".into())));
        let ledger = Place::parse(&LEDGER, "--ledger", "sqlite:///srv/l.sqlite").unwrap();
        assert_eq!(ledger, Place::Path("/srv/l.sqlite".into()));
        let store = work("s3://bucket/eso/").unwrap();
        assert_eq!(store.join("a/b.json").to_string(), "s3://bucket/eso/a/b.json");
    }

    #[test]
    fn a_url_of_another_kind_is_named() {
        for url in ["https://bucket/prefix", "file://host/path", "sqlite:///x", "file://", "dynamodb://table"] {
            let error = work(url).unwrap_err();
            assert!(error.contains(&format!("--work {url}: ")), "{error}");
        }
    }
}
