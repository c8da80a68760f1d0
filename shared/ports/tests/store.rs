//! The stores that come with the pipeline keep the contract of all stores.

use skyfeed_ports::store::{LocalStore, MemoryStore, StoreError, contract};

#[tokio::test]
async fn memory_keeps_the_contract() -> Result<(), StoreError> {
    contract(&MemoryStore::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_the_contract() -> Result<(), StoreError> {
    let folder = tempfile::tempdir().unwrap();
    contract(&LocalStore::open(folder.path()).unwrap()).await
}
