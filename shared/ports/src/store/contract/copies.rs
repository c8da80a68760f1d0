//! Copies within a store and between stores.

use super::{Condition, HEADERS, Store, StoreError, delete, get, head, put};
use crate::store::MemoryStore;

pub(super) async fn run(store: &dyn Store) -> Result<(), StoreError> {
    copies_are_equal_wherever_they_go(store).await?;
    only_what_was_seen_is_copied(store).await
}

async fn copies_are_equal_wherever_they_go(store: &dyn Store) -> Result<(), StoreError> {
    let other = MemoryStore::default();
    put(store, "from/1", "content", Condition::Always).await?;
    let from = head(store, "from/1").await?;
    put(store, "to/there", "old", Condition::Always).await?;
    for key in ["to/new", "to/there"] {
        store.copy_to(&from, store, key, HEADERS).await?;
        assert_eq!(get(store, key).await?.bytes, "content");
    }

    store.copy_to(&from, &other, "a/b", HEADERS).await?;
    assert_eq!((get(&other, "a/b").await?.bytes, other.headers("a/b")), ("content".into(), Some(HEADERS)));
    put(&other, "back", "from the other", Condition::Always).await?;
    other.copy_to(&head(&other, "back").await?, store, "to/there", HEADERS).await?;
    assert_eq!(get(store, "to/there").await?.bytes, "from the other");
    assert_eq!(get(store, "from/1").await?.meta, from, "a copy changed its source");
    delete(store, &["from/1", "to/new", "to/there"]).await
}

async fn only_what_was_seen_is_copied(store: &dyn Store) -> Result<(), StoreError> {
    put(store, "from", "seen", Condition::Always).await?;
    let seen = head(store, "from").await?;
    put(store, "from", "late", Condition::Always).await?;
    for _ in 0..2 {
        let copied = store.copy_to(&seen, store, "to", HEADERS).await;
        assert!(matches!(copied, Err(StoreError::Precondition { .. })), "{copied:?}");
        assert_eq!(store.head("to").await?, None);
        delete(store, &["from"]).await?;
    }
    Ok(())
}
