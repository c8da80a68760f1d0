//! Folders on local disk for images while they are worked on.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use tempfile::{Builder, TempDir};

use crate::error::StepError;

const PREFIX: &str = "skyfeed-scratch-";
/// A file in each folder that is locked for as long as its process lives, so that what a killed one left is known at once.
const LOCK: &str = ".lock";

/// A folder, removed when dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A folder of its own below `scratch`.
pub(crate) fn folder(scratch: &Path) -> Result<Scratch, StepError> {
    let make = || -> io::Result<Scratch> {
        fs::create_dir_all(scratch)?;
        let folder = Builder::new().prefix(PREFIX).tempdir_in(scratch)?;
        // It gets its name when it is locked: for a moment, it would look as if its process had been killed.
        let unnamed = folder.path().join(".lock-to-be");
        let lock = File::create_new(&unnamed)?;
        lock.lock()?;
        fs::rename(unnamed, folder.path().join(LOCK))?;
        Ok(Scratch { folder, _lock: lock })
    };
    make().map_err(|source| StepError::Local { action: "making a folder for temporary files", source })
}

/// Deletes what killed processes left below `scratch`; a failure to do so harms nobody.
pub fn remove_leftovers(scratch: &Path) {
    for entry in fs::read_dir(scratch).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) && is_left(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether nobody holds the lock. A folder without one may be in the making.
fn is_left(folder: &Path) -> bool {
    let lock = folder.join(LOCK);
    // Anybody may make folders there, and to open a named pipe is to wait for its writer.
    if !fs::symlink_metadata(&lock).is_ok_and(|lock| lock.is_file()) {
        return false;
    }
    let Ok(lock) = File::open(lock) else { return false };
    !matches!(lock.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{PREFIX, folder, remove_leftovers};

    #[test]
    fn what_a_killed_process_left_goes_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let at_work = folder(scratch.path()).unwrap();
        let killed = folder(scratch.path()).unwrap();
        let left = killed.path().to_owned();
        // A killed process removes nothing, but its locks go.
        let super::Scratch { folder: kept, _lock: lock } = killed;
        let _ = kept.keep();
        drop(lock);
        fs::write(left.join("image"), "pixels").unwrap();
        let [making, other] =
            [format!("{PREFIX}new"), "skyfeed-backup".to_owned()].map(|name| scratch.path().join(name));
        fs::create_dir(&making).unwrap();
        fs::create_dir(&other).unwrap();
        remove_leftovers(scratch.path());
        assert_eq!(
            [left, at_work.path().to_owned(), making, other].map(|path| path.exists()),
            [false, true, true, true]
        );
    }
}
