//! `skyfeed fetch`.

use clap::Args;
use skyfeed_pipeline::{ledger::Stage, status::State, walk::fetch_all};

use super::Context;
use crate::{batch, exit::Exit, selection};

/// Download images from the source
///
/// Downloads candidates that `refresh` found into work/inbox/. Without ids: all that wait for it.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed fetch
  skyfeed fetch eso1907a 'heic19*'")]
pub(crate) struct Fetch {
    /// Image ids, or patterns such as 'eso19*'
    ids: Vec<String>,
    /// Say what would be downloaded
    #[arg(long)]
    dry_run: bool,
}

impl Fetch {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("fetch")?;
        let waiting = selection::in_state(&env, |image| image.state == State::Candidate).await?;
        let ids = if self.ids.is_empty() { waiting } else { selection::select(&self.ids, &waiting)? };
        if self.dry_run {
            return batch::plan(context.output, Stage::Fetch, &ids);
        }
        batch::run(context, async |reporter| Ok((fetch_all(&env, &ids, reporter).await, Vec::new()))).await
    }
}
