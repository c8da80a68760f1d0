//! Which files a folder holds.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result, ensure};

/// The files below `root`, as paths relative to it with `/` between the parts.
///
/// # Errors
/// A folder cannot be read.
pub fn files(root: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    collect(root, "", &mut found)?;
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), found)?;
        } else {
            found.insert(name);
        }
    }
    Ok(())
}

/// Compares two sets of names.
///
/// # Errors
/// Something is missing or too much; the error lists it.
pub fn same_files(expected: &BTreeSet<String>, actual: &BTreeSet<String>) -> Result<()> {
    let missing: Vec<_> = expected.difference(actual).collect();
    let surplus: Vec<_> = actual.difference(expected).collect();
    ensure!(missing.is_empty() && surplus.is_empty(), "missing: {missing:?}; too much: {surplus:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_at_every_depth() -> Result<()> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("a/b"))?;
        fs::write(root.path().join("a/b/deep"), "")?;
        fs::write(root.path().join("top"), "")?;
        assert_eq!(files(root.path())?, ["a/b/deep", "top"].map(String::from).into());
        Ok(())
    }

    #[test]
    fn missing_and_surplus_files_are_told_apart() {
        let set = |names: &[&str]| names.iter().copied().map(String::from).collect::<BTreeSet<_>>();
        assert!(same_files(&set(&["a", "b"]), &set(&["a", "b"])).is_ok());
        let error = same_files(&set(&["a", "b"]), &set(&["b", "c"])).unwrap_err();
        assert_eq!(error.to_string(), r#"missing: ["a"]; too much: ["c"]"#);
    }
}
