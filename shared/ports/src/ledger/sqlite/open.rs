//! Opening the file and making its tables.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::Builder;

use crate::{Remedy, store};

/// How long to wait for another process that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// Marks a file as a ledger of this program: `skyf` in ASCII.
const APPLICATION_ID: i32 = 0x736b_7966;
/// The version of `schema.sql`.
const SCHEMA: i32 = 1;

/// Why a file cannot be opened as a ledger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file system refuses. Code `ledger-not-made`.
    #[error("cannot create {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file, or what lies beside it, cannot be copied for reading. Code `ledger-unreadable`.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is written again and again while it is being copied for reading. Code `ledger-busy`.
    #[error("{} changes while it is read: try again", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else. Code `ledger-foreign`.
    #[error("{} is not a ledger of skyfeed", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was made by a newer version of this program. Code `ledger-newer`.
    #[error("{} has schema {found}, and this version of skyfeed knows schemas up to {SCHEMA}: update skyfeed", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        found: i32,
    },
    /// SQLite failed. Code `ledger-sqlite`.
    #[error("cannot open {} as an SQLite database{}", path.display(), advice(source))]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Busy { .. } => Remedy::Retry,
            Self::Sqlite { source, .. } => Remedy::retry_if(may_pass(source)),
            Self::File { source, .. } | Self::Read { source, .. } => Remedy::retry_if(store::may_pass(source)),
            Self::Foreign { .. } | Self::Newer { .. } => Remedy::Person,
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "ledger-not-made",
            Self::Read { .. } => "ledger-unreadable",
            Self::Busy { .. } => "ledger-busy",
            Self::Foreign { .. } => "ledger-foreign",
            Self::Newer { .. } => "ledger-newer",
            Self::Sqlite { .. } => "ledger-sqlite",
        }
    }
}

fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "; move it away, and a new one is made: only the history is lost"
        }
        _ => "",
    }
}

/// Whether trying again may help.
pub(super) fn may_pass(error: &rusqlite::Error) -> bool {
    use ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, FileLockingProtocolFailed, SystemIoFailure};
    // A full disk is an I/O error too, where it is a file beside the ledger that cannot grow.
    let may_pass = [DatabaseBusy, DatabaseLocked, DiskFull, FileLockingProtocolFailed, SystemIoFailure];
    error.sqlite_error_code().is_some_and(|code| may_pass.contains(&code))
}

pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    if !path.exists() {
        create(path)?;
    }
    let connection = connect(path).map_err(sqlite)?;
    check(path, &connection)?;
    Ok(connection)
}

/// Refuses a file that is no ledger, or of a newer version.
pub(super) fn check(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    // One statement, so that it sees one state of the file.
    let (application, schema) = connection
        .query_row("SELECT application_id, user_version FROM pragma_application_id, pragma_user_version", [], |row| {
            Ok((row.get::<_, i32>(0)?, row.get::<_, i32>(1)?))
        })
        .map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
    match schema {
        SCHEMA if application == APPLICATION_ID => Ok(()),
        found if application == APPLICATION_ID && found > SCHEMA => {
            Err(OpenError::Newer { path: path.to_owned(), found })
        }
        _ => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// Makes a ledger under another name and then gives it its own, so that nobody sees a half-made one, whichever processes begin at once.
///
/// The file is private, and SQLite gives the same permissions to the files that it makes beside it.
fn create(path: &Path) -> Result<(), OpenError> {
    let file = |source| OpenError::File { path: path.to_owned(), source };
    let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(file)?;
    // Closed at once: closing any handle of a file would end the locks of all connections of this process to it.
    let new = Builder::new().prefix(".ledger-").tempfile_in(folder).map_err(file)?.into_temp_path();
    let connection = connect(&new).map_err(sqlite)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(sqlite)?;
    connection.execute_batch(include_str!("schema.sql")).map_err(sqlite)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)?;
    connection.pragma_update(None, "user_version", SCHEMA).map_err(sqlite)?;
    connection.close().map_err(|(_, source)| sqlite(source))?;
    match new.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => Err(file(failed.error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rusqlite::{Error, ffi};

    use super::{OpenError, may_pass};
    use crate::Remedy;

    #[test]
    fn what_a_full_or_failing_disk_does_may_pass_and_a_refusal_does_not() {
        let failure = |extended| Error::SqliteFailure(ffi::Error::new(extended), None);
        let full = [
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_IOERR_SHMSIZE,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_BUSY,
        ];
        for code in full {
            assert!(may_pass(&failure(code)), "{code}");
        }
        for code in [ffi::SQLITE_READONLY, ffi::SQLITE_PERM, ffi::SQLITE_CANTOPEN, ffi::SQLITE_NOTADB] {
            assert!(!may_pass(&failure(code)), "{code}");
        }
        assert_eq!(ffi::SQLITE_IOERR_SHMSIZE, 4874);
    }

    #[test]
    fn a_ledger_that_finds_no_room_is_made_later() {
        let made = |kind: io::ErrorKind| OpenError::File { path: "ledger.sqlite".into(), source: kind.into() }.remedy();
        let read = |kind: io::ErrorKind| OpenError::Read { path: "ledger.sqlite".into(), source: kind.into() }.remedy();
        assert_eq!([made(io::ErrorKind::StorageFull), read(io::ErrorKind::StorageFull)], [Remedy::Retry; 2]);
        assert_eq!([made(io::ErrorKind::PermissionDenied), read(io::ErrorKind::PermissionDenied)], [Remedy::Person; 2]);
    }
}
