//! `skyfeed config`.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use skyfeed_pipeline::config::{self, SourceConfig, SourceType};

use crate::context::Context;
use crate::{
    exit::Exit,
    feed::{FeedOptions, Place},
};

/// Look at the configuration
///
/// A feed's configuration is toasty-pipeline-config.yaml in its work store. All keys of `toasty pipeline` mean what they mean there.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed config check
  skyfeed config check eso.yaml
  skyfeed config show > eso.yaml")]
pub(crate) struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the configuration
    Show,
    /// Check the configuration, offline
    Check {
        /// A file, instead of the feed's own
        file: Option<PathBuf>,
    },
}

impl Config {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self.command {
            ConfigCommand::Show => {
                let found = context.feed.configuration().await?;
                context.output.verbatim(&found.text)?;
                context.output.document(&json!({"file": found.place.to_string(), "text": found.text}))?;
                Ok(Exit::Done)
            }
            ConfigCommand::Check { file: Some(file) } => {
                let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
                check(context, None, &Place::Path(file), &text)
            }
            ConfigCommand::Check { file: None } => {
                let found = context.feed.configuration().await?;
                check(context, Some(&context.feed), &found.place, &found.text)
            }
        }
    }
}

/// Checks a configuration, and the folders of the feed if it is that of one.
fn check(context: &Context, feed: Option<&FeedOptions>, file: &Place, text: &str) -> anyhow::Result<Exit> {
    let config = config::Config::parse(text).with_context(|| format!("cannot use `{file}`"))?;
    feed.map_or(Ok(()), |feed| feed.check_apart(&config))?;
    let source = match &config.source {
        SourceConfig::Astropix { json_query_url } => format!("astropix, {json_query_url}"),
        SourceConfig::Djangoplicity { base_url, .. } => format!("djangoplicity, {base_url}"),
        SourceConfig::Directory { path } => format!("directory, {path}"),
    };
    context.output.line(format_args!("{file} is good"))?;
    context.output.line(format_args!("  source: {source}"))?;
    context.output.line(format_args!("  public at: {}", config.publish_url_prefix))?;
    context.output.line(format_args!("  tiles: {}", config.tile_format))?;
    let template = config::Config::parse(&config::Config::example(SourceType::Directory))?;
    if config.publish_url_prefix == template.publish_url_prefix {
        context.output.line("note: publish_url_prefix is that of the template: write your own before you publish")?;
    }
    context.output.document(&json!({
        "file": file.to_string(),
        "source": source,
        "publish_url_prefix": config.publish_url_prefix,
        "tile_format": config.tile_format,
        "sha256": config.sha256,
    }))?;
    Ok(Exit::Done)
}
