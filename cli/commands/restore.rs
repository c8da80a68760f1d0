//! `skyfeed restore`.

use clap::Args;
use skyfeed_pipeline::{
    batch::{Event, each},
    restore::{self, restore},
    stage::Stage,
    standing::{Standing, State},
};

use super::retract::{Asked, trigger};
use crate::{batch, context::Context, dry_run, exit::Exit, selection};

/// Undo `retract`
///
/// Publishes the approved revision again; without one, the image is merely no longer skipped, and the next `refresh` finds it.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed restore eso1907a && skyfeed reindex")]
pub(crate) struct Restore {
    #[command(flatten)]
    asked: Asked,
    /// Say what would be restored
    #[arg(long)]
    dry_run: bool,
}

impl Restore {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let by = context.deciding_person(self.asked.by.as_deref())?;
        let env = context.feed.environment_unless(self.dry_run, &trigger("restore", &by, &self.asked.note)).await?;
        let fits = |standing: &Standing| matches!(standing.state, State::Retracted | State::Skipped);
        let ids = selection::select(context, &env, &self.asked.ids, fits).await?;
        let env = &env;
        if self.dry_run {
            let plan = |id| async move { restore::plan(env, &id).await };
            return dry_run::named(context, Stage::Restore, &ids, plan).await;
        }
        if selection::confirm(context, "bring back", ids.len(), self.asked.yes).await?.is_none() {
            return Ok(context.interrupt.exit_or(Exit::Done));
        }
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
