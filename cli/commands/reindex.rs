//! `skyfeed reindex`.

use clap::Args;
use serde_json::json;
use skyfeed_pipeline::reindex::{self, reindex};

use crate::context::Context;
use crate::{batch, exit::Exit};

/// Bring the feed's index up to date
///
/// Writes the index.wtml of the site, newest image first, if it would change.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed reindex
  skyfeed reindex --rebuild        look at every image of the site anew")]
pub(crate) struct Reindex {
    /// Look at every image on the site, not only at those that changed
    #[arg(long)]
    rebuild: bool,
    /// Say whether the index would change
    #[arg(long)]
    dry_run: bool,
}

impl Reindex {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_unless(self.dry_run, "reindex").await?;
        let which = if self.rebuild { reindex::Reindex::Rebuild } else { reindex::Reindex::CatchUp };
        let work = async { if self.dry_run { reindex::plan(&env, &which).await } else { reindex(&env, &which).await } };
        let Some(done) = batch::unless_stopped(context, work).await else {
            return Ok(context.interrupt.exit_or(Exit::Done));
        };
        let done = done?;
        for skipped in &done.skipped {
            context.output.line(format_args!("{}: skipped: {}", skipped.id, skipped.reason))?;
        }
        let what = match (done.written, self.dry_run) {
            (true, true) => "to be written",
            (true, false) => "written",
            (false, _) => "up to date",
        };
        context.output.line(format_args!("index.wtml is {what}; images: {}", done.images))?;
        let skipped: Vec<_> =
            done.skipped.iter().map(|skipped| json!({"id": skipped.id, "reason": skipped.reason})).collect();
        context.output.document(
            &json!({"dry_run": self.dry_run, "written": done.written, "images": done.images, "skipped": skipped}),
        )?;
        Ok(if done.skipped.is_empty() { Exit::Done } else { Exit::Failed })
    }
}
