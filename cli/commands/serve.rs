//! `skyfeed serve`.

use std::{net::IpAddr, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use skyfeed_pipeline::layout;

use crate::context::Context;
use crate::{
    exit::Exit,
    feed::Place,
    openers::Cloud,
    serve::{self, Server},
};

/// Serve tiles to WorldWide Telescope clients
///
/// A static web server for this machine: with the CORS headers and content types that WorldWide Telescope asks for, and with `x.wtml`
/// made on the fly from `x_rel.wtml`, so that a folder can be looked at before it is published anywhere. Hidden files are not served; links are followed. The site of a feed is served
/// from where it is, read with your own credentials if that is a bucket.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed serve picture            what `tile-study` wrote
  skyfeed serve --feed my-feed     the site of a feed
  skyfeed serve --site s3://bucket/prefix
  skyfeed serve site --port 0      on any free port")]
pub(crate) struct Serve {
    /// The folder [default: the site of the feed]
    dir: Option<PathBuf>,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
}

impl Serve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let of_feed = self.dir.is_none();
        let site = match self.dir {
            Some(dir) => Place::Path(dir),
            None => context.feed.site()?,
        };
        let files = match &site {
            Place::Path(dir) => {
                if of_feed {
                    context.feed.configuration().await.context("there is no folder to serve: name one")?;
                }
                serve::folder(dir).with_context(|| format!("cannot serve `{site}`"))?
            }
            Place::Url(url) => {
                let store = Cloud::default().store(url).await?;
                // Asked here, so that a person learns at once what keeps them out.
                store.head(layout::INDEX).await.with_context(|| format!("cannot serve `{site}`"))?;
                serve::store(store, url)
            }
        };
        let server = Server::bind(self.host, self.port).await?;
        let url = server.url();
        context.output.line(format_args!("serving {site} at {url} (Ctrl-C ends it)"))?;
        context.output.event(&json!({"url": url, "dir": site.to_string()}))?;
        server.run(files, &context.interrupt).await?;
        Ok(context.interrupt.exit_or(Exit::Done))
    }
}
