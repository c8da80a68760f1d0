//! A second name for one content of an object.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::Path,
};

use tempfile::TempPath;

use super::{Fault, object, spool};
use crate::store::ETag;

/// Makes a file that keeps the content with this tag until it is dropped, even if the object is replaced meanwhile.
pub(super) fn pin(root: &Path, key: &str, etag: &ETag) -> Result<TempPath, Fault> {
    let place = object::locate(root, key)?;
    match &place.present {
        Some(metadata) if metadata.is_file() && object::etag(metadata)? == *etag => {}
        _ => return Err(Fault::Changed),
    }
    let pinned = match spool::create(root, |path| fs::hard_link(&place.path, path)) {
        Ok(link) => link.into_temp_path(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Fault::Changed),
        // The file system knows no hard links, or the file is somebody else's.
        Err(_) => return copy(root, &place.path, etag),
    };
    // The object may have been replaced between the look and the link.
    if object::etag(&fs::symlink_metadata(&pinned)?)? == *etag { Ok(pinned) } else { Err(Fault::Changed) }
}

fn copy(root: &Path, path: &Path, etag: &ETag) -> Result<TempPath, Fault> {
    let mut source = object::unless_absent(File::open(path))?.ok_or(Fault::Changed)?;
    if object::etag(&source.metadata()?)? != *etag {
        return Err(Fault::Changed);
    }
    let mut copied = spool::create(root, |path| File::create_new(path))?;
    io::copy(&mut source, copied.as_file_mut())?;
    Ok(copied.into_temp_path())
}
