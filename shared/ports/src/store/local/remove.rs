//! Deletes, and the folders that they leave empty.

use std::{fs, path::Path};

use super::{
    Fault,
    lock::lock,
    object::{locate, unless_absent},
};

/// Deletes the object of a checked key, if it is there.
pub(super) fn delete(root: &Path, key: &str) -> Result<(), Fault> {
    let place = locate(root, key)?;
    if !place.present.is_some_and(|metadata| metadata.is_file()) {
        return Ok(());
    }
    let _lock = lock(root, key)?;
    unless_absent(fs::remove_file(&place.path))?;
    for folder in place.path.ancestors().skip(1).take_while(|folder| *folder != root) {
        // Refused for a folder that is not empty; a put beside this makes the folder again.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
