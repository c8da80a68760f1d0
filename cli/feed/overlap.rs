//! Folders of one feed that must not lie in one another.

use std::path::{Component, Path, PathBuf, absolute};

use super::Place;
use crate::error::UsageError;

/// Refuses stores of which one holds the other, and a folder of images that shares files with one of them.
///
/// # Errors
/// Two of them overlap, also by symbolic links.
pub(crate) fn refuse(work: &Place, site: &Place, source: Option<&Path>) -> Result<(), UsageError> {
    let (real_work, real_site) = (real_place(work), real_place(site));
    if real_work.starts_with(&real_site) || real_site.starts_with(&real_work) {
        return Err(UsageError(format!(
            "the private store `{work}` and the public store `{site}` overlap: what nobody has approved could be public; give each a place of its \
             own with --work and --site"
        )));
    }
    let Some(source) = source else { return Ok(()) };
    let real_source = real(source);
    for (kind, store, real_store) in [("private", work, real_work), ("public", site, real_site)] {
        if real_source.starts_with(&real_store) || offers(&real_source, &real_store) {
            return Err(UsageError(format!(
                "the folder of images `{}` and the {kind} store `{store}` overlap: the feed could take its own files for images; write another \
                 folder as directory.path",
                source.display()
            )));
        }
    }
    Ok(())
}

/// Refuses a ledger that anybody could read.
///
/// # Errors
/// It lies in the public store.
pub(crate) fn refuse_public_ledger(ledger: &Place, site: &Place) -> Result<(), UsageError> {
    if !real_place(ledger).starts_with(real_place(site)) {
        return Ok(());
    }
    Err(UsageError(format!(
        "the ledger `{ledger}` lies in the public store `{site}`, where anybody could read it; give it another place with --ledger"
    )))
}

/// Whether a folder of images offers what lies in a store; hidden folders are passed over.
fn offers(source: &Path, store: &Path) -> bool {
    let hidden = |part: Component| part.as_os_str().as_encoded_bytes().starts_with(b".");
    store.strip_prefix(source).is_ok_and(|below| !below.components().any(hidden))
}

/// A place by the one name that it has; a URL looks like a path as well, which is of no folder here.
fn real_place(place: &Place) -> PathBuf {
    match place {
        Place::Path(path) => real(path),
        Place::Url(url) => url.into(),
    }
}

/// The path without links; from where nothing exists yet, as it is written.
fn real(path: &Path) -> PathBuf {
    let mut real = PathBuf::new();
    for part in absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        if part == Component::ParentDir {
            real.pop();
        } else {
            real.push(part);
        }
        real = real.canonicalize().unwrap_or(real);
    }
    real
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::{Place, refuse, refuse_public_ledger};

    fn told(root: &TempDir, work: &str, site: &str, source: Option<&str>) -> Option<String> {
        let at = |name: &str| match name.contains("://") {
            true => Place::Url(name.to_owned()),
            false => Place::Path(root.path().join(name)),
        };
        let source = source.map(|name| root.path().join(name));
        refuse(&at(work), &at(site), source.as_deref()).err().map(|error| error.to_string())
    }

    #[test]
    fn a_store_in_the_other_one_is_refused() {
        let root = TempDir::new().unwrap();
        for (work, site) in [
            ("x", "x"),
            ("x", "x/site"),
            ("x/work", "x"),
            ("x/work", "x/none/../work"),
            ("s3://bucket/eso", "s3://bucket/eso/site/"),
            ("s3://bucket/eso/", "s3://bucket"),
        ] {
            let told = told(&root, work, site, None).unwrap();
            assert!(told.contains(&format!("{work}` and the public store `")), "{told}");
            assert!(told.contains(&format!("{site}` overlap")), "{told}");
        }
        for (work, site) in
            [("work", "site"), ("x", "x-site"), ("s3://bucket/eso", "s3://bucket/eso-site"), ("s3://eso", "eso")]
        {
            assert_eq!(told(&root, work, site, None), None);
        }
    }

    #[test]
    fn images_that_the_feed_itself_writes_are_refused() {
        let root = TempDir::new().unwrap();
        for (source, kind) in [
            (".", "private"),
            ("feed", "private"),
            ("feed/images/..", "private"),
            ("feed/work", "private"),
            ("feed/work/inbox", "private"),
            ("feed/site", "public"),
            ("feed/site/images/", "public"),
        ] {
            let told = told(&root, "feed/work", "feed/site", Some(source)).unwrap();
            assert!(told.contains(&format!("{source}` and the {kind} store `")), "{told}");
        }
        assert_eq!(told(&root, "work", "site", Some("images")), None);
        assert_eq!(told(&root, "work", "site", Some("site-images")), None);
        assert_eq!(
            told(&root, "images/.work", "images/.feed/site", Some("images")),
            None,
            "hidden folders offer nothing"
        );
        assert_eq!(told(&root, "s3://work", "s3://site", Some(".")), None);
    }

    #[test]
    fn a_ledger_is_not_public() {
        let at = |path: &str| Place::Path(path.into());
        assert!(refuse_public_ledger(&at("/feed/site/ledger.sqlite"), &at("/feed/site")).is_err());
        assert!(refuse_public_ledger(&at("/feed/ledger.sqlite"), &at("/feed/site")).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn links_hide_nothing() {
        use std::os::unix::fs::symlink;
        let root = TempDir::new().unwrap();
        fs::create_dir_all(root.path().join("deep/work")).unwrap();
        symlink(root.path().join("deep/work"), root.path().join("link")).unwrap();
        symlink(root.path(), root.path().join("deep/root")).unwrap();
        for (work, site) in
            [("deep/work", "link"), ("link", "deep/work/new"), ("link/new", "deep/root/link"), ("link/../work", "link")]
        {
            assert!(told(&root, work, site, None).is_some(), "{work} {site}");
        }
        assert!(told(&root, "deep/work", "site", Some("link/inbox")).is_some());
        assert_eq!(told(&root, "deep/work", "link/../site", None), None);
    }
}
