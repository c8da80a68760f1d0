//! `skyfeed serve`.

use std::{net::IpAddr, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::Context;
use crate::{
    exit::Exit,
    serve::{Folder, Server},
};

/// Serve a folder of tiles to WorldWide Telescope clients
///
/// A static web server for this machine: with the CORS headers and content types that WorldWide Telescope asks for, and with `x.wtml`
/// made on the fly from `x_rel.wtml`, so that a folder can be looked at before it is published anywhere. Hidden files are not served; links are followed.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed serve picture            what `tile-study` wrote
  skyfeed serve --feed my-feed     the site of a feed
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
        let dir = match self.dir {
            Some(dir) => dir,
            None => {
                context.feed.config_file().context("there is no folder to serve: name one")?;
                context.feed.site_dir()?
            }
        };
        let folder = Folder::open(&dir).with_context(|| format!("cannot serve `{}`", dir.display()))?;
        let server = Server::bind(self.host, self.port).await?;
        let url = server.url();
        context.output.line(format_args!("serving {} at {url} (Ctrl-C ends it)", dir.display()))?;
        context.output.event(&json!({"url": url, "dir": dir}))?;
        server.run(folder.router(), &context.interrupt).await?;
        Ok(context.interrupt.exit_or(Exit::Done))
    }
}
