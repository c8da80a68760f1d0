//! Stores, ledger and clock whose every operation is a step of the schedule.

use std::{io, ops::Range, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use skyfeed_ports::{
    clock::Clock,
    ledger::{Attempt, AttemptOutcome, Claim, Context, Ledger, LedgerError, MemoryLedger, Ticket, Work},
    store::{Body, Condition, ETag, Headers, Listing, MemoryStore, Object, ObjectMeta, Piece, Store, StoreError},
};

use crate::scheduler::{Fault, Mark, World};

#[derive(Debug)]
pub(crate) struct GatedStore {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) world: Arc<World>,
}

fn broken(key: &str) -> StoreError {
    StoreError::from_io("reach", key, io::ErrorKind::TimedOut.into())
}

impl GatedStore {
    /// Does one operation, or lets it go wrong.
    async fn step<T>(
        &self,
        key: &str,
        operation: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let fault = self.world.operation().await;
        self.world.request().await;
        match fault {
            Some(Fault::FailsBefore) => Err(broken(key)),
            Some(Fault::FailsAfter) => operation.await.and_then(|_| Err(broken(key))),
            _ => operation.await,
        }
    }
}

#[async_trait]
impl Store for GatedStore {
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        self.step(key, self.store.head(key)).await
    }
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.step(key, self.store.get(key)).await
    }
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        self.step(key, self.store.get_range(key, range)).await
    }
    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        self.step(key, self.store.get_to_file(key, file)).await
    }
    async fn put(&self, key: &str, body: Body<'_>, headers: Headers, condition: Condition) -> Result<ETag, StoreError> {
        let put = self.step(key, self.store.put(key, body, headers, condition)).await;
        match (key, &put) {
            ("wide/index.wtml", Ok(_)) => self.world.mark(Mark::MadePublic),
            (key, Ok(_)) if key.starts_with("decisions/") && key.ends_with("-carl.json") => {
                self.world.mark(Mark::Rejected)
            }
            _ => {}
        }
        put
    }
    async fn compose(&self, key: &str, pieces: &[Piece], headers: Headers, on: Condition) -> Result<ETag, StoreError> {
        self.step(key, self.store.compose(key, pieces, headers, on)).await
    }
    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
        self.step(prefix, self.store.list(prefix, delimited)).await
    }
    async fn copy_to(&self, from: &ObjectMeta, to: &dyn Store, key: &str, with: Headers) -> Result<(), StoreError> {
        // The put at the target is the step.
        self.store.copy_to(from, to, key, with).await
    }
    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        // One after another, as the trait has it: each is a step.
        for key in keys {
            self.step(key, self.store.delete(std::slice::from_ref(key))).await?;
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct GatedLedger {
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) world: Arc<World>,
}

impl GatedLedger {
    async fn step<T>(&self, operation: impl Future<Output = Result<T, LedgerError>> + Send) -> Result<T, LedgerError> {
        let broken = || LedgerError::Backend {
            action: "be reached",
            transient: true,
            source: Box::new(io::Error::from(io::ErrorKind::TimedOut)),
        };
        match self.world.operation().await {
            Some(Fault::FailsBefore) => Err(broken()),
            Some(Fault::FailsAfter) => operation.await.and_then(|_| Err(broken())),
            _ => operation.await,
        }
    }
}

#[async_trait]
impl Ledger for GatedLedger {
    async fn claim(
        &self,
        work: &Work,
        context: &Context,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, LedgerError> {
        self.step(self.ledger.claim(work, context, now, lease)).await
    }
    async fn renew(&self, ticket: &Ticket, now: Timestamp, lease: Duration) -> Result<(), LedgerError> {
        self.step(self.ledger.renew(ticket, now, lease)).await
    }
    async fn end(&self, ticket: &Ticket, outcome: AttemptOutcome, now: Timestamp) -> Result<(), LedgerError> {
        self.step(self.ledger.end(ticket, outcome, now)).await
    }
    async fn reopen(&self, work: &Work) -> Result<(), LedgerError> {
        self.step(self.ledger.reopen(work)).await
    }
    async fn receipt(&self, work: &Work) -> Result<Option<String>, LedgerError> {
        self.step(self.ledger.receipt(work)).await
    }
    // Rows that nobody reads to decide something are no steps.
    async fn note(&self, attempt: &Attempt) -> Result<(), LedgerError> {
        self.ledger.note(attempt).await
    }
    async fn last_done(&self, subject: &str, kind: &str) -> Result<Option<Attempt>, LedgerError> {
        self.ledger.last_done(subject, kind).await
    }
    async fn history(&self, subject: &str) -> Result<Vec<Attempt>, LedgerError> {
        self.step(self.ledger.history(subject)).await
    }
    async fn open_attempts(&self) -> Result<Vec<Attempt>, LedgerError> {
        self.step(self.ledger.open_attempts()).await
    }
}

#[derive(Debug)]
pub(crate) struct GatedClock(pub(crate) Arc<World>);

#[async_trait]
impl Clock for GatedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}
