//! A ledger that counts.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Counters, Operation};
use crate::ledger::{Attempt, AttemptOutcome, Claim, Context, Ledger, LedgerError, Ticket, Work};

/// Counts what is asked of another ledger: each operation as one request.
#[derive(Clone, Debug)]
pub struct CountedLedger {
    inner: Arc<dyn Ledger>,
    counters: Arc<Counters>,
}

impl CountedLedger {
    /// A ledger around `inner`.
    pub fn new(inner: Arc<dyn Ledger>, counters: &Arc<Counters>) -> Self {
        Self { inner, counters: Arc::clone(counters) }
    }

    async fn one(&self, operation: Operation, subject: &str) {
        self.counters.count(operation, 1, &[subject]).await;
    }
}

#[async_trait]
impl Ledger for CountedLedger {
    async fn claim(
        &self,
        work: &Work,
        context: &Context,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, LedgerError> {
        self.one(Operation::Claim, &work.subject).await;
        self.inner.claim(work, context, now, lease).await
    }

    async fn renew(&self, ticket: &Ticket, now: Timestamp, lease: Duration) -> Result<(), LedgerError> {
        self.one(Operation::Renew, &ticket.work.subject).await;
        self.inner.renew(ticket, now, lease).await
    }

    async fn end(&self, ticket: &Ticket, outcome: AttemptOutcome, now: Timestamp) -> Result<(), LedgerError> {
        self.one(Operation::End, &ticket.work.subject).await;
        self.inner.end(ticket, outcome, now).await
    }

    async fn reopen(&self, work: &Work) -> Result<(), LedgerError> {
        self.one(Operation::Reopen, &work.subject).await;
        self.inner.reopen(work).await
    }

    async fn receipt(&self, work: &Work) -> Result<Option<String>, LedgerError> {
        self.one(Operation::Receipt, &work.subject).await;
        self.inner.receipt(work).await
    }

    async fn note(&self, attempt: &Attempt) -> Result<(), LedgerError> {
        self.one(Operation::Note, &attempt.subject).await;
        self.inner.note(attempt).await
    }

    async fn last_done(&self, subject: &str, kind: &str) -> Result<Option<Attempt>, LedgerError> {
        self.one(Operation::LastDone, subject).await;
        self.inner.last_done(subject, kind).await
    }

    async fn history(&self, subject: &str) -> Result<Vec<Attempt>, LedgerError> {
        self.one(Operation::History, subject).await;
        self.inner.history(subject).await
    }

    async fn open_attempts(&self) -> Result<Vec<Attempt>, LedgerError> {
        self.one(Operation::OpenAttempts, "").await;
        self.inner.open_attempts().await
    }
}
