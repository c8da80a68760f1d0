//! `skyfeed refresh`.

use clap::Args;
use serde_json::json;
use skyfeed_pipeline::refresh::refresh;

use crate::context::Context;
use crate::{batch, exit::Exit, selection};

/// Ask the source for images that are due
///
/// Notes every image that the source offers in work/candidates/, and lists those that are due: neither published, nor rejected, nor known to be
/// unusable, nor waiting to be tiled.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed refresh
  skyfeed refresh --dry-run        what would be new")]
pub(crate) struct Refresh {
    /// Write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Refresh {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_unless(self.dry_run, "refresh").await?;
        let standings = selection::all(context, &env).await?;
        let asked = refresh(&env, &standings, self.dry_run, |_| {});
        let Some(found) = batch::unless_stopped(context, asked).await else {
            return Ok(context.interrupt.exit_or(Exit::Done));
        };
        let found = found?;
        let output = context.output;
        for id in &found.due {
            output.line(format_args!("{id}: due"))?;
        }
        for record in &found.unusable {
            output.line(format_args!("{}: unusable: {}", record.id, record.reason))?;
        }
        batch::tell_failures(output, &found.failures);
        let postponed = match found.postponed {
            0 => String::new(),
            more => format!(" and {more} more for later runs"),
        };
        // A source that could not be read did not offer nothing.
        if found.offered > 0 || found.failures.is_empty() {
            output.line(format_args!("{} offered, {} due{postponed}", found.offered, found.due.len()))?;
        }
        output.document(&json!({
            "dry_run": self.dry_run,
            "offered": found.offered,
            "due": found.due,
            "postponed": found.postponed,
            "unusable": found.unusable,
            "failures": found.failures,
        }))?;
        Ok(batch::exit(&[], &found.failures))
    }
}
