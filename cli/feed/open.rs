//! From where the parts of a feed are to the environment that use cases work in.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use skyfeed_pipeline::{
    budget::MemoryBudget,
    config::{Config, SourceConfig},
    environment::Environment,
    layout,
    records::Records,
    scratch, sha256_hex,
    source::{self, ImageSource},
};
use skyfeed_ports::{
    clock::SystemClock,
    ledger::{Ledger, SqliteLedger},
    opener::Access,
    store::{LocalStore, Store},
};

use super::{FeedOptions, Place, overlap};
use crate::{error::UsageError, memory, openers::Cloud, shell::quoted};

/// Where small records are kept that were read before; a file that is no part of the feed.
const RECORDS: &str = ".skyfeed-records.json";

/// The text of a configuration and the store that it is in.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// Where it is.
    pub(crate) place: Place,
    pub(crate) text: String,
    work: Arc<dyn Store>,
}

impl FeedOptions {
    /// Opens the feed. `trigger` goes into the history as the cause of what is done.
    ///
    /// # Errors
    /// There is no feed, or its configuration, a store or the ledger cannot be used; or, which is wrong usage, its folders overlap.
    pub(crate) async fn environment(&self, trigger: &str) -> anyhow::Result<Environment> {
        self.opened(trigger, Access::ReadWrite).await
    }

    /// Opens the feed for a command that only reads: it needs no right to write into the ledger, and folders that overlap do it no harm.
    ///
    /// # Errors
    /// As [`FeedOptions::environment`].
    pub(crate) async fn environment_to_read(&self, trigger: &str) -> anyhow::Result<Environment> {
        self.opened(trigger, Access::ReadOnly).await
    }

    /// Opens the feed for a command that writes, or for its dry run, which only reads.
    ///
    /// # Errors
    /// As [`FeedOptions::environment`].
    pub(crate) async fn environment_unless(&self, dry_run: bool, trigger: &str) -> anyhow::Result<Environment> {
        if !dry_run {
            return self.environment(trigger).await;
        }
        let env = self.environment_to_read(trigger).await?;
        self.check_apart(&env.config)?;
        Ok(env)
    }

    /// Keeps small records that were read for the next command.
    pub(crate) fn keep(&self, records: &Records) {
        if let Some(file) = self.records_file() {
            records.save(&file);
        }
    }

    /// Beside the ledger, or for a ledger in a cloud among the person's own caches.
    pub(super) fn records_file(&self) -> Option<PathBuf> {
        let (work, _, ledger) = self.places().ok()?;
        match ledger {
            Place::Path(file) => Some(file.with_file_name(RECORDS)),
            Place::Url(_) => {
                let name = sha256_hex(work.to_string().as_bytes());
                Some(self.surroundings.cache.as_ref()?.join("skyfeed").join(format!("{name}.json")))
            }
        }
    }

    async fn opened(&self, trigger: &str, access: Access) -> anyhow::Result<Environment> {
        let (_, site, ledger) = self.places()?;
        let cloud = Cloud::default();
        let Configuration { place, text, work } = self.configuration_by(&cloud).await?;
        let (config, source) = self.configured(&place, &text)?;
        if access == Access::ReadWrite {
            self.check_apart(&config)?;
        }
        let scratch = std::env::temp_dir();
        scratch::remove_leftovers(&scratch);
        let ledger = self::ledger(&ledger, access, &cloud).await?;
        Ok(Environment {
            config,
            work,
            site: store(&site, &cloud).await?,
            ledger,
            source,
            records: Arc::new(self.records_file().map_or_else(Records::default, |file| Records::load(&file))),
            clock: Arc::new(SystemClock),
            scratch,
            trigger: trigger.to_owned(),
            deadline: None,
            capacity: None,
            memory: Some(MemoryBudget::new(memory::usable_bytes())),
            claims: self.claims.clone(),
        })
    }

