#![doc = include_str!("../README.md")]

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;
use skyfeed_aws::function::{Function, Handler, Invocation, InvocationError, Settings};
use skyfeed_function_fetch::Fetch;
use skyfeed_function_publish::Publish;
use skyfeed_function_reindex::Reindexer;
use skyfeed_function_tile::Tile;
use tempfile::TempDir;

const CONFIG: &str =
    "source_type: directory\ndirectory:\n  path: images\npublish_url_prefix: https://example.org/feed/\n";

/// A feed in folders, and its functions.
#[derive(Debug)]
pub struct Feed {
    folder: TempDir,
    fetch: Function<Fetch>,
    tile: Function<Tile>,
    publish: Function<Publish>,
    reindex: Function<Reindexer>,
}

impl Feed {
    /// A new feed without images.
    ///
    /// # Errors
    /// The folder cannot be made, or a function does not start.
    pub async fn new() -> Result<Self> {
        Self::in_folder(tempfile::tempdir()?, &[]).await
    }

    /// The same feed with functions that have further settings.
    ///
    /// # Errors
    /// As [`Feed::new`].
    pub async fn deployed_with(self, settings: &[(&str, &str)]) -> Result<Self> {
        Self::in_folder(self.folder, settings).await
    }

    async fn in_folder(folder: TempDir, more: &[(&str, &str)]) -> Result<Self> {
        let at = |name: &str| format!("{}/{name}", folder.path().display());
        fs::create_dir_all(at("images"))?;
        fs::create_dir_all(at("work"))?;
        fs::write(at("work/toasty-pipeline-config.yaml"), CONFIG)?;
        let variables = [
            ("SKYFEED_WORK", format!("file://{}", at("work"))),
            ("SKYFEED_SITE", format!("file://{}", at("site"))),
            ("SKYFEED_LEDGER", format!("sqlite://{}", at("ledger.sqlite"))),
            ("SKYFEED_QUEUE", "none".to_owned()),
        ];
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let variables = variables.into_iter().chain(more);
        let settings = Settings::read(variables.map(|(name, value)| (name.to_owned(), value)))?;
        Ok(Self {
            fetch: Function::start(Fetch, &settings).await?,
            tile: Function::start(Tile, &settings).await?,
            publish: Function::start(Publish, &settings).await?,
            reindex: Function::start(Reindexer, &settings).await?,
            folder,
        })
    }

    /// The folder that holds `images`, `work`, `site` and `ledger.sqlite`.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds keys to the configuration.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn configure(&self, more: &str) -> Result<()> {
        Ok(fs::write(self.path().join("work/toasty-pipeline-config.yaml"), format!("{CONFIG}{more}"))?)
    }

    /// Copies a file to a place in the feed.
    ///
    /// # Errors
    /// It cannot be copied.
    pub fn put(&self, from: &Path, to: &str) -> Result<()> {
        let to = self.path().join(to);
        fs::create_dir_all(to.parent().context("a file has a folder")?)?;
        fs::copy(from, &to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
        Ok(())
    }

    /// Invokes a function by its name.
    ///
    /// # Errors
    /// There is no such function, or the invocation fails as a whole.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value> {
        Ok(match function {
            "fetch" => call(&self.fetch, event).await?,
            "tile" => call(&self.tile, event).await?,
            "publish" => call(&self.publish, event).await?,
            "reindex" => call(&self.reindex, event).await?,
            other => anyhow::bail!("there is no function `{other}`"),
        })
    }
}

async fn call<H: Handler>(function: &Function<H>, event: &Value) -> Result<Value, InvocationError> {
    // A deadline in 1970, as local emulators have it.
    function.answer(event, &Invocation::new("test", 600_000, 1_800_000_000_000)).await
}
