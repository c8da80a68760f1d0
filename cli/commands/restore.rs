//! `skyfeed restore`.

use clap::Args;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{
    batch::{Event, each},
    retract::restore,
    status::State,
};

use super::Context;
use crate::{batch, exit::Exit, selection};

/// Undo `retract`
///
/// Publishes the approved revision again; without one, the image is merely no longer skipped, and the next `refresh` finds it.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed restore eso1907a && skyfeed reindex")]
pub(crate) struct Restore {
    /// Image ids, or patterns such as 'eso19*'
    #[arg(required = true)]
    ids: Vec<String>,
    /// Say what would be restored
    #[arg(long)]
    dry_run: bool,
}

impl Restore {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("restore").await?;
        let skipped = selection::in_state(&env, |image| image.state == State::Skipped).await?;
        let ids = selection::select(&self.ids, &skipped)?;
        if self.dry_run {
            return batch::plan(context.output, Stage::Restore, &ids);
        }
        let env = &env;
        batch::run(context, async |reporter| {
            let step = |id| async move {
                let restored = restore(env, &id).await;
                let revision = restored.map(|o| o.map(|revision| revision.map(|r| r.to_string()).unwrap_or_default()));
                Event::new(Stage::Restore, &id, revision)
            };
            Ok((each(Stage::Restore, &ids, 1, reporter, step).await, Vec::new()))
        })
        .await
    }
}
