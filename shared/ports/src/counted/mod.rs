//! Stores and ledgers that count what is asked of them, for tests and benches of what a use case costs.
//!
//! ```
//! use std::sync::Arc;
//! use skyfeed_ports::{
//!     counted::{CountedLedger, CountedStore, Counters, Operation},
//!     ledger::{Ledger, MemoryLedger},
//!     store::{MemoryStore, Store},
//! };
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let counters = Arc::new(Counters::default().recording_keys());
//! let work = CountedStore::new(Arc::new(MemoryStore::default()), &counters);
//! let site = CountedStore::new(Arc::new(MemoryStore::default()), &counters);
//! let ledger = CountedLedger::new(Arc::new(MemoryLedger::default()), &counters);
//! work.get("published/a.json").await?;
//! site.head("index.wtml").await?;
//! ledger.history("a").await?;
//! assert_eq!((counters.total(), counters.requests(Operation::Get)), (3, 1));
//! assert_eq!(counters.keys()[1], (Operation::Head, "index.wtml".to_owned()));
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

mod ledger;
mod store;

pub use ledger::CountedLedger;
pub use store::CountedStore;

/// Reads of more bytes than this are counted as large.
pub const LARGE_READ_BYTES: u64 = 4096;
/// How many entries one request of a listing answers, and how many keys one request deletes: those of S3.
pub const ENTRIES_OF_A_REQUEST: u64 = 1000;
/// Bodies that are larger are reckoned in parts of this many bytes.
pub const PART_BYTES: u64 = 16 << 20;

/// What is asked of a store or a ledger: the method of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named after the method")]
pub enum Operation {
    Head,
    Get,
    GetRange,
    GetToFile,
    Put,
    Compose,
    List,
    CopyTo,
    Delete,
    Claim,
    Renew,
    End,
    Reopen,
    Receipt,
    Note,
    LastDone,
    History,
    OpenAttempts,
}

/// Counts for all stores and ledgers that share it.
#[derive(Debug, Default)]
pub struct Counters {
    delay: Duration,
    records_keys: bool,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    requests: BTreeMap<Operation, u64>,
    largest_read_bytes: u64,
    large_reads: u64,
    keys: Vec<(Operation, String)>,
}

impl Counters {
    /// Sleeps so long for each request, as a network would.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Remembers what each operation was about: a key, a prefix, or the subject of work.
    #[must_use]
    pub fn recording_keys(mut self) -> Self {
        self.records_keys = true;
        self
    }

    /// How many requests an operation took until now, those that failed included. A listing takes one for 1000 entries and a delete one for 1000 keys, begun ones included; a
    /// put or compose of more than 16 MiB one for each 16 MiB, and two more; all else one.
    pub fn requests(&self, operation: Operation) -> u64 {
        self.counts().requests.get(&operation).copied().unwrap_or_default()
    }

    /// The requests of every operation that was asked for.
    pub fn by_operation(&self) -> BTreeMap<Operation, u64> {
        self.counts().requests.clone()
    }

    /// All requests together.
    pub fn total(&self) -> u64 {
        self.counts().requests.values().sum()
    }

    /// The most bytes that a read of an object or range brought into memory. What goes to a file does not count.
    pub fn largest_read_bytes(&self) -> u64 {
        self.counts().largest_read_bytes
    }

    /// How many reads brought more than [`LARGE_READ_BYTES`] into memory.
    pub fn large_reads(&self) -> u64 {
        self.counts().large_reads
    }

    /// What each operation was about, in order; nothing unless they are recorded. Of several keys, each is named.
    pub fn keys(&self) -> Vec<(Operation, String)> {
        self.counts().keys.clone()
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.counts() = Counts::default();
    }

    async fn count(&self, operation: Operation, requests: u64, keys: &[&str]) {
        {
            let mut counts = self.counts();
            *counts.requests.entry(operation).or_default() += requests;
            if self.records_keys {
                counts.keys.extend(keys.iter().map(|key| (operation, (*key).to_owned())));
            }
        }
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay.saturating_mul(u32::try_from(requests).unwrap_or(u32::MAX))).await;
        }
    }

    fn read(&self, bytes: u64) {
        let mut counts = self.counts();
        counts.largest_read_bytes = counts.largest_read_bytes.max(bytes);
        counts.large_reads += u64::from(bytes > LARGE_READ_BYTES);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
