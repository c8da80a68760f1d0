//! What every use case works with, built once by the program.

use std::{path::PathBuf, sync::Arc};

use skyfeed_ports::{
    clock::Clock,
    ledger::{Context, Ledger},
    store::Store,
};
use tokio::time::Instant;

use crate::{
    budget::MemoryBudget, capacity::Capacity, config::Config, open_claims::OpenClaims, records::Records,
    source::ImageSource,
};

/// What every use case works with.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The feed's configuration.
    pub config: Arc<Config>,
    /// The private store.
    pub work: Arc<dyn Store>,
    /// The public store.
    pub site: Arc<dyn Store>,
    /// Claims and history.
    pub ledger: Arc<dyn Ledger>,
    /// Where images come from.
    pub source: Arc<dyn ImageSource>,
    /// Small records that were read before.
    pub records: Arc<Records>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// A folder on local disk for images while they are worked on.
    pub scratch: PathBuf,
    /// What caused the work, for the history: `run`, `tile`, an event's id.
    pub trigger: String,
    /// When the work has to end, done or not; what is not done by then is given back. `None` if there is no hurry.
    pub deadline: Option<Instant>,
    /// What there is for one image; an image that needs more is refused. `None` if nothing is counted.
    pub capacity: Option<Capacity>,
    /// The memory that all images share which are tiled at once. `None` if it is not counted.
    pub memory: Option<MemoryBudget>,
    /// What is claimed at this moment, for whoever ends the work before it is done.
    pub claims: OpenClaims,
}

/// How many processor cores this program may use; 1 if nobody knows.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Environment {
    /// Waits until the work has to end; for ever if there is no hurry.
    pub(crate) async fn deadline_passed(&self) {
        match self.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    }

    /// What goes into the history beside the work itself.
    pub(crate) fn context(&self) -> Context {
        Context {
            trigger: self.trigger.clone(),
            software: concat!("skyfeed ", env!("CARGO_PKG_VERSION")).to_owned(),
            config_sha256: self.config.sha256.clone(),
        }
    }
}
