//! `skyfeed init`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use bytes::Bytes;
use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{
    config::{Config, SourceType},
    layout,
};
use skyfeed_ports::store::{Body, Condition, Headers, Store, StoreError};

use crate::context::Context;
use crate::{
    error::UsageError,
    exit::Exit,
    feed::{self, FeedOptions, Place},
    openers::Cloud,
    shell::quoted,
};

const HEADERS: Headers = Headers { content_type: "application/yaml", cache_control: "no-store" };

/// Make a new feed
///
/// Makes the folders of a feed and its configuration, toasty-pipeline-config.yaml in the work store: from a template, from a file of yours, or
/// from a site that `toasty pipeline` made before, which is then taken over as it is. Nothing that exists is overwritten. Buckets and tables are
/// not made: those of a deployed feed are there already.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed init nrao --source astropix              then edit nrao/work/toasty-pipeline-config.yaml
  skyfeed init eso --config eso.yaml
  skyfeed init hubble --from-site /srv/feeds/hubble
  skyfeed init mine --source directory             pictures in mine/images/
  skyfeed init --work s3://work/eso --site s3://site/eso --ledger dynamodb://ledger/eso --config eso.yaml")]
pub(crate) struct Init {
    /// The folder of the feed; the same as --feed
    dir: Option<PathBuf>,
    /// The template: what kind of source the feed has
    #[arg(long, value_name = "TYPE", default_value = "astropix", conflicts_with_all = ["config", "from_site"])]
    #[arg(value_parser = ["astropix", "djangoplicity", "directory"])]
    source: String,
    /// Take the configuration from this file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Go on with this site of `toasty pipeline`, a folder or the URL that --site has; without --config, its configuration is taken too
    #[arg(long, value_name = "SITE")]
    from_site: Option<String>,
}

impl Init {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let mut options = context.feed.clone();
        if let Some(dir) = &self.dir {
            if options.feed.as_ref().is_some_and(|feed| feed != dir) {
                return Err(UsageError("the folder of the feed is named twice: leave out --feed".to_owned()).into());
            }
            options.feed = Some(dir.clone());
        }
        let (work, site, _) = options.places()?;
        let cloud = Cloud::default();
        let text = self.text(&cloud).await?;
        let adopted = self.from_site.as_ref().filter(|from| !is_url(from)).map(|from| Place::Path(from.into()));
        let images = options.source_folder(&Config::parse(&text)?);
        feed::refuse_overlap(&work, adopted.as_ref().unwrap_or(&site), images.as_deref())?;
        let config = work.join(layout::CONFIG);
        let work = feed::store(&work, &cloud).await?;
        match (&self.from_site, &site) {
            (Some(from), Place::Path(site)) if !is_url(from) => adopt(Path::new(from), site)?,
            (Some(from), site) if site.to_string().trim_end_matches('/') != from.trim_end_matches('/') => {
                let problem = format!("the site of the feed is `{site}` and not `{from}`; name the latter with --site");
                return Err(UsageError(problem).into());
            }
            // A folder is made by opening it.
            _ => drop(feed::store(&site, &cloud).await?),
        }
        write_new(&*work, &config, text).await?;
        self.tell(context, &options, &config, &site)
    }

    fn tell(&self, context: &Context, feed: &FeedOptions, config: &Place, site: &Place) -> anyhow::Result<Exit> {
        let (output, arguments, work) = (context.output, feed.as_arguments(), feed.work()?);
        match &work {
            Place::Path(_) => output.line(format_args!("made a feed in {}", feed.folder().display()))?,
            Place::Url(url) => output.line(format_args!("made a feed in {url}"))?,
        }
        if self.config.is_none() && self.from_site.is_none() {
            match config {
                Place::Path(file) => output.line(format_args!("next: edit {}", file.display()))?,
                Place::Url(url) => output.line(format_args!(
                    "next: skyfeed config show{arguments} > feed.yaml, edit it, and aws s3 cp feed.yaml {}",
                    quoted(url)
                ))?,
            }
        }
        let next = if self.from_site.is_some() { "refresh --dry-run" } else { "run" };
        output.line(format_args!("then: skyfeed config check{arguments} && skyfeed {next}{arguments}"))?;
        output.document(&json!({"config": config.to_string(), "work": work.to_string(), "site": site.to_string()}))?;
        Ok(Exit::Done)
    }

    /// The text of the configuration, checked.
    async fn text(&self, cloud: &Cloud) -> anyhow::Result<String> {
        let (place, text) = match (&self.config, &self.from_site) {
            (Some(file), _) => {
                let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
                (Place::Path(file.clone()), Some(text))
            }
            (None, Some(from)) => read_from(from, cloud).await?,
            (None, None) => return Ok(Config::example(self.source.parse::<SourceType>()?)),
        };
        let text = text.ok_or_else(|| {
            UsageError(format!("`{place}` does not exist; give the configuration of the site with --config FILE"))
        })?;
        Config::parse(&text).with_context(|| format!("cannot use `{place}`"))?;
        Ok(text)
    }
}

fn is_url(site: &str) -> bool {
    site.contains("://")
}

/// The configuration that lies in a site of toasty, if there is one.
async fn read_from(site: &str, cloud: &Cloud) -> anyhow::Result<(Place, Option<String>)> {
    if !is_url(site) {
        let file = Path::new(site).join(layout::CONFIG);
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read.with_context(|| format!("cannot read `{}`", file.display()))?),
        };
        return Ok((Place::Path(file), text));
    }
    let place = Place::Url(site.to_owned()).join(layout::CONFIG);
    let cannot = || format!("cannot read `{place}`");
    let found = cloud.store(site).await?.get(layout::CONFIG).await.with_context(cannot)?;
    let text = found.map(|found| String::from_utf8(found.bytes.to_vec())).transpose().with_context(cannot)?;
    Ok((place, text))
}

/// Makes the site that exists the feed's own: in place if it is there already, else by a link to it.
fn adopt(from: &Path, site: &Path) -> anyhow::Result<()> {
    let from = fs::canonicalize(from).with_context(|| format!("cannot open `{}`", from.display()))?;
    if fs::canonicalize(site).is_ok_and(|site| site == from) {
        return Ok(());
    }
    if site.exists() {
        let (site, from) = (site.display(), from.display());
        return Err(UsageError(format!("`{site}` exists and is not `{from}`; name the site with --site {from}")).into());
    }
    link(&from, site).with_context(|| format!("cannot link `{}` to `{}`", site.display(), from.display()))
}

#[cfg(unix)]
fn link(from: &Path, site: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, site)
}

#[cfg(not(unix))]
fn link(from: &Path, _site: &Path) -> io::Result<()> {
    let problem = format!("links are not supported here; use --site {} with every command", from.display());
    Err(io::Error::new(io::ErrorKind::Unsupported, problem))
}

async fn write_new(work: &dyn Store, config: &Place, text: String) -> anyhow::Result<()> {
    match work.put(layout::CONFIG, Body::Bytes(&Bytes::from(text)), HEADERS, Condition::IfAbsent).await {
        Ok(_) => Ok(()),
        Err(StoreError::Precondition { .. }) => {
            anyhow::bail!("there is a feed already: `{config}` exists and is left as it is")
        }
        Err(error) => Err(error).with_context(|| format!("cannot write `{config}`")),
    }
}