    /// The same feed with its configuration as it is now; nothing else is opened again.
    ///
    /// # Errors
    /// The configuration cannot be read or used. What it was before is then no longer known to hold.
    pub(crate) async fn configured_anew(&self, env: &Environment) -> anyhow::Result<Environment> {
        let place = self.work()?.join(layout::CONFIG);
        let found = env.work.get(layout::CONFIG).await.with_context(|| format!("cannot read `{place}`"))?;
        let bytes = found.ok_or_else(|| self.no_feed(&place))?.bytes.to_vec();
        let text = String::from_utf8(bytes).with_context(|| format!("cannot read `{place}`"))?;
        let (config, source) = self.configured(&place, &text)?;
        self.check_apart(&config)?;
        Ok(Environment { config, source, ..env.clone() })
    }

    fn configured(&self, place: &Place, text: &str) -> anyhow::Result<(Arc<Config>, Arc<dyn ImageSource>)> {
        let config = Config::parse(text).with_context(|| format!("cannot use `{place}`"))?;
        if config.http.insecure_tls {
            tracing::warn!(
                "certificates are not verified, as the configuration says: anybody on the way can change the images"
            );
        }
        let source = source::from_config(&self.seen_from_folder(&config.source)?, &config.http)?;
        Ok((Arc::new(config), source))
    }

    /// The folder that images come from, if it is one of this machine.
    pub(crate) fn source_folder(&self, config: &Config) -> Option<PathBuf> {
        match self.seen_from_folder(&config.source) {
            Ok(SourceConfig::Directory { path }) => Some(path.into()),
            _ => None,
        }
    }

    /// Refuses stores and a folder of images that overlap.
    ///
    /// # Errors
    /// They do.
    pub(crate) fn check_apart(&self, config: &Config) -> Result<(), UsageError> {
        // A configuration can be looked at where the site is not said; nothing is written then.
        let Ok((work, site, ledger)) = self.places() else { return Ok(()) };
        overlap::refuse_public_ledger(&ledger, &site)?;
        overlap::refuse(&work, &site, self.source_folder(config).as_deref())
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// There is none, and so no feed; or it cannot be read.
    pub(crate) async fn configuration(&self) -> anyhow::Result<Configuration> {
        self.configuration_by(&Cloud::default()).await
    }

    async fn configuration_by(&self, cloud: &Cloud) -> anyhow::Result<Configuration> {
        let work = self.work()?;
        let place = work.join(layout::CONFIG);
        // To open a folder makes it.
        if matches!(&work, Place::Path(folder) if !folder.is_dir()) {
            return Err(self.no_feed(&place));
        }
        let store = store(&work, cloud).await?;
        let found = store.get(layout::CONFIG).await.with_context(|| format!("cannot read `{place}`"))?;
        let bytes = found.ok_or_else(|| self.no_feed(&place))?.bytes.to_vec();
        let text = String::from_utf8(bytes).with_context(|| format!("cannot read `{place}`"))?;
        Ok(Configuration { place, text, work: store })
    }

    fn no_feed(&self, config: &Place) -> anyhow::Error {
        if config.is_url() {
            let feed = self.as_arguments();
            return anyhow::anyhow!(
                "there is no feed: `{config}` does not exist; make one with `skyfeed init --config FILE{feed}`"
            );
        }
        let init = quoted(&self.folder().to_string_lossy());
        anyhow::anyhow!(
            "there is no feed: `{config}` does not exist; name the feed's folder with --feed DIR, or make one with `skyfeed init {init}`"
        )
    }
}

/// Opens a store; a folder is made if it is missing.
///
/// # Errors
/// It cannot be opened.
pub(crate) async fn store(place: &Place, cloud: &Cloud) -> anyhow::Result<Arc<dyn Store>> {
    match place {
        Place::Path(folder) => Ok(Arc::new(LocalStore::open(folder)?)),
        Place::Url(url) => cloud.store(url).await,
    }
}

/// Opens a ledger. For writing, a file is made if it is missing; for reading, nothing is written.
///
/// # Errors
/// It cannot be opened.
async fn ledger(place: &Place, access: Access, cloud: &Cloud) -> anyhow::Result<Arc<dyn Ledger>> {
    match (place, access) {
        (Place::Path(file), Access::ReadWrite) => Ok(Arc::new(SqliteLedger::open(file)?)),
        (Place::Path(file), Access::ReadOnly) => Ok(Arc::new(SqliteLedger::open_read_only(file)?)),
        (Place::Url(url), access) => cloud.ledger(url, access).await,
    }
}
