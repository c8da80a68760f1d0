//! `skyfeed demo`.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{layout, names::Person, walk::Walk};

use crate::{
    batch,
    context::Context,
    demo,
    error::UsageError,
    exit::Exit,
    feed::FeedOptions,
    serve::{self, Server},
};

/// The folder of the pictures, by which a demo of before is known.
const PICTURES: &str = "pictures";
/// Where `serve` is by default, so that the published documents work there as they are.
const PREFIX: &str = "http://127.0.0.1:8080/";

/// See a feed come into being
///
/// Draws three pictures of the sky, offers them on this machine as AstroPix would, and does the whole walk on them: refresh, fetch, tile,
/// approve, publish, reindex. No network is needed.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed demo                     makes skyfeed-demo/ and ends
  skyfeed demo --serve             and serves it to a browser until Ctrl-C")]
pub(crate) struct Demo {
    /// The folder of the feed [default: skyfeed-demo]
    dir: Option<PathBuf>,
    /// Stay, and serve the site
    #[arg(long)]
    serve: bool,
    /// The port of --serve; 0 takes a free one
    #[arg(long, default_value_t = 8080, requires = "serve")]
    port: u16,
}

impl Demo {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let FeedOptions { feed, work, site, ledger, .. } = &context.feed;
        if work.is_some() || site.is_some() || ledger.is_some() {
            return Err(UsageError(
                "the demo makes a feed in a folder: leave out --work, --site and --ledger".to_owned(),
            )
            .into());
        }
        let dir = &self.dir.clone().or_else(|| feed.clone()).unwrap_or_else(|| PathBuf::from("skyfeed-demo"));
        let feed = FeedOptions::in_folder(dir);
        let pictures = dir.join(PICTURES);
        if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) && !pictures.is_dir() {
            return Err(UsageError(format!("`{}` is not empty and no demo: name another folder", dir.display())).into());
        }
        // Taken first: a port that is not free should not be found out at the end.
        let server =
            if self.serve { Some(Server::bind(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port).await?) } else { None };

        context.output.line(format_args!("drawing three pictures of the sky in {}", pictures.display()))?;
        let drawn = tokio::task::spawn_blocking(move || demo::pictures(&pictures)).await??;
        let source = demo::source::serve(drawn, PREFIX).await?;
        configure(dir, &format!("source_type: astropix\nastropix:\n  json_query_url: {}", source.feed_url()))?;
        let context = &context.of(feed);
        let env = context.feed.environment("demo").await?;
        let command = Walk { refresh: true, approve_all: Some(Person::new("demo")?) };
        let Some(walked) = batch::unless_stopped(context, super::run::step(context, &env, &command)).await else {
            return Ok(context.interrupt.exit_or(Exit::Done));
        };
        let exit = walked?;
        drop(source);
        // The source ends with the demo; the feed can go on with its pictures, and with others beside them.
        configure(dir, &format!("source_type: directory\ndirectory:\n  path: {PICTURES}"))?;
        look(context, server, exit).await
    }
}

/// Says where to look, and shows it if asked.
async fn look(context: &Context, server: Option<Server>, exit: Exit) -> anyhow::Result<Exit> {
    let feed = &context.feed;
    let (output, arguments, site) = (context.output, feed.as_arguments(), feed.folder().join("site"));
    output.line(format_args!("\nThe feed is in {}: index.wtml lists its images, newest first.", site.display()))?;
    output.line(format_args!("What was done, and when:  skyfeed status --all{arguments}"))?;
    let Some(server) = server else {
        output.line(format_args!("Look at it:               skyfeed serve{arguments}"))?;
        return Ok(exit);
    };
    let url = server.url();
    output.line(format_args!("Look at it:               {url} (Ctrl-C ends it)"))?;
    output.event(&json!({"url": url, "dir": site}))?;
    server.run(serve::folder(&site)?, &context.interrupt).await?;
    Ok(context.interrupt.exit_or(exit))
}

/// Writes the configuration anew: the source has another port each time.
fn configure(dir: &Path, source: &str) -> anyhow::Result<()> {
    let work = dir.join("work");
    let text = format!(
        "# Made by `skyfeed demo`.\n\
         {source}\n\
         publish_url_prefix: {PREFIX}\n\
         folder_name: Skyfeed demo\n"
    );
    fs::create_dir_all(&work)
        .and_then(|()| fs::write(work.join(layout::CONFIG), text))
        .with_context(|| format!("cannot write into `{}`", work.display()))
}
