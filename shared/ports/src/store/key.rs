//! What a key may look like, on every backend.

use super::StoreError;

/// The longest key in bytes, as in S3.
pub(super) const MAX_KEY_BYTES: usize = 1024;
/// The longest part of a key in bytes, as on every file system that we know.
const MAX_PART_BYTES: usize = 255;
/// Files and folders that begin so belong to a store itself; they are no objects.
pub(super) const HIDDEN: &str = ".skyfeed";

/// Refuses a key that could leave the store or that some backend could not keep.
pub fn check_key(key: &str) -> Result<(), StoreError> {
    refuse(key, problem(key))
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
    } else if part.starts_with(HIDDEN) {
        Some("names that begin with `.skyfeed` belong to the store")
    } else {
        None
    }
}
