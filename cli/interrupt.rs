//! Ctrl-C: the first asks the work to end, the second ends it.

use std::io;

use tokio::sync::watch;

use crate::exit::Exit;

/// Tells whether a person asked the program to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    signal: watch::Receiver<Option<u8>>,
}

impl Interrupt {
    /// Listens for Ctrl-C and for the signal that `kill` sends.
    pub(crate) fn listen() -> io::Result<Self> {
        let mut signals = Signals::new()?;
        let (sender, signal) = watch::channel(None);
        tokio::spawn(async move {
            let number = signals.next().await;
            sender.send_replace(Some(number));
            signals.next().await;
            std::process::exit(128 + i32::from(number));
        });
        Ok(Self { signal })
    }

    /// Whether the work should end.
    pub(crate) fn is_set(&self) -> bool {
        self.signal.borrow().is_some()
    }

    /// Waits until the work should end.
    pub(crate) async fn wait(&self) {
        let mut signal = self.signal.clone();
        if signal.wait_for(Option::is_some).await.is_err() {
            // Nobody listens any more, so nobody can ask.
            std::future::pending::<()>().await;
        }
    }

    /// How to exit: `otherwise`, unless a signal ended the work.
    pub(crate) fn exit_or(&self, otherwise: Exit) -> Exit {
        self.signal.borrow().map_or(otherwise, Exit::Signal)
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        2
    }
}
