//! Temporary files in the store's hidden folder, on the same file system as its objects.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tempfile::{Builder, NamedTempFile};

use crate::store::{Body, key::HIDDEN};

/// Temporary files older than this were left by a killed process.
const LEFTOVER_AGE: Duration = Duration::from_hours(48);

/// The content of a put, owned.
pub(super) enum Content {
    Bytes(Bytes),
    File(PathBuf),
}

impl From<Body<'_>> for Content {
    fn from(body: Body<'_>) -> Self {
        match body {
            Body::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Body::File(path) => Self::File(path.to_owned()),
        }
    }
}

/// Writes content to a new temporary file.
pub(super) fn spool(root: &Path, content: &Content) -> io::Result<NamedTempFile> {
    match content {
        Content::Bytes(bytes) => {
            let mut temporary = create(root, |path| File::create_new(path))?;
            temporary.as_file_mut().write_all(bytes)?;
            Ok(temporary)
        }
        Content::File(path) => {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            let mut source = File::open(path).map_err(named)?;
            let mut temporary = create(root, |path| File::create_new(path))?;
            // Most often it is the store that is full, not the source that cannot be read: nothing is named.
            io::copy(&mut source, temporary.as_file_mut())?;
            Ok(temporary)
        }
    }
}

/// Makes a temporary file in the hidden folder by `make`, which must refuse a path that exists. It is deleted when dropped.
///
/// Its permissions are those of any new file of this process, because a site's objects are for a web server to read.
pub(super) fn create<F>(root: &Path, mut make: impl FnMut(&Path) -> io::Result<F>) -> io::Result<NamedTempFile<F>> {
    let folder = temporary_folder(root);
    match Builder::new().make_in(&folder, &mut make) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(&folder)?;
            Builder::new().make_in(&folder, make)
        }
        made => made,
    }
}

/// Deletes what killed processes left; a failure to do so harms nobody.
pub(super) fn remove_leftovers(root: &Path) {
    let Ok(entries) = fs::read_dir(temporary_folder(root)) else { return };
    let Some(limit) = SystemTime::now().checked_sub(LEFTOVER_AGE) else { return };
    for entry in entries.flatten() {
        let old = entry.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|modified| modified < limit);
        if old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn temporary_folder(root: &Path) -> PathBuf {
    [root.as_os_str(), OsStr::new(HIDDEN), OsStr::new("tmp")].iter().collect()
}
