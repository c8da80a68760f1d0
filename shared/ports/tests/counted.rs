//! Stores and ledgers that count keep the contracts and count what is asked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use skyfeed_ports::{
    counted::{CountedLedger, CountedStore, Counters, Operation},
    ledger::{self, LedgerError, MemoryLedger},
    store::{self, Body, Condition, Headers, MemoryStore, Piece, Store, StoreError},
};

const HEADERS: Headers = Headers { content_type: "text/plain", cache_control: "no-cache" };

fn counted(counters: &Arc<Counters>) -> CountedStore {
    CountedStore::new(Arc::new(MemoryStore::default()), counters)
}

#[tokio::test]
async fn a_store_that_counts_keeps_the_contract() -> Result<(), StoreError> {
    store::contract(&counted(&Arc::default())).await
}

#[tokio::test]
async fn a_ledger_that_counts_keeps_the_contract() -> Result<(), LedgerError> {
    let counters = Arc::default();
    ledger::contract(&CountedLedger::new(Arc::new(MemoryLedger::default()), &counters)).await?;
    let asked = counters.by_operation();
    for operation in [Operation::Claim, Operation::Renew, Operation::End, Operation::Reopen, Operation::Receipt] {
        assert!(asked[&operation] > 3, "{asked:?}");
    }
    assert_eq!(asked[&Operation::OpenAttempts], 5);
    Ok(())
}

#[tokio::test]
async fn listings_deletes_and_large_bodies_take_several_requests() -> Result<(), StoreError> {
    let counters = Arc::default();
    let store = counted(&counters);
    let keys: Vec<String> = (0..2001).map(|number| format!("many/{number}")).collect();
    for key in &keys {
        store.put(key, Body::Bytes(&Bytes::from_static(b"x")), HEADERS, Condition::Always).await?;
    }
    assert_eq!(counters.requests(Operation::Put), 2001);
    counters.reset();

    store.list("many/", false).await?;
    store.list("none/", false).await?;
    store.list("", true).await?;
    assert_eq!(counters.requests(Operation::List), 3 + 1 + 1);
    store.delete(&keys).await?;
    store.delete(&[]).await?;
    assert_eq!(counters.requests(Operation::Delete), 3);

    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    for (size, requests) in [(16_u64 << 20, 1), ((16 << 20) + 1, 4), (33 << 20, 5)] {
        file.as_file().set_len(size).expect("a size");
        counters.reset();
        store.put("large", Body::File(file.path()), HEADERS, Condition::Always).await?;
        let large = store.head("large").await?.expect("not there");
        store.compose("again", &[Piece::whole(&large)], HEADERS, Condition::Always).await?;
        let asked = (counters.requests(Operation::Put), counters.requests(Operation::Compose), counters.total());
        assert_eq!(asked, (requests, requests, 2 * requests + 1), "{size}");
    }
    Ok(())
}

#[tokio::test]
async fn reads_are_weighed_and_a_copy_is_one_request() -> Result<(), StoreError> {
    let counters = Arc::new(Counters::default().recording_keys());
    let (work, site) = (counted(&counters), counted(&counters));
    work.put("a", Body::Bytes(&Bytes::from(vec![0; 5000])), HEADERS, Condition::Always).await?;
    let a = work.head("a").await?.expect("not there");
    work.copy_to(&a, &site, "b", HEADERS).await?;
    assert_eq!((counters.total(), counters.requests(Operation::CopyTo)), (3, 1));
    assert_eq!((counters.largest_read_bytes(), counters.large_reads()), (0, 0));
    for range in [0..4096, 0..4097, 0..3] {
        site.get_range("b", range).await?;
    }
    site.get("none").await?;
    assert_eq!((counters.largest_read_bytes(), counters.large_reads()), (4097, 1));
    site.get("b").await?;
    assert_eq!((counters.largest_read_bytes(), counters.large_reads()), (5000, 2));
    let keys: Vec<String> =
        counters.keys().into_iter().map(|(operation, key)| format!("{operation:?} {key}")).collect();
    assert_eq!(keys[..3], ["Put a", "Head a", "CopyTo a"]);
    assert_eq!(keys.len(), 8);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn each_request_takes_as_long_as_it_is_told() -> Result<(), StoreError> {
    let counters = Arc::new(Counters::default().with_delay(Duration::from_millis(10)));
    let (store, real) = (counted(&counters), Instant::now());
    let began = tokio::time::Instant::now();
    for _ in 0..100 {
        store.head("a").await?;
    }
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    assert!(real.elapsed() < Duration::from_secs(1), "the clock of this test was to be a pretended one");
    Ok(())
}
