//! From a key to its file.

use std::{
    fs::{self, File, Metadata},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use jiff::Timestamp;

use super::Fault;
use crate::store::{ETag, ObjectMeta};

/// Where a key's file is or would be, and what is there now.
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) present: Option<Metadata>,
    /// Whether a file stands where one of the key's folders would be.
    pub(super) obstructed: bool,
}

/// Finds the place of a checked key without following symbolic links.
pub(super) fn locate(root: &Path, key: &str) -> Result<Place, Fault> {
    let mut path = root.to_owned();
    let mut parts = key.split('/').peekable();
    let mut present = None;
    let mut obstructed = false;
    while let Some(part) = parts.next() {
        path.push(part);
        present = unless_absent(fs::symlink_metadata(&path))?;
        match &present {
            Some(here) if here.is_symlink() => return Err(Fault::Key("a part of it is a symbolic link")),
            Some(here) if here.is_dir() || parts.peek().is_none() => {}
            other => {
                obstructed = other.is_some();
                present = None;
                break;
            }
        }
    }
    path.extend(parts);
    Ok(Place { path, present, obstructed })
}

/// Turns the errors that say that there is no such file into `None`.
pub(super) fn unless_absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn head(root: &Path, key: &str) -> Result<Option<ObjectMeta>, Fault> {
    match locate(root, key)?.present {
        Some(metadata) if metadata.is_file() => Ok(Some(describe(key, &metadata)?)),
        _ => Ok(None),
    }
}

/// Opens an object; the description is that of the opened content, whatever is renamed over its name later.
pub(super) fn open(root: &Path, key: &str) -> Result<Option<(File, ObjectMeta)>, Fault> {
    let place = locate(root, key)?;
    // Opening a named pipe would wait for its writer.
    if !place.present.is_some_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let Some(file) = unless_absent(File::open(&place.path))? else { return Ok(None) };
    let meta = describe(key, &file.metadata()?)?;
    Ok(Some((file, meta)))
}

pub(super) fn describe(key: &str, metadata: &Metadata) -> io::Result<ObjectMeta> {
    let modified = metadata.modified()?;
    Ok(ObjectMeta {
        key: key.to_owned(),
        size_bytes: metadata.len(),
        etag: etag(metadata)?,
        // A file may bear a time that no calendar has; that must not hide it.
        modified: Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH),
    })
}

pub(super) fn etag(metadata: &Metadata) -> io::Result<ETag> {
    let modified = metadata.modified()?;
    let nanoseconds = match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => format!("{:x}", after.as_nanos()),
        Err(before) => format!("b{:x}", before.duration().as_nanos()),
    };
    Ok(ETag(format!("{:x}-{nanoseconds}-{:x}", inode(metadata), metadata.len())))
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}
