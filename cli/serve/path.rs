//! From the path of a URL to a file below the served folder, and nowhere else.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// The path of a request, decoded and safe to append to a folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServedPath {
    /// The decoded names, from the root down.
    pub(super) names: Vec<String>,
    /// Whether it ends in a slash, so that it means a folder.
    pub(super) folder: bool,
}

impl ServedPath {
    /// Reads the path of a URL.
    ///
    /// `None` if it is malformed, names a hidden file, or could lead out of the folder on any platform.
    pub(super) fn parse(url_path: &str) -> Option<Self> {
        let path = url_path.strip_prefix('/').filter(|path| !path.starts_with('/'))?;
        let folder = path.is_empty() || path.ends_with('/');
        let path = path.strip_suffix('/').unwrap_or(path);
        let names = match path {
            "" => Vec::new(),
            path => path.split('/').map(name).collect::<Option<Vec<_>>>()?,
        };
        Some(Self { names, folder })
    }

    /// The path relative to the served folder.
    pub(super) fn relative(&self) -> PathBuf {
        self.names.iter().collect()
    }
}

fn name(encoded: &str) -> Option<String> {
    let name = percent_decode_str(encoded).decode_utf8().ok()?;
    let safe = is_visible(&name) && !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'));
    safe.then(|| name.into_owned())
}

/// Whether a file of this name is shown: those that begin with a dot, such as `.` and `..`, are not.
pub(super) fn is_visible(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::ServedPath;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in [
            "",
            "x",
            "//",
            "//host",
            "/..",
            "/a/../b",
            "/%2e%2e/x",
            "/a%2fb",
            "/a%5cb",
            "/C:/x",
            "/a\\b",
            "/%00",
            "/.git/config",
            "/a//b",
            "/.skyfeed-lock",
            "/%ff",
        ] {
            assert_eq!(ServedPath::parse(path), None, "{path}");
        }
    }

    #[test]
    fn names_are_decoded_once() {
        let path = ServedPath::parse("/NGC%20253/a%2525.png").unwrap();
        assert_eq!(path.names, ["NGC 253", "a%25.png"]);
        assert!(!path.folder);
        assert!(ServedPath::parse("/").unwrap().folder);
        assert!(ServedPath::parse("/a/").unwrap().folder);
    }
}
