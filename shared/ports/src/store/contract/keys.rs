//! Which keys can be used.

use super::{Condition, HEADERS, Store, StoreError, delete, get, keys, put, temporary_file};

/// Keys that something between here and the disk could take for something else.
const ODD: [&str; 11] = [
    "k/a b.jpg",
    "k/a+b.jpg",
    "k/a%20b.jpg",
    "k/a%2fb",
    "k/it's",
    "k/\"quoted\" & <tagged>",
    "k/ü–漢字-🔭.png",
    "k/e\u{301}",
    "k/a..",
    "k/#1?x=y&z=*~;,@$!()[]{}|^`:",
    "k/ leading and trailing ",
];

const BAD: [&str; 14] =
    ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "a\0b", "a\nb", "a\\b"];

const DOTTED: [&str; 9] = [
    ".skyfeed",
    ".skyfeed/tmp/x",
    "a/.skyfeed-x",
    ".hidden",
    "a/.hidden/b",
    "a/.DS_Store",
    "a/._b.png",
    "a/..b",
    "a/...",
];

pub(super) async fn run(store: &dyn Store) -> Result<(), StoreError> {
    odd_keys_are_kept_as_they_are(store).await?;
    bad_keys_are_refused_by_every_operation(store).await?;
    what_other_programs_leave_is_not_listed(store).await
}

async fn odd_keys_are_kept_as_they_are(store: &dyn Store) -> Result<(), StoreError> {
    let long = format!("k/{}", "x".repeat(255));
    let mut all: Vec<&str> = ODD.into_iter().chain([long.as_str()]).collect();
    for key in &all {
        put(store, key, key, Condition::IfAbsent).await?;
    }
    all.sort_unstable();
    for key in &all {
        let object = get(store, key).await?;
        assert_eq!((object.meta.key.as_str(), &object.bytes[..]), (*key, key.as_bytes()));
    }
    assert_eq!(keys(&store.list("k/", false).await?), all);
    assert_eq!(keys(&store.list("k/", true).await?), all);
    delete(store, &all).await
}

async fn bad_keys_are_refused_by_every_operation(store: &dyn Store) -> Result<(), StoreError> {
    let (folder, file) = temporary_file(b"x");
    let new = folder.path().join("new");
    put(store, "good", "good", Condition::Always).await?;
    let good = get(store, "good").await?.meta;
    let (long_part, long_key) = ("x".repeat(256), "x/".repeat(512) + "x");
    for key in BAD.into_iter().chain(DOTTED).chain([long_part.as_str(), &long_key]) {
        let bad =
            |error: Option<StoreError>| assert!(matches!(error, Some(StoreError::Key { .. })), "{key:?}: {error:?}");
        bad(store.head(key).await.err());
        bad(store.get(key).await.err());
        bad(store.get_range(key, 0..1).await.err());
        bad(store.get_to_file(key, &new).await.err());
        bad(put(store, key, "x", Condition::Always).await.err());
        bad(store.put(key, super::Body::File(&file), HEADERS, Condition::IfAbsent).await.err());
        bad(store.copy_to(&good, store, key, HEADERS).await.err());
        bad(store.compose(key, &[], HEADERS, Condition::Always).await.err());
        bad(delete(store, &["good", key]).await.err());
    }
    for prefix in ["a", "/", "/a/", "a//", "../", "a/../", ".skyfeed/", "a/.hidden/"] {
        for delimited in [false, true] {
            let listed = store.list(prefix, delimited).await;
            assert!(matches!(listed, Err(StoreError::Key { .. })), "{prefix:?}: {listed:?}");
        }
    }
    assert_eq!(get(store, "good").await?.meta, good, "a delete with a bad key deleted something");
    assert!(!new.exists());
    delete(store, &["good"]).await
}

async fn what_other_programs_leave_is_not_listed(store: &dyn Store) -> Result<(), StoreError> {
    let all = ["l/Thumbs.db", "l/a.png", "l/below/b.png", "l/below/desktop.ini", "l/thumbs.db", "l/my desktop.ini"];
    for key in all {
        put(store, key, "x", Condition::Always).await?;
    }
    assert_eq!(keys(&store.list("l/", false).await?), ["l/a.png", "l/below/b.png", "l/my desktop.ini"]);
    let listed = store.list("l/", true).await?;
    assert_eq!(
        (keys(&listed), &listed.prefixes[..]),
        (vec!["l/a.png", "l/my desktop.ini"], &["l/below/".to_owned()][..])
    );
    assert_eq!(get(store, "l/Thumbs.db").await?.bytes, "x", "who knows its name can have it");
    delete(store, &all).await
}
