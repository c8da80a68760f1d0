//! `skyfeed ignore-rejects`.

use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{
    batch::Ending,
    ignore::{self, ignore_rejects},
};

use crate::{batch, context::Context, exit::Exit};

/// Mark rejected and unusable images as never to be processed
///
/// Puts a skip.flag on the site for each image that was rejected or cannot be put on the sky, as `toasty pipeline ignore-rejects` does, so that
/// programs that know only the site pass them over too.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed ignore-rejects
  skyfeed ignore-rejects --dry-run")]
pub(crate) struct IgnoreRejects {
    /// Say what would be marked
    #[arg(long)]
    dry_run: bool,
}

impl IgnoreRejects {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_unless(self.dry_run, "ignore-rejects").await?;
        let output = context.output;
        if self.dry_run {
            let ids = ignore::plan(&env).await?;
            for id in &ids {
                output.line(format_args!("{id}: would be marked"))?;
            }
            if ids.is_empty() {
                output.line("nothing to do")?;
            }
            output.document(&json!({"dry_run": true, "ids": ids}))?;
            return Ok(Exit::Done);
        }
        let Some(events) = batch::unless_stopped(context, ignore_rejects(&env)).await else {
            return Ok(context.interrupt.exit_or(Exit::Done));
        };
        let events = events?;
        let mut marked = 0;
        for event in &events {
            match &event.ending {
                Ending::Done { .. } => {
                    marked += 1;
                    output.line(format_args!("{}: marked, never to be processed", event.id))?;
                }
                Ending::Failed(failure) => batch::tell_failures(output, std::slice::from_ref(failure)),
                _ => {}
            }
        }
        if events.is_empty() {
            output.line("nothing to do")?;
        } else {
            output.line(format_args!("{marked} marked, {} rejected or unusable", events.len()))?;
        }
        output.document(&json!({"events": events}))?;
        Ok(batch::exit(&events, &[]))
    }
}
