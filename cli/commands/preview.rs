//! `skyfeed preview`.

use std::net::{IpAddr, Ipv4Addr};

use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{id::ImageId, names::Revision};

use crate::context::Context;
use crate::{exit::Exit, preview::Preview as Page, serve::Server};

/// Look at a staged study in the browser
///
/// Shows the tiles, the coordinates, the texts and the warnings of a study that waits for a decision, and the commands that approve or
/// reject it.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed preview eso1907a
  skyfeed preview eso1907a --no-open       prints the URL only")]
pub(crate) struct Preview {
    /// The image id
    id: ImageId,
    /// The revision, if there are several
    #[arg(long)]
    revision: Option<Revision>,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Print the URL and open no browser
    #[arg(long)]
    no_open: bool,
}

impl Preview {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_to_read("preview").await?;
        let page = Page::find(&env, &self.id, self.revision, &context.feed.as_arguments()).await?;
        let server = Server::bind(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port).await?;
        let url = server.url();
        context.output.line(format_args!("{} revision {} at {url} (Ctrl-C ends it)", self.id, page.revision()))?;
        context.output.event(&json!({"url": url, "id": self.id, "revision": page.revision()}))?;
        if !self.no_open && open::that_detached(&url).is_err() {
            context.output.line("there is no browser to open; open the URL yourself")?;
        }
        server.run(page.router(), &context.interrupt).await?;
        Ok(context.interrupt.exit_or(Exit::Done))
    }
}
