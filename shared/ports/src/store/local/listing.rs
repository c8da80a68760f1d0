//! Listings of a folder as keys.

use std::{
    fs::{self, DirEntry, FileType},
    io,
    path::{Path, PathBuf},
};

use super::{
    Fault,
    object::{describe, locate, unless_absent},
};
use crate::store::{
    Listing, StoreError,
    key::{MAX_KEY_BYTES, is_left_by_others, part_problem},
};

/// Lists the objects below a checked prefix.
///
/// What cannot be read is an error that names it: nobody knows what is missing in a listing without it.
pub(super) fn list(root: &Path, prefix: &str, delimited: bool) -> Result<Listing, Fault> {
    let folder = match prefix.strip_suffix('/') {
        Some(key) => locate(root, key)?.path,
        None => root.to_owned(),
    };
    let mut listing = Listing::default();
    let mut folders = vec![(folder, prefix.to_owned())];
    while let Some((folder, prefix)) = folders.pop() {
        each_entry(&folder, &prefix, |key, kind, entry| {
            if key.len() > MAX_KEY_BYTES {
                return Ok(());
            }
            if kind.is_file() {
                // It may have been deleted since it was seen.
                if let Some(metadata) = unless_absent(entry.metadata()).map_err(|error| unreadable(&key, error))? {
                    listing.objects.push(describe(&key, &metadata)?);
                }
                return Ok(());
            }
            let below = key + "/";
            if !delimited {
                folders.push((entry.path(), below));
            } else if holds_object(entry.path(), &below)? {
                listing.prefixes.push(below);
            }
            Ok(())
        })?;
    }
    // Not by folder: `a-b` stands before `a/b`.
    listing.objects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    listing.prefixes.sort_unstable();
    Ok(listing)
}

/// Whether any object is below a folder; an empty folder is no prefix.
fn holds_object(folder: PathBuf, prefix: &str) -> Result<bool, Fault> {
    let mut folders = vec![(folder, prefix.to_owned())];
    let mut found = false;
    while let Some((folder, prefix)) = folders.pop() {
        each_entry(&folder, &prefix, |key, kind, entry| {
            if kind.is_file() {
                found = true;
            } else {
                folders.push((entry.path(), key + "/"));
            }
            Ok(())
        })?;
        if found {
            break;
        }
    }
    Ok(found)
}

/// Visits the files and folders of a folder whose names a listing gives, by their keys; none if it is gone.
fn each_entry(
    folder: &Path,
    prefix: &str,
    mut visit: impl FnMut(String, FileType, &DirEntry) -> Result<(), Fault>,
) -> Result<(), Fault> {
    // The root has no key.
    let shown = if prefix.is_empty() { folder.to_string_lossy() } else { prefix.into() };
    let unreadable = |error| unreadable(&shown, error);
    let Some(entries) = unless_absent(fs::read_dir(folder)).map_err(unreadable)? else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let name = entry.file_name();
        match name.to_str() {
            Some(name)
                if part_problem(name).is_none() && !is_left_by_others(name) && (kind.is_file() || kind.is_dir()) =>
            {
                visit(format!("{prefix}{name}"), kind, &entry)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn unreadable(what: &str, error: io::Error) -> Fault {
    Fault::Elsewhere(StoreError::from_io("list", what, error))
}
