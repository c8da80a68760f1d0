//! Head, get, get_range, get_to_file.

use super::{Condition, Store, StoreError, delete, get, head, put, temporary_file};

pub(super) async fn run(store: &dyn Store) -> Result<(), StoreError> {
    what_is_not_there_is_none(store).await?;
    all_reads_agree(store).await?;
    ranges_are_clipped(store).await?;
    a_file_that_exists_is_not_overwritten(store).await
}

async fn what_is_not_there_is_none(store: &dyn Store) -> Result<(), StoreError> {
    let (folder, _) = temporary_file(b"");
    let file = folder.path().join("new");
    put(store, "folder/object", "x", Condition::Always).await?;
    for key in ["nothing", "no/such/folder", "folder", "folder/object/below"] {
        assert_eq!(store.head(key).await?, None, "{key}");
        assert!(store.get(key).await?.is_none(), "{key}");
        assert_eq!(store.get_range(key, 0..1).await?, None, "{key}");
        assert_eq!(store.get_to_file(key, &file).await?, None, "{key}");
        assert!(!file.exists(), "a file was made of `{key}`, which is not there");
    }
    delete(store, &["folder/object"]).await
}

async fn all_reads_agree(store: &dyn Store) -> Result<(), StoreError> {
    let (folder, _) = temporary_file(b"");
    let file = folder.path().join("new");
    let etag = put(store, "a/b.json", "content", Condition::Always).await?;
    let meta = head(store, "a/b.json").await?;
    assert_eq!((meta.key.as_str(), meta.size_bytes, &meta.etag), ("a/b.json", 7, &etag));
    let age_s = jiff::Timestamp::now().duration_since(meta.modified).as_secs();
    assert!((-3600..3600).contains(&age_s), "written {age_s} s ago?");

    let object = get(store, "a/b.json").await?;
    assert_eq!((&object.meta, &object.bytes[..]), (&meta, &b"content"[..]));
    assert_eq!(store.get_to_file("a/b.json", &file).await?, Some(meta.clone()));
    assert_eq!(std::fs::read(&file).ok().as_deref(), Some(&b"content"[..]));
    assert_eq!(store.list("a/", false).await?.objects, [meta]);
    delete(store, &["a/b.json"]).await
}

async fn ranges_are_clipped(store: &dyn Store) -> Result<(), StoreError> {
    put(store, "digits", "0123456789", Condition::Always).await?;
    for (range, expected) in
        [(0..10, "0123456789"), (2..5, "234"), (8..u64::MAX, "89"), (5..5, ""), (10..20, ""), (99..100, "")]
    {
        let bytes = store.get_range("digits", range.clone()).await?;
        assert_eq!(bytes.as_deref(), Some(expected.as_bytes()), "{range:?}");
    }
    delete(store, &["digits"]).await
}

async fn a_file_that_exists_is_not_overwritten(store: &dyn Store) -> Result<(), StoreError> {
    let (_folder, file) = temporary_file(b"mine");
    put(store, "theirs", "theirs", Condition::Always).await?;
    assert!(store.get_to_file("theirs", &file).await.is_err());
    assert_eq!(std::fs::read(&file).ok().as_deref(), Some(&b"mine"[..]));
    delete(store, &["theirs"]).await
}
