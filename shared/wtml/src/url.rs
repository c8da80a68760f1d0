//! URLs as WTML uses them: texts with `{1}` templates, spaces and any letters, which no step may encode or decode.

/// The absolute form of a URL that is found in a document at `base`.
///
/// An empty URL, one with a host (`scheme://host` or `//host`) and one of another scheme (`mailto:`) stay as they are. Any other is
/// resolved by RFC 3986, section 5, with the details of Python's `urljoin`: empty segments of a relative path disappear, and so do tabs,
/// line ends and spaces in front. A `base` with host but no scheme (`//host/path/`) gives URLs without scheme. A `base` that is a folder needs its final `/`.
///
/// A `base` may itself be relative: the result then is relative to what `base` is relative to.
///
/// ```
/// use skyfeed_wtml::url::absolutize;
///
/// assert_eq!(absolutize("http://host/id/", "L{1}X{2}Y{3}.png"), "http://host/id/L{1}X{2}Y{3}.png");
/// assert_eq!(absolutize("http://host/id/", "../logo.png"), "http://host/logo.png");
/// assert_eq!(absolutize("http://host/id/", "//other/logo.png"), "//other/logo.png");
/// assert_eq!(absolutize("../a/", "../../b/logo.png"), "../../b/logo.png");
/// ```
pub fn absolutize(base: &str, url: &str) -> String {
    let cleaned = url.trim_start_matches(|c: char| c <= ' ').replace(['\t', '\r', '\n'], "");
    if base.is_empty() || url.is_empty() || has_host(&cleaned) {
        return url.to_owned();
    }
    let (from, to) = (Parts::of(base), Parts::of(&cleaned));
    if !to.scheme.is_empty() && !to.scheme.eq_ignore_ascii_case(from.scheme) {
        return url.to_owned();
    }
    let (path, query) = if to.path.is_empty() {
        (from.path.to_owned(), if to.query.is_empty() { from.query } else { to.query })
    } else {
        (join_paths(from.path, to.path, from.host.is_some()), to.query)
    };
    Parts { path: &path, query, fragment: to.fragment, ..from }.to_text()
}

/// The relative form of a URL that lies below `base`: what [`absolutize`] makes the same URL of again. Any other URL stays as it is.
///
/// ```
/// use skyfeed_wtml::url::relativize;
///
/// assert_eq!(relativize("http://host/id/", "http://host/id/thumb.jpg"), "thumb.jpg");
/// assert_eq!(relativize("http://host/id/", "http://host/logo.png"), "http://host/logo.png");
/// ```
pub fn relativize(base: &str, url: &str) -> String {
    match url.strip_prefix(base) {
        Some(below) if absolutize(base, below) == url => below.to_owned(),
        _ => url.to_owned(),
    }
}

/// Whether a URL names a host, and so means the same thing in every document (but for the scheme, if it has none).
pub(crate) fn has_host(url: &str) -> bool {
    Parts::of(url).host.is_some_and(|host| !host.is_empty())
}

/// The relative URL of the folder of the document `to` in the document `from`: empty, or ending in `/`. Both are paths from one root.
pub(crate) fn way_between(from: &str, to: &str) -> String {
    let [from, to] = [from, to].map(|path| join_paths("/", path, true));
    let (from, to) = (folders(&from), folders(&to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - shared);
    [up, to[shared..].concat()].concat()
}

/// The segments of a path but for the file name, each with its `/`.
fn folders(path: &str) -> Vec<&str> {
    path.split_inclusive('/').filter(|segment| segment.ends_with('/')).collect()
}

/// A URL cut at its delimiters (RFC 3986, appendix B). An empty query or fragment is the same as none, as in Python.
#[derive(Clone, Copy)]
struct Parts<'a> {
    scheme: &'a str,
    host: Option<&'a str>,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let (scheme, rest) = url.split_once(':').filter(|(name, _)| is_scheme(name)).unwrap_or(("", url));
        let (host, rest) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (host, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
                (Some(host), rest)
            }
            None => (None, rest),
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self { scheme, host, path, query, fragment }
    }

    fn to_text(self) -> String {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.extend([self.scheme, ":"]);
        }
        if let Some(host) = self.host {
            text.extend(["//", host]);
        }
        text.push_str(self.path);
        for (mark, part) in [("?", self.query), ("#", self.fragment)] {
            if !part.is_empty() {
                text.extend([mark, part]);
            }
        }
        text
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// The path seen from the document at `base`, without `.` and `..` segments, except those that lead out of a relative `base`.
fn join_paths(base: &str, path: &str, has_host: bool) -> String {
    let starts_at_root = path.starts_with('/');
    let folder = if starts_at_root { "" } else { base.rfind('/').map_or("", |end| &base[..=end]) };
    let joined = [folder, path].concat();
    let root = if has_host || joined.starts_with('/') { "/" } else { "" };

    let mut resolved: Vec<&str> = Vec::new();
    for segment in joined.strip_prefix('/').unwrap_or(&joined).split_inclusive('/') {
        match segment {
            "." | "./" => {}
            "/" if !starts_at_root => {}
            ".." | "../" if resolved.last().is_some_and(|last| *last != "../") => drop(resolved.pop()),
            ".." | "../" if root.is_empty() => resolved.push("../"),
            ".." | "../" => {}
            name => resolved.push(name),
        }
    }
    match [root, &resolved.concat()].concat() {
        empty if empty.is_empty() => "./".to_owned(),
        path => path,
    }
}
