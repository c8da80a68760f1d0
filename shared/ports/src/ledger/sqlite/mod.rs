//! Claims and history in one file.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use super::{Attempt, AttemptOutcome, Claim, Context, Ledger, LedgerError, Ticket, Work, lease_end};

mod claims;
mod history;
mod open;
mod text;

pub use open::OpenError;

/// A ledger in an SQLite file, for one machine. Several processes may use it at once.
///
/// The file is readable by its owner only, because errors in the history may tell of internal addresses. It uses the write-ahead log with
/// `synchronous=NORMAL`: a killed process loses nothing, loss of power at most the last claims and ends, whose work is then done again.
#[derive(Clone, Debug)]
pub struct SqliteLedger {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteLedger {
    /// Opens the ledger in the file `path`, which is created with its folder if it is missing.
    ///
    /// # Errors
    /// The file cannot be opened, is no ledger, or was made by a newer version.
    ///
    /// ```
    /// use skyfeed_ports::ledger::{Ledger, SqliteLedger};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let folder = tempfile::tempdir()?;
    /// let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite"))?;
    /// assert!(ledger.history("eso1907a").await?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = open::open(path).map_err(|error| LedgerError::Backend {
            action: "be opened",
            transient: error.is_transient(),
            source: Box::new(error),
        })?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Does `work` in a transaction that no writer interrupts, where it may block.
    async fn write<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.blocking(action, move |connection| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(|error| failed(action, error))?;
            let result = work(&transaction)?;
            transaction.commit().map_err(|error| failed(action, error))?;
            Ok(result)
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || {
            // A panic drops its transaction, which undoes it.
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
        });
        match done.await {
            Ok(result) => result,
            Err(ended) => Err(LedgerError::Backend { action, transient: true, source: Box::new(ended) }),
        }
    }
}

fn failed(action: &'static str, error: rusqlite::Error) -> LedgerError {
    LedgerError::Backend { action, transient: open::may_pass(&error), source: Box::new(error) }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn claim(
        &self,
        work: &Work,
        context: &Context,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, LedgerError> {
        let (work, context) = (work.clone(), context.clone());
        self.write("claim work", move |connection| {
            let claimed = claims::claim(connection, &work, &context, now, lease_end(now, lease));
            claimed.map_err(|error| failed("claim work", error))
        })
        .await
    }

    async fn renew(&self, ticket: &Ticket, now: Timestamp, lease: Duration) -> Result<(), LedgerError> {
        let ticket = ticket.clone();
        self.write("renew a claim", move |connection| {
            let renewed = claims::renew(connection, &ticket, lease_end(now, lease));
            kept(&ticket, renewed.map_err(|error| failed("renew a claim", error))?)
        })
        .await
    }

    async fn end(&self, ticket: &Ticket, outcome: AttemptOutcome, now: Timestamp) -> Result<(), LedgerError> {
        let ticket = ticket.clone();
        self.write("end an attempt", move |connection| {
            let ended = claims::end(connection, &ticket, &outcome, now);
            kept(&ticket, ended.map_err(|error| failed("end an attempt", error))?)
        })
        .await
    }

    async fn reopen(&self, work: &Work) -> Result<(), LedgerError> {
        let work = work.clone();
        self.write("reopen work", move |connection| {
            claims::reopen(connection, &work).map_err(|error| failed("reopen work", error))
        })
        .await
    }

    async fn receipt(&self, work: &Work) -> Result<Option<String>, LedgerError> {
        let work = work.clone();
        self.blocking("read a receipt", move |connection| {
            claims::receipt(connection, &work).map_err(|error| failed("read a receipt", error))
        })
        .await
    }

    async fn history(&self, image: &str) -> Result<Vec<Attempt>, LedgerError> {
        let image = image.to_owned();
        self.blocking("read a history", move |connection| {
            history::of_image(connection, &image).map_err(|error| failed("read a history", error))
        })
        .await
    }

    async fn open_attempts(&self) -> Result<Vec<Attempt>, LedgerError> {
        self.blocking("list open attempts", |connection| {
            history::open(connection).map_err(|error| failed("list open attempts", error))
        })
        .await
    }
}

/// Whether the ticket still held the work.
fn kept(ticket: &Ticket, kept: bool) -> Result<(), LedgerError> {
    if kept { Ok(()) } else { Err(LedgerError::lost(&ticket.work)) }
}
