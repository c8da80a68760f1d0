//! What the four functions have in common: settings, the environment of a use case, and the answer to an event.

use std::{any::Any, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use skyfeed_pipeline::{
    batch::{Event, Failure, Observer},
    config::Config,
    environment::Environment,
    id::ImageId,
    layout,
    open_claims::OpenClaims,
    records::Records,
    scratch::remove_leftovers,
    source::{ImageSource, SourceError},
};
use skyfeed_ports::{clock::SystemClock, ledger::Ledger, opener::Access, store::Store};

mod answer;
mod batch;
mod delay;
mod error;
mod images;
mod invocation;
mod log;
mod no_source;
mod openers;
mod queues;
mod run;
mod settings;

pub use error::{EnvironmentError, InvocationError, StartError};
pub use invocation::Invocation;
use no_source::NoSource;
pub use queues::Queues;
pub use run::run;
pub use settings::{Settings, SettingsError, StageQueues};

use crate::{S3Store, lambda::capacity, telemetry::Metrics};

/// What a function does.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Its name, which stands in the history as the cause.
    const NAME: &'static str;
    /// Whether it can be asked to catch up.
    const CATCHES_UP: bool = false;

    /// The image whose work an object of the work store sets off; `None` if it sets off none.
    ///
    /// # Errors
    /// No object of that name belongs there, and what to do.
    fn image_of(&self, key: &str) -> Result<Option<ImageId>, Failure>;

    /// Does the work for images. A failure is in the event of its image.
    async fn work(&self, env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event>;

    /// Does what is due when a schedule fires.
    ///
    /// # Errors
    /// This function has no schedule, or the work failed as a whole.
    async fn scheduled(&self, _call: Call<'_>) -> Result<serde_json::Value, InvocationError> {
        Err(InvocationError::Unscheduled { function: Self::NAME })
    }

    /// Does what events should have set off, and did not.
    ///
    /// # Errors
    /// This function looks after nothing, or the work failed as a whole.
    async fn catch_up(&self, _call: Call<'_>) -> Result<serde_json::Value, InvocationError> {
        Err(InvocationError::Unscheduled { function: Self::NAME })
    }

    /// Where images come from, for a function that asks for them.
    ///
    /// # Errors
    /// The configuration names no source that can be used.
    fn source(&self, _config: &Config, _work: &dyn Store) -> Result<Arc<dyn ImageSource>, SourceError> {
        Ok(Arc::new(NoSource))
    }
}

/// What a function works with when it is not about single images.
pub struct Call<'a> {
    /// The stores and all else.
    pub env: &'a Environment,
    /// The queues.
    pub queues: &'a Queues,
    /// Is told what happens to each image.
    pub observer: &'a dyn Observer,
    /// Counts.
    pub metrics: &'a mut Metrics,
}

/// A function, ready for events. It lives as long as its process and serves many invocations; the records that it read stay in memory meanwhile.
#[derive(Debug)]
pub struct Function<H> {
    handler: H,
    name: String,
    work: Arc<dyn Store>,
    site: Arc<dyn Store>,
    ledger: Arc<dyn Ledger>,
    queues: Queues,
    records: Arc<Records>,
    scratch: PathBuf,
    memory_mb: Option<u32>,
    disk_mb: Option<u32>,
}

impl<H: Handler> Function<H> {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// A store or the ledger cannot be opened.
    pub async fn start(handler: H, settings: &Settings) -> Result<Self, StartError> {
        let (openers, aws) = openers::openers();
        let scratch = std::env::temp_dir();
        remove_leftovers(&scratch);
        let ledger = openers.open_ledger(&settings.ledger, Access::ReadWrite).await?;
        let queues = Queues::open(settings, &aws).await?;
        let (work, site) = (openers.open_store(&settings.work).await?, openers.open_store(&settings.site).await?);
        let Settings { memory_mb, disk_mb, ref name, .. } = *settings;
        let records = Arc::default();
        Ok(Self { handler, name: name.clone(), work, site, ledger, queues, records, scratch, memory_mb, disk_mb })
    }

    /// What the use cases work with. The configuration is read each time, so that a change of it needs no deployment.
    async fn environment(&self, invocation: &Invocation) -> Result<Environment, EnvironmentError> {
        let object = self.work.get(layout::CONFIG).await?.ok_or(EnvironmentError::NoConfig)?;
        let text = std::str::from_utf8(&object.bytes).map_err(|_| EnvironmentError::ConfigEncoding)?;
        let config = Config::parse(text).map_err(EnvironmentError::Config)?;
        let source = self.handler.source(&config, &*self.work)?;
        Ok(Environment {
            config: Arc::new(config),
            work: Arc::clone(&self.work),
            site: Arc::clone(&self.site),
            ledger: Arc::clone(&self.ledger),
            source,
            records: Arc::clone(&self.records),
            clock: Arc::new(SystemClock),
            scratch: self.scratch.clone(),
            trigger: format!("{} {}", H::NAME, invocation.request_id),
            deadline: invocation.deadline,
            capacity: self.memory_mb.map(|memory_mb| capacity(memory_mb, self.disk_mb, invocation.time)),
            memory: None,
            claims: OpenClaims::default(),
        })
    }

    /// The key in the work store of an object that an event names; `None` if it lies elsewhere. Events that are tried on folders may name any bucket.
    fn key_in_work<'a>(&self, bucket: &str, key: &'a str) -> Option<&'a str> {
        let work: &dyn Any = &*self.work;
        work.downcast_ref::<S3Store>().map_or(Some(key), |store| store.key_in(bucket, key))
    }
}
