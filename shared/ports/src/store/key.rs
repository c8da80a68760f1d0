//! What a key may look like, on every backend.
//!
//! Names with a leading dot are no objects, in any part of a key: those of a store itself (`.skyfeed`), of the file system (`.`, `..`), and what programs leave in folders and
//! buckets without being asked (`.DS_Store`, `._x`). They are refused as keys and passed over in listings; so, in listings, are `Thumbs.db` and `desktop.ini`.

use super::StoreError;

/// The longest key in bytes, as in S3.
pub(super) const MAX_KEY_BYTES: usize = 1024;
/// The longest part of a key in bytes, as on every file system that we know.
const MAX_PART_BYTES: usize = 255;
/// The folder that belongs to a store itself.
pub(super) const HIDDEN: &str = ".skyfeed";
/// What Windows leaves in folders, whatever the case of its letters.
const LEFT_BY_OTHERS: [&str; 2] = ["Thumbs.db", "desktop.ini"];

/// Refuses a key that could leave the store or that some backend could not keep.
pub fn check_key(key: &str) -> Result<(), StoreError> {
    refuse(key, problem(key))
}

/// Whether a listing names this key: it can be used, and is not what another program left there unasked.
///
/// ```
/// use skyfeed_ports::store::key::is_listed;
///
/// assert!(is_listed("inbox/m31/image.tif"));
/// assert!(!is_listed("inbox/m31/.DS_Store") && !is_listed("inbox/m31/Thumbs.db"));
/// ```
pub fn is_listed(key: &str) -> bool {
    problem(key).is_none() && !key.split('/').any(is_left_by_others)
}

/// Whether a name is one that Windows gives to files of its own.
pub(super) fn is_left_by_others(name: &str) -> bool {
    LEFT_BY_OTHERS.iter().any(|left| name.eq_ignore_ascii_case(left))
}

/// Refuses a prefix that is neither empty nor a key with `/` at its end.
pub fn check_prefix(prefix: &str) -> Result<(), StoreError> {
    let problem = match prefix.strip_suffix('/') {
        Some(folder) => problem(folder),
        None if prefix.is_empty() => None,
        None => Some("a prefix ends in `/`"),
    };
    refuse(prefix, problem)
}

fn refuse(key: &str, problem: Option<&'static str>) -> Result<(), StoreError> {
    match problem {
        Some(problem) => Err(StoreError::Key { key: key.escape_debug().to_string(), problem }),
        None => Ok(()),
    }
}

fn problem(key: &str) -> Option<&'static str> {
    if key.len() > MAX_KEY_BYTES { Some("it is longer than 1024 bytes") } else { key.split('/').find_map(part_problem) }
}

/// Why `part` cannot stand between two `/` of a key.
pub(super) fn part_problem(part: &str) -> Option<&'static str> {
    if part.is_empty() {
        Some("it has an empty part")
    } else if part == "." || part == ".." {
        Some("it has a part `.` or `..`")
    } else if part.contains(|c: char| c.is_control() || c == '\\') {
        Some("it holds a control character or `\\`")
    } else if part.len() > MAX_PART_BYTES {
        Some("it has a part longer than 255 bytes")
    } else if part.starts_with('.') {
        Some("names with a leading dot are no objects")
    } else {
        None
    }
}
