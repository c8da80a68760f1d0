//! Where a feed lives: folders and a ledger file, by `--feed` or one by one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::Args;
use skyfeed_pipeline::{
    config::{Config, SourceConfig},
    environment::{Environment, SystemClock},
    layout,
    ledger::SqliteLedger,
    scratch, source,
    store::LocalStore,
};
use url::Url;

use crate::{exit::UsageError, shell::quoted};

/// Where the feed lives.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Feed options")]
pub(crate) struct FeedOptions {
    /// The folder of the feed, which holds work/, site/ and ledger.sqlite.
    #[arg(long, value_name = "DIR", global = true, default_value = ".", hide_default_value = true)]
    pub(crate) feed: PathBuf,
    /// The private store, instead of DIR/work [a path or file:///…]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) work: Option<String>,
    /// The public store, instead of DIR/site [a path or file:///…]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) site: Option<String>,
    /// The ledger, instead of DIR/ledger.sqlite [a path or sqlite:///…]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) ledger: Option<String>,
}

impl FeedOptions {
    /// Opens the feed. `trigger` goes into the history as the cause of what is done.
    ///
    /// # Errors
    /// There is no feed, or its configuration, a store or the ledger cannot be used.
    pub(crate) fn environment(&self, trigger: &str) -> anyhow::Result<Environment> {
        let (work, site, ledger) = (self.work_dir()?, self.site_dir()?, self.ledger_file()?);
        let file = self.config_file()?;
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let config = Config::parse(&text).with_context(|| format!("cannot use `{}`", file.display()))?;
        if config.http.insecure_tls {
            tracing::warn!(
                "certificates are not verified, as the configuration says: anybody on the way can change the images"
            );
        }
        let source = source::from_config(&from_folder(&config.source, &self.feed), &config.http)?;
        let scratch = std::env::temp_dir();
        scratch::remove_leftovers(&scratch);
        Ok(Environment {
            config: Arc::new(config),
            work: Arc::new(LocalStore::open(&work)?),
            site: Arc::new(LocalStore::open(&site)?),
            ledger: Arc::new(SqliteLedger::open(&ledger)?),
            source,
            clock: Arc::new(SystemClock),
            scratch,
            trigger: trigger.to_owned(),
            deadline: None,
        })
    }

    /// The file of the configuration.
    ///
    /// # Errors
    /// There is none, and so no feed.
    pub(crate) fn config_file(&self) -> anyhow::Result<PathBuf> {
        let file = self.work_dir()?.join(layout::CONFIG);
        if !file.exists() {
            let init = quoted(&self.feed.to_string_lossy());
            anyhow::bail!(
                "there is no feed: `{}` does not exist; name the feed's folder with --feed DIR, or make one with `skyfeed init {init}`",
                file.display()
            );
        }
        Ok(file)
    }

    /// The options that lead a command to this feed, each after a space, ready for a shell.
    pub(crate) fn as_arguments(&self) -> String {
        let mut arguments = String::new();
        if self.feed != Path::new(".") {
            push_argument(&mut arguments, "--feed", &self.feed.to_string_lossy());
        }
        for (option, value) in [("--work", &self.work), ("--site", &self.site), ("--ledger", &self.ledger)] {
            if let Some(value) = value {
                push_argument(&mut arguments, option, value);
            }
        }
        arguments
    }

    /// The folder of the private store.
    pub(crate) fn work_dir(&self) -> Result<PathBuf, UsageError> {
        path_or(self.work.as_deref(), "--work", "file", || self.feed.join("work"))
    }

    /// The folder of the public store.
    pub(crate) fn site_dir(&self) -> Result<PathBuf, UsageError> {
        path_or(self.site.as_deref(), "--site", "file", || self.feed.join("site"))
    }

    /// The file of the ledger.
    pub(crate) fn ledger_file(&self) -> Result<PathBuf, UsageError> {
        path_or(self.ledger.as_deref(), "--ledger", "sqlite", || self.feed.join("ledger.sqlite"))
    }
}

/// A relative directory is relative to the folder of the feed, wherever the command is called.
fn from_folder(source: &SourceConfig, feed: &Path) -> SourceConfig {
    match source {
        SourceConfig::Directory { path } => {
            SourceConfig::Directory { path: feed.join(path).to_string_lossy().into_owned() }
        }
        other => other.clone(),
    }
}

fn push_argument(arguments: &mut String, option: &str, value: &str) {
    arguments.extend([" ", option, " ", &quoted(value)]);
}

fn path_or(
    given: Option<&str>,
    option: &str,
    scheme: &str,
    default: impl FnOnce() -> PathBuf,
) -> Result<PathBuf, UsageError> {
    let Some(given) = given else { return Ok(default()) };
    let Some((given_scheme, _)) = given.split_once("://") else { return Ok(PathBuf::from(given)) };
    if given_scheme != scheme {
        return Err(UsageError(format!(
            "{option} {given}: {given_scheme}:// is not built into this program yet; give a path or {scheme}:///PATH"
        )));
    }
    // `file` is the scheme whose rules of hosts and drive letters the library knows.
    let as_file = given.replacen(scheme, "file", 1);
    let path = Url::parse(&as_file).ok().and_then(|url| url.to_file_path().ok()).filter(|path| path != Path::new("/"));
    path.ok_or_else(|| UsageError(format!("{option} {given}: not an absolute path; write {scheme}:///PATH")))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::FeedOptions;

    fn options() -> FeedOptions {
        FeedOptions { feed: PathBuf::from("here"), work: None, site: None, ledger: None }
    }

    #[test]
    fn everything_is_in_the_feed_folder_unless_told_otherwise() {
        let options = FeedOptions { site: Some("/srv/site".into()), ..options() };
        assert_eq!(options.work_dir().unwrap(), Path::new("here/work"));
        assert_eq!(options.site_dir().unwrap(), Path::new("/srv/site"));
        assert_eq!(options.ledger_file().unwrap(), Path::new("here/ledger.sqlite"));
    }

    #[test]
    fn a_command_line_for_the_feed_survives_the_shell() {
        assert_eq!(FeedOptions { feed: ".".into(), ..options() }.as_arguments(), "");
        let options = FeedOptions { feed: "it's here".into(), site: Some("/srv/site".into()), ..options() };
        assert_eq!(options.as_arguments(), r" --feed 'it'\''s here' --site /srv/site");
    }

    #[test]
    fn urls_name_absolute_paths() {
        let options = FeedOptions {
            work: Some("file:///srv/my%20work".into()),
            ledger: Some("sqlite:///srv/l.sqlite".into()),
            ..options()
        };
        assert_eq!(options.work_dir().unwrap(), Path::new("/srv/my work"));
        assert_eq!(options.ledger_file().unwrap(), Path::new("/srv/l.sqlite"));
    }

    #[test]
    fn a_scheme_that_is_not_built_in_is_named() {
        for url in ["s3://bucket/prefix", "file://host/path", "sqlite:///x", "file://"] {
            let error = FeedOptions { work: Some(url.into()), ..options() }.work_dir().unwrap_err().to_string();
            assert!(error.contains(url), "{error}");
        }
    }
}
