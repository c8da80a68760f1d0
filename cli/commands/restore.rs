//! `skyfeed restore`.

use clap::Args;
use skyfeed_pipeline::{
    batch::{Ending, Event, each},
    outcome::Outcome,
    restore::{self, Restored, restore},
    stage::Stage,
    standing::{Standing, State},
};

use super::retract::{Asked, trigger};
use crate::{batch, context::Context, dry_run, exit::Exit, selection};

/// Undo `retract`
///
/// Publishes the approved revision again, or puts back what was kept of it. If there is neither, the image is merely no longer skipped, and goes on from where it is.
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
            return dry_run::tell(context, Stage::Restore, &ids, Vec::new(), plan).await;
        }
        if selection::confirm(context, "bring back", ids.len(), self.asked.yes).await?.is_none() {
            return Ok(context.interrupt.exit_or(Exit::Done));
        }
        batch::run(context, async |reporter| {
            let step = |id| async move {
                match restore(env, &id).await {
                    Ok(Outcome::Done(Restored::Walking)) => {
                        let reason =
                            "it is no longer down, and not on the site: `why` says what it waits for".to_owned();
                        Event::ended(Stage::Restore, &id, Ending::Waiting { reason })
                    }
                    restored => Event::new(Stage::Restore, &id, restored.map(|outcome| outcome.map(revision))),
                }
            };
            Ok((each(Stage::Restore, &ids, 1, reporter, step).await, Vec::new()))
        })
        .await
    }
}

fn revision(restored: Restored) -> String {
    match restored {
        Restored::OnSite(Some(revision)) => revision.to_string(),
        Restored::OnSite(None) | Restored::Walking => String::new(),
    }
}
