//! Work that keeps a processor busy, on threads of its own, where it holds up nobody.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// How many pieces of such work somebody waits for, in the whole process. Who drives futures by hand has to wait for them too.
pub fn under_way() -> usize {
    UNDER_WAY.load(Ordering::SeqCst)
}

/// Tells a thread whether anybody waits for it still: a thread cannot be ended from outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    /// An error if nobody waits any more.
    pub(crate) fn check(&self) -> std::io::Result<()> {
        let given_up = self.0.load(Ordering::Relaxed);
        if given_up { Err(std::io::Error::other("nobody waits for it any more")) } else { Ok(()) }
    }
}

/// Counted for as long as somebody waits.
struct Waiting(GivenUp);

impl Waiting {
    fn begin() -> Self {
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        Self(GivenUp::default())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
        self.0.0.store(true, Ordering::Relaxed);
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
    run_until_given_up(|_| work()).await
}

/// [`run`] for long work, which looks now and then whether anybody waits for it.
pub(crate) async fn run_until_given_up<T: Send + 'static>(
    work: impl FnOnce(GivenUp) -> T + Send + 'static,
) -> Result<T, Ended> {
    let waiting = Waiting::begin();
    let given_up = waiting.0.clone();
    tokio::task::spawn_blocking(move || work(given_up)).await.map_err(|ended| match ended.try_into_panic() {
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

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::run_until_given_up;

    #[tokio::test]
    async fn work_hears_that_nobody_waits_any_more() {
        let (tell, told) = mpsc::channel();
        let work = run_until_given_up(move |given_up| {
            while given_up.check().is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
            tell.send(()).unwrap();
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), work).await.is_err());
        told.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
