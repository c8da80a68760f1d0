//! `skyfeed config`.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use skyfeed_pipeline::config::{self, SourceConfig, SourceType};

use super::Context;
use crate::exit::Exit;

/// Look at the configuration
///
/// A feed's configuration is work/toasty-pipeline-config.yaml. All keys of `toasty pipeline` mean what they mean there.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed config check
  skyfeed config check eso.yaml")]
pub(crate) struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the configuration, offline
    Check {
        /// A file, instead of the feed's own
        file: Option<PathBuf>,
    },
}

impl Config {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let ConfigCommand::Check { file } = self.command;
        let file = match file {
            Some(file) => file,
            None => context.feed.config_file()?,
        };
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let config = config::Config::parse(&text).with_context(|| format!("cannot use `{}`", file.display()))?;
        let source = match &config.source {
            SourceConfig::Astropix { json_query_url } => format!("astropix, {json_query_url}"),
            SourceConfig::Djangoplicity { base_url, .. } => format!("djangoplicity, {base_url}"),
            SourceConfig::Directory { path } => format!("directory, {path}"),
        };
        context.output.line(format_args!("{} is good", file.display()))?;
        context.output.line(format_args!("  source: {source}"))?;
        context.output.line(format_args!("  public at: {}", config.publish_url_prefix))?;
        let template = config::Config::parse(&config::Config::example(SourceType::Directory))?;
        if config.publish_url_prefix == template.publish_url_prefix {
            context
                .output
                .line("note: publish_url_prefix is that of the template: write your own before you publish")?;
        }
        context.output.document(&json!({
            "file": file,
            "source": source,
            "publish_url_prefix": config.publish_url_prefix,
            "sha256": config.sha256,
        }))?;
        Ok(Exit::Done)
    }
}
