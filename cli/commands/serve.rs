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
  skyfeed serve my-feed/site       a whole feed
  skyfeed serve site --port 0      on any free port")]
pub(crate) struct Serve {
    /// The folder
    dir: PathBuf,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
}

impl Serve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let folder = Folder::open(&self.dir).with_context(|| format!("cannot serve `{}`", self.dir.display()))?;
        let server = Server::bind(self.host, self.port).await?;
        let url = server.url();
        context.output.line(format_args!("serving {} at {url} (Ctrl-C ends it)", self.dir.display()))?;
        context.output.event(&json!({"url": url, "dir": self.dir}))?;
        server.run(folder.router(), &context.interrupt).await?;
        Ok(context.interrupt.exit_or(Exit::Done))
    }
}
