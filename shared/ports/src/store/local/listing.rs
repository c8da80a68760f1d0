//! Listings of a folder as keys.

use std::{
    fs::{self, DirEntry, FileType},
    io,
    path::Path,
};

use super::{
    Fault,
    object::{describe, locate, unless_absent},
};
use crate::store::{
    Listing,
    key::{MAX_KEY_BYTES, is_left_by_others, part_problem},
};

/// Lists the objects below a checked prefix.
pub(super) fn list(root: &Path, prefix: &str, delimited: bool) -> Result<Listing, Fault> {
    let folder = match prefix.strip_suffix('/') {
        Some(key) => locate(root, key)?.path,
        None => root.to_owned(),
    };
    let mut listing = Listing::default();
    let mut folders = vec![(folder, prefix.to_owned())];
    while let Some((folder, prefix)) = folders.pop() {
        each_entry(&folder, |name, kind, entry| {
            let key = format!("{prefix}{name}");
            if key.len() > MAX_KEY_BYTES {
                return Ok(());
            }
            if kind.is_file() {
                // It may have been deleted since it was seen.
                if let Some(metadata) = unless_absent(entry.metadata())? {
                    listing.objects.push(describe(&key, &metadata)?);
                }
            } else if !delimited {
                folders.push((entry.path(), key + "/"));
            } else if holds_object(&entry.path())? {
                listing.prefixes.push(key + "/");
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
fn holds_object(folder: &Path) -> io::Result<bool> {
    let mut folders = vec![folder.to_owned()];
    let mut found = false;
    while let Some(folder) = folders.pop() {
        each_entry(&folder, |_, kind, entry| {
            if kind.is_file() {
                found = true;
            } else {
                folders.push(entry.path());
            }
            Ok(())
        })?;
        if found {
            break;
        }
    }
    Ok(found)
}

/// Visits the files and folders of a folder whose names a listing gives; none if it is gone.
fn each_entry(folder: &Path, mut visit: impl FnMut(&str, FileType, &DirEntry) -> io::Result<()>) -> io::Result<()> {
    let Some(entries) = unless_absent(fs::read_dir(folder))? else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        match name.to_str() {
            Some(name)
                if part_problem(name).is_none() && !is_left_by_others(name) && (kind.is_file() || kind.is_dir()) =>
            {
                visit(name, kind, &entry)?;
            }
            _ => {}
        }
    }
    Ok(())
}
