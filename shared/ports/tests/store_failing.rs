//! The store that fails on demand fails as it is told to.

use std::sync::Arc;

use bytes::Bytes;
use skyfeed_ports::store::{
    Body, Condition, FailingStore, Failure, Headers, LocalStore, MemoryStore, Store, StoreError,
};

const HEADERS: Headers = Headers { content_type: "text/plain", cache_control: "no-cache" };

async fn put(store: &dyn Store, key: &str) -> Result<(), StoreError> {
    store.put(key, Body::Bytes(&Bytes::from_static(b"x")), HEADERS, Condition::Always).await.map(drop)
}

/// The keys that are there after five puts of which two are allowed.
async fn survivors(failure: Failure) -> Result<Vec<String>, StoreError> {
    let memory = Arc::new(MemoryStore::default());
    let store = FailingStore::new(Arc::clone(&memory) as Arc<dyn Store>, 2).failing(failure);
    for (number, key) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        let result = put(&store, key).await;
        assert_eq!(result.is_ok(), number < 2);
        assert!(result.is_ok() || result.is_err_and(|error| error.is_transient()));
    }
    assert_eq!(store.operations(), 5);
    Ok(memory.list("", false).await?.objects.into_iter().map(|meta| meta.key).collect())
}

#[tokio::test]
async fn the_last_operation_takes_effect_or_not() {
    assert_eq!(survivors(Failure::BeforeEffect).await.unwrap(), ["a", "b"]);
    assert_eq!(survivors(Failure::AfterEffect).await.unwrap(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_delete_can_stop_half_way() {
    let memory = Arc::new(MemoryStore::default());
    let all = ["a", "b", "c"].map(str::to_owned);
    for key in &all {
        put(&*memory, key).await.unwrap();
    }
    let store = FailingStore::new(Arc::clone(&memory) as Arc<dyn Store>, 1);
    assert!(store.delete(&all).await.is_err());
    assert_eq!(memory.list("", false).await.unwrap().objects.len(), 2);
    assert_eq!(store.operations(), 2);
}

#[tokio::test]
async fn stores_beside_each_other_count_as_one_and_a_copy_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let work = FailingStore::new(Arc::new(LocalStore::open(folder.path()).unwrap()), 2);
    let site = work.beside(Arc::new(MemoryStore::default()));
    put(&work, "a").await.unwrap();
    let a = work.head("a").await.unwrap().unwrap();
    work.copy_to(&a, &site, "b", HEADERS).await.unwrap();
    assert_eq!((work.operations(), site.operations()), (2, 2));
    assert!(work.copy_to(&a, &site, "c", HEADERS).await.is_err());
    assert!(put(&work, "d").await.is_err());
    assert_eq!(site.list("", false).await.unwrap().objects.len(), 1);
    assert_eq!(work.get("a").await.unwrap().unwrap().bytes, "x", "reads go on");
}

#[tokio::test]
async fn reads_fail_if_they_count() {
    let store = FailingStore::new(Arc::new(MemoryStore::default()), 2).counting_reads();
    put(&store, "a").await.unwrap();
    assert!(store.get("a").await.is_ok());
    assert!(store.get("a").await.is_err());
    assert!(store.head("a").await.is_err());
    assert!(store.get_range("a", 0..1).await.is_err());
    assert!(store.list("", false).await.is_err());
    assert_eq!(store.operations(), 6);
}
