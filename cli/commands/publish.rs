//! `skyfeed publish`.

use clap::Args;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::walk::{publish_all, publishable};

use super::Context;
use crate::{batch, exit::Exit, selection};

/// Copy approved studies to the site
///
/// Publishes the approved revisions; `reindex` then adds them to the feed's index. Without ids: all that are approved.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed publish && skyfeed reindex
  skyfeed publish eso1907a")]
pub(crate) struct Publish {
    /// Image ids, or patterns such as 'eso19*'
    ids: Vec<String>,
    /// Say what is approved and would be on the site
    #[arg(long)]
    dry_run: bool,
}

impl Publish {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("publish").await?;
        let (approved, mut failures) = publishable(&env).await?;
        let ids = if self.ids.is_empty() { approved } else { selection::select(&self.ids, &approved)? };
        if self.dry_run {
            batch::tell_failures(context.output, &failures);
            return batch::plan(context.output, Stage::Publish, &ids);
        }
        // What is named fails by itself.
        failures.retain(|failure| ids.iter().all(|id| id.as_str() != failure.item));
        batch::run(context, async |reporter| Ok((publish_all(&env, &ids, reporter).await, failures))).await
    }
}
