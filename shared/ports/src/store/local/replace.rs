//! Puts: compare and swap on a file.

use std::{
    fs::{self, File, Metadata},
    io::{self, ErrorKind},
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::NamedTempFile;

use super::{
    Fault,
    lock::lock,
    object::{self, Place},
    spool::{self, Content},
};
use crate::store::{Condition, ETag};

/// How often a put begins again because others change its folders meanwhile.
const MAX_TRIES: u32 = 100;
/// The coarsest step of time that the file systems in use tell apart is 100 ns (NTFS).
const TICK: Duration = Duration::from_micros(1);

pub(super) fn put(root: &Path, key: &str, content: &Content, condition: &Condition) -> Result<ETag, Fault> {
    replace(root, key, spool::spool(root, content)?, condition)
}

/// Gives a finished file the name of a checked key. The lock is taken only now that all bytes are written.
pub(super) fn replace(
    root: &Path,
    key: &str,
    mut temporary: NamedTempFile,
    condition: &Condition,
) -> Result<ETag, Fault> {
    let _lock = lock(root, key)?;
    for _ in 0..MAX_TRIES {
        let Place { path, present, obstructed } = object::locate(root, key)?;
        if obstructed {
            return Err(Fault::Key("one of its folders is an object already"));
        }
        let replaced = match present {
            // An empty folder is what a killed put or delete left.
            Some(metadata) if metadata.is_dir() => match fs::remove_dir(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(Fault::Key("it is a folder already")),
                _ => None,
            },
            Some(metadata) if !metadata.is_file() => return Err(Fault::Key("it is neither a file nor a folder")),
            other => other,
        };
        check(condition, replaced.as_ref())?;
        stamp(temporary.as_file(), replaced.as_ref())?;
        match temporary.persist(&path) {
            Ok(file) => return Ok(object::etag(&file.metadata()?)?),
            Err(failed) if is_race(&failed.error) => temporary = failed.file,
            Err(failed) => return Err(failed.error.into()),
        }
        match path.parent().map_or(Ok(()), fs::create_dir_all) {
            Err(error) if !is_race(&error) => return Err(error.into()),
            _ => {}
        }
    }
    Err(io::Error::new(ErrorKind::ResourceBusy, "its folders are changed again and again").into())
}

fn check(condition: &Condition, present: Option<&Metadata>) -> Result<(), Fault> {
    let holds = match (condition, present) {
        (Condition::Always, _) | (Condition::IfAbsent, None) => true,
        (Condition::IfMatch(etag), Some(metadata)) => object::etag(metadata)? == *etag,
        (Condition::IfAbsent, Some(_)) | (Condition::IfMatch(_), None) => false,
    };
    if holds { Ok(()) } else { Err(Fault::Changed) }
}

/// Sets the time of a new content later than that of the one it replaces.
///
/// The kernel's own stamps advance by milliseconds. Three contents of one size within such a step could get the same time, and the
/// third one the inode that the first one left.
fn stamp(file: &File, replaced: Option<&Metadata>) -> io::Result<()> {
    let now = SystemTime::now();
    let after = match replaced {
        Some(metadata) => metadata.modified()?.checked_add(TICK).unwrap_or(now),
        None => now,
    };
    file.set_modified(now.max(after))
}

/// Whether the key's folders are not as they were just seen, because others delete empty ones or make objects in their place.
fn is_race(error: &io::Error) -> bool {
    use ErrorKind::{AlreadyExists, IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), AlreadyExists | IsADirectory | NotADirectory | NotFound)
}
