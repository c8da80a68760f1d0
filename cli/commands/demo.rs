//! `skyfeed demo`.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{
    batch::Failure,
    decide::{Decide, decide},
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    names::Person,
    record::Verdict,
    standing::Standing,
    walk::{Walk, walk},
};

use super::run;
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
/// Who approves the demo's own pictures.
const DEMO: &str = "demo";
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
        let own: Vec<ImageId> = drawn.iter().map(|picture| picture.target.id()).collect::<Result<_, _>>()?;
        let source = demo::source::serve(drawn, PREFIX).await?;
        configure(dir, &format!("source_type: astropix\nastropix:\n  json_query_url: {}", source.feed_url()))?;
        let context = &context.of(feed);
        let env = context.feed.environment("demo").await?;
        let Some(walked) = batch::unless_stopped(context, walk_all(context, &env, &own)).await else {
            return Ok(context.interrupt.exit_or(Exit::Done));
        };
        let exit = walked?;
        drop(source);
        // The source ends with the demo; the feed can go on with its pictures, and with others beside them.
        configure(dir, &format!("source_type: directory\ndirectory:\n  path: {PICTURES}"))?;
        look(context, server, exit).await
    }
}

/// The whole walk. Nobody looks at the demo's own pictures; whatever else lies in its folder waits for people, as in any other feed.
async fn walk_all(context: &Context, env: &Environment, own: &[ImageId]) -> anyhow::Result<Exit> {
    let reporter = run::reporter(context, env).await?;
    let mut walked = walk(env, &Walk { refresh: true, approve_all: None }, &reporter).await?;
    for id in own {
        if let Err(error) = approve(env, id).await {
            walked.failures.push(Failure::of(id.as_str(), &error));
        }
    }
    let published = walk(env, &Walk { refresh: false, approve_all: None }, &reporter).await?;
    walked.events.extend(published.events);
    let new = published.failures.into_iter().filter(|failure| !walked.failures.contains(failure));
    let new: Vec<Failure> = new.collect();
    walked.failures.extend(new);
    walked.reindexed = published.reindexed;
    run::end(context, env, &reporter, &walked, true).await
}

async fn approve(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    let Some(standing) = Standing::of(env, id).await? else { return Ok(()) };
    let Some(waiting) = standing.waiting().next() else { return Ok(()) };
    let command = Decide {
        id: id.clone(),
        revision: Some(waiting.revision.clone()),
        verdict: Verdict::Approve,
        by: Person::new(DEMO).map_err(|error| StepError::Refused(error.to_string()))?,
        note: "approved unseen".to_owned(),
        manifest_sha256: None,
    };
    decide(env, &command).await.map(drop)
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
