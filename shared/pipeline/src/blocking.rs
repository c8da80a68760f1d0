//! Work that keeps a processor busy, on threads of its own, where it holds up nobody.

use std::{
    any::Any,
    sync::atomic::{AtomicUsize, Ordering},
};

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// How many pieces of such work somebody waits for, in the whole process. Who drives futures by hand has to wait for them too.
pub fn under_way() -> usize {
    UNDER_WAY.load(Ordering::SeqCst)
}

/// Counted for as long as somebody waits.
struct Waiting;

impl Waiting {
    fn begin() -> Self {
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Why there is no result.
pub(crate) enum Ended {
    /// The work panicked, and this is what it said.
    Panicked(String),
    /// The program ends.
    Cancelled(tokio::task::JoinError),
}

/// Does `work` on a thread of its own.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Ended> {
    let _waiting = Waiting::begin();
    tokio::task::spawn_blocking(work).await.map_err(|ended| match ended.try_into_panic() {
        Ok(panic) => Ended::Panicked(message(&*panic)),
        Err(cancelled) => Ended::Cancelled(cancelled),
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it does not say why").to_owned()
}

impl Ended {
    /// An error of the machine or of this program, and not of the image.
    pub(crate) fn into_io(self) -> std::io::Error {
        match self {
            Self::Panicked(message) => std::io::Error::other(format!("this is a fault of the program: {message}")),
            Self::Cancelled(cancelled) => std::io::Error::other(cancelled),
        }
    }
}
