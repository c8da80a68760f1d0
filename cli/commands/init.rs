//! `skyfeed init`.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{
    config::{Config, SourceType},
    layout,
};

use super::Context;
use crate::exit::{Exit, UsageError};

/// Make a new feed
///
/// Makes the folders of a feed and its configuration, work/toasty-pipeline-config.yaml: from a template, from a file of yours, or from a
/// site that `toasty pipeline` made before, which is then taken over as it is. Nothing that exists is overwritten.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed init nrao --source astropix              then edit nrao/work/toasty-pipeline-config.yaml
  skyfeed init eso --config eso.yaml
  skyfeed init hubble --from-site /srv/feeds/hubble
  skyfeed init mine --source directory             pictures in mine/images/")]
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
    /// Go on with this site of `toasty pipeline`; without --config, its configuration is taken too
    #[arg(long, value_name = "DIR")]
    from_site: Option<PathBuf>,
}

impl Init {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let mut feed = context.feed.clone();
        if let Some(dir) = &self.dir {
            if feed.feed != Path::new(".") && feed.feed != *dir {
                return Err(UsageError("the folder of the feed is named twice: leave out --feed".to_owned()).into());
            }
            feed.feed.clone_from(dir);
        }
        let text = self.text()?;
        let (work, site) = (feed.work_dir()?, feed.site_dir()?);
        let config = work.join(layout::CONFIG);
        fs::create_dir_all(&work).with_context(|| format!("cannot make `{}`", work.display()))?;
        if let Some(from) = &self.from_site {
            adopt(from, &site)?;
        } else {
            fs::create_dir_all(&site).with_context(|| format!("cannot make `{}`", site.display()))?;
        }
        write_new(&config, &text)?;

        let arguments = feed.as_arguments();
        context.output.line(format_args!("made a feed in {}", feed.feed.display()))?;
        if self.config.is_none() && self.from_site.is_none() {
            context.output.line(format_args!("next: edit {}", config.display()))?;
        }
        let next = if self.from_site.is_some() { "refresh --dry-run" } else { "run" };
        context.output.line(format_args!("then: skyfeed config check{arguments} && skyfeed {next}{arguments}"))?;
        context.output.document(&json!({"config": config, "work": work, "site": site}))?;
        Ok(Exit::Done)
    }

    /// The text of the configuration, checked.
    fn text(&self) -> anyhow::Result<String> {
        let file = match (&self.config, &self.from_site) {
            (Some(file), _) => file.clone(),
            (None, Some(site)) => site.join(layout::CONFIG),
            (None, None) => return Ok(Config::example(self.source.parse::<SourceType>()?)),
        };
        if self.config.is_none() && !file.exists() {
            let problem =
                format!("`{}` does not exist; give the configuration of the site with --config FILE", file.display());
            return Err(UsageError(problem).into());
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        Config::parse(&text).with_context(|| format!("cannot use `{}`", file.display()))?;
        Ok(text)
    }
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

fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    let written =
        OpenOptions::new().write(true).create_new(true).open(file).and_then(|mut out| out.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            anyhow::bail!("there is a feed already: `{}` exists and is left as it is", file.display())
        }
        written => written.with_context(|| format!("cannot write `{}`", file.display())),
    }
}
