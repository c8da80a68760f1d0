//! What keeps two writers of one key apart, also in different processes.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use crate::store::key::HIDDEN;

/// How long to wait for a lock. It is held for a look and a rename only: whoever holds it longer is stopped, or its disk is.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(2);

/// Takes the lock that every writer of this key takes; it is given back when dropped, also by a killed process.
///
/// 256 lock files serve all keys: as many as the first byte of a digest has values.
///
/// # Errors
/// Another one holds it for too long, which may pass; or there are no locks on this file system.
pub(super) fn lock(root: &Path, key: &str) -> io::Result<File> {
    let folder = root.join(HIDDEN).join("locks");
    let path = folder.join(format!("{:02x}", Sha256::digest(key)[0]));
    let open = || File::options().create(true).truncate(false).write(true).open(&path);
    let file = match open() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(&folder)?;
            open()?
        }
        opened => opened?,
    };
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let holder = format!(
                    "another process, perhaps a stopped one, has held the lock {} for {} seconds",
                    path.display(),
                    PATIENCE.as_secs()
                );
                return Err(io::Error::new(ErrorKind::TimedOut, holder));
            }
        }
    }
}
