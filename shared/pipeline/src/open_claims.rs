//! What a process has claimed and not ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use skyfeed_ports::ledger::{AttemptOutcome, Ledger, Ticket};

/// The claims that are held at this moment. Whoever drops work that is not done gives them back, so that the next process need not wait until their leases are over.
#[derive(Clone, Debug, Default)]
pub struct OpenClaims {
    held: Arc<Mutex<Vec<Held>>>,
}

/// A claim, and the ledger that knows of it.
type Held = (Arc<dyn Ledger>, Ticket);

impl OpenClaims {
    pub(crate) fn note(&self, ledger: &Arc<dyn Ledger>, ticket: &Ticket) {
        self.held().push((Arc::clone(ledger), ticket.clone()));
    }

    pub(crate) fn forget(&self, ticket: &Ticket) {
        self.held().retain(|(_, held)| held != ticket);
    }

    /// Gives back what is held, when the work itself has been dropped. What cannot be given back is free when its lease is over.
    pub async fn release(&self, now: Timestamp) {
        let held = std::mem::take(&mut *self.held());
        let released = held.iter().map(|(ledger, ticket)| async move {
            if let Err(error) = ledger.end(ticket, AttemptOutcome::Released, now).await {
                tracing::debug!(%error, work = ?ticket.work, "a claim is not given back");
            }
        });
        futures::future::join_all(released).await;
    }

    fn held(&self) -> MutexGuard<'_, Vec<Held>> {
        // No operation can panic between two changes that belong together.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
