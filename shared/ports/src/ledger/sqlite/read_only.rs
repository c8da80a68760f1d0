//! Opening the file without writing to it or beside it.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempDir;

use super::open::{BUSY_TIMEOUT, OpenError, check};

/// How often a copy begins again because somebody wrote meanwhile.
const MAX_TRIES: u32 = 20;

/// Opens the file where it is, or a copy in a folder that has to live as long; `None` if there is no file.
pub(super) fn open(path: &Path) -> Result<Option<(Connection, Option<TempDir>)>, OpenError> {
    let read = |source| OpenError::Read { path: path.to_owned(), source };
    for _ in 0..MAX_TRIES {
        let Some(before) = state(path).map_err(read)? else { return Ok(None) };
        // Whoever has the ledger open has this index.
        if before.is_open {
            match in_place(path) {
                // The index is one that was left, and may not be written to.
                Err(OpenError::Sqlite { source, .. }) if is_shut(&source) => {}
                opened => return opened.map(|connection| Some((connection, None))),
            }
        }
        let folder = tempfile::tempdir().map_err(read)?;
        let copied = copy(path, &folder.path().join("ledger.sqlite")).map_err(read)?;
        if let Some(copy) = copied
            && state(path).map_err(read)?.is_some_and(|after| after.content == before.content)
        {
            let connection = connect(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE);
            let connection = connection.map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
            check(path, &connection)?;
            return Ok(Some((connection, Some(folder))));
        }
    }
    Err(OpenError::Busy { path: path.to_owned() })
}

fn in_place(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let connection = connection.map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
    check(path, &connection)?;
    Ok(connection)
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

fn is_shut(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied))
}

/// What tells whether the content changed, and whether somebody has the ledger open.
struct State {
    content: [Option<(u64, SystemTime)>; 2],
    is_open: bool,
}

fn state(path: &Path) -> io::Result<Option<State>> {
    let stamp = |path: &Path| match fs::metadata(path) {
        Ok(found) => Ok(Some((found.len(), found.modified()?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let file = stamp(path)?;
    let content = [file, stamp(&beside(path, "-wal"))?];
    Ok(file.is_some().then_some(State { content, is_open: stamp(&beside(path, "-shm"))?.is_some() }))
}

/// Copies the file and its log; `None` if one of them went meanwhile.
fn copy(path: &Path, to: &Path) -> io::Result<Option<PathBuf>> {
    for suffix in ["", "-wal"] {
        match fs::copy(beside(path, suffix), beside(to, suffix)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && !suffix.is_empty() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    make_writable(to)?;
    Ok(Some(to.to_owned()))
}

/// A copy bears the permissions of what it is of, and may be of a file that nobody writes.
#[cfg(unix)]
fn make_writable(copy: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for path in [copy.to_owned(), beside(copy, "-wal")] {
        match fs::set_permissions(&path, fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::permissions_set_readonly_false, reason = "there are no groups and others here")]
fn make_writable(copy: &Path) -> io::Result<()> {
    let mut permissions = fs::metadata(copy)?.permissions();
    permissions.set_readonly(false);
    fs::set_permissions(copy, permissions)
}

/// The file beside the ledger whose name ends so.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
