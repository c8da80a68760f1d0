//! Folders on local disk for images while they are worked on.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::{Builder, TempDir};

use crate::error::StepError;

const PREFIX: &str = "skyfeed-scratch-";
/// Longer than any work on one image lasts: older folders were left by a killed process.
const LEFTOVER_AGE: Duration = Duration::from_hours(48);

/// A folder of its own below `scratch`, removed when dropped.
pub(crate) fn folder(scratch: &Path) -> Result<TempDir, StepError> {
    fs::create_dir_all(scratch)
        .and_then(|()| Builder::new().prefix(PREFIX).tempdir_in(scratch))
        .map_err(|source| StepError::Local { action: "making a folder for temporary files", source })
}

/// Deletes what killed processes left below `scratch`; a failure to do so harms nobody.
pub fn remove_leftovers(scratch: &Path) {
    let Some(limit) = SystemTime::now().checked_sub(LEFTOVER_AGE) else { return };
    let old = |entry: &fs::DirEntry| -> io::Result<bool> {
        let ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
        Ok(ours && entry.file_type()?.is_dir() && entry.metadata()?.modified()? < limit)
    };
    for entry in fs::read_dir(scratch).into_iter().flatten().flatten() {
        if old(&entry).unwrap_or(false) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

// Elsewhere the time of a folder cannot be set through an open file.
#[cfg(all(test, unix))]
mod tests {
    use std::{
        fs,
        time::{Duration, SystemTime},
    };

    use super::{folder, remove_leftovers};

    #[test]
    fn what_a_killed_process_left_goes_after_days_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let [left, fresh] = [(); 2].map(|()| folder(scratch.path()).unwrap().keep());
        let other = scratch.path().join("skyfeed-backup");
        fs::create_dir(&other).unwrap();
        fs::write(left.join("image"), "pixels").unwrap();
        for folder in [&left, &other] {
            let days_ago = SystemTime::now() - Duration::from_hours(72);
            fs::File::open(folder).unwrap().set_modified(days_ago).unwrap();
        }
        remove_leftovers(scratch.path());
        assert_eq!((left.exists(), fresh.exists(), other.exists()), (false, true, true));
    }
}
