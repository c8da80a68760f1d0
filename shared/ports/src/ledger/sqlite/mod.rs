//! Claims and history in one file.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;

use super::{Attempt, AttemptOutcome, Claim, Context, Ledger, LedgerError, Ticket, Work, lease_end};
use crate::Remedy;

mod claims;
mod history;
mod open;
mod read_only;
mod text;

pub use open::OpenError;

/// A ledger in an SQLite file, for one machine. Several processes may use it at once.
///
/// The file is readable by its owner only, because errors in the history may tell of internal addresses. It uses the write-ahead log with
/// `synchronous=NORMAL`: a killed process loses nothing, loss of power at most the last claims and ends, whose work is then done again.
#[derive(Clone, Debug)]
pub struct SqliteLedger {
    access: Arc<Access>,
}

/// What can be done with the file.
#[derive(Debug)]
enum Access {
    Write(Mutex<Connection>),
    Read {
        connection: Mutex<Connection>,
        /// The folder of a copy, if that is what is read, lives as long.
        _copy: Option<TempDir>,
    },
    /// There was no file when it was opened for reading.
    Nothing,
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
        let connection = open::open(path).map_err(not_opened)?;
        Ok(Self { access: Arc::new(Access::Write(Mutex::new(connection))) })
    }

    /// Opens the ledger in the file `path` for reading. A missing file is an empty history, and is not made. Neither the file nor its folder need be writable, and
    /// nothing is made in the folder:
    ///
    /// - If another process has the ledger open, which the index `-shm` of its log tells, it is read where it is, together with that process.
    /// - Otherwise nobody writes, and SQLite would make that index, as it does for every reader of a write-ahead log. So the file, and the log of a process that was
    ///   killed, are copied to a private temporary folder that is deleted when the ledger is dropped, and what is read is as of now.
    ///
    /// # Errors
    /// The file cannot be read, is no ledger, or was made by a newer version. Every change that is tried later is answered with [`LedgerError::ReadOnly`].
    ///
    /// ```
    /// use skyfeed_ports::ledger::{Ledger, SqliteLedger};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("ledger.sqlite");
    /// assert!(SqliteLedger::open_read_only(&path)?.history("eso1907a").await?.is_empty());
    /// assert!(!path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        let access = match read_only::open(path).map_err(not_opened)? {
            Some((connection, _copy)) => Access::Read { connection: Mutex::new(connection), _copy },
            None => Access::Nothing,
        };
        Ok(Self { access: Arc::new(access) })
    }

    /// Does `work` in a transaction that no writer interrupts, where it may block.
    async fn write<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let work = move |connection: &mut Connection| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(|error| failed(action, error))?;
            let result = work(&transaction)?;
            transaction.commit().map_err(|error| failed(action, error))?;
            Ok(result)
        };
        match *self.access {
            Access::Write(_) => self.blocking(action, work).await,
            Access::Read { .. } | Access::Nothing => Err(LedgerError::ReadOnly { action }),
        }
    }

    /// Reads; the answer is the empty one if there is no file.
    async fn read<T: Default + Send + 'static>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let read = move |connection: &mut Connection| read(connection).map_err(|error| failed(action, error));
        match *self.access {
            Access::Nothing => Ok(T::default()),
            Access::Write(_) | Access::Read { .. } => self.blocking(action, read).await,
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let access = Arc::clone(&self.access);
        let done = tokio::task::spawn_blocking(move || match &*access {
            // A panic drops its transaction, which undoes it.
            Access::Write(connection) | Access::Read { connection, .. } => {
                work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Access::Nothing => Err(LedgerError::ReadOnly { action }),
        });
        match done.await {
            Ok(result) => result,
            Err(ended) => Err(LedgerError::Backend { action, transient: true, source: Box::new(ended) }),
        }
    }
}

fn not_opened(error: OpenError) -> LedgerError {
    LedgerError::Backend { action: "be opened", transient: error.remedy() == Remedy::Retry, source: Box::new(error) }
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
            let claimed = claims::claim(connection, &work, &context, now, lease);
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
        self.read("read a receipt", move |connection| claims::receipt(connection, &work)).await
    }

    async fn note(&self, attempt: &Attempt) -> Result<(), LedgerError> {
        let attempt = attempt.clone();
        self.write("note an attempt", move |connection| {
            history::note(connection, &attempt).map_err(|error| failed("note an attempt", error))
        })
        .await
    }

    async fn last_done(&self, subject: &str, kind: &str) -> Result<Option<Attempt>, LedgerError> {
        let (subject, kind) = (subject.to_owned(), kind.to_owned());
        self.read("read a history", move |connection| history::last_done(connection, &subject, &kind)).await
    }

    async fn history(&self, image: &str) -> Result<Vec<Attempt>, LedgerError> {
        let image = image.to_owned();
        self.read("read a history", move |connection| history::of_image(connection, &image)).await
    }

    async fn open_attempts(&self) -> Result<Vec<Attempt>, LedgerError> {
        self.read("list open attempts", history::open).await
    }
}

/// Whether the ticket still held the work.
fn kept(ticket: &Ticket, kept: bool) -> Result<(), LedgerError> {
    if kept { Ok(()) } else { Err(LedgerError::lost(&ticket.work)) }
}
