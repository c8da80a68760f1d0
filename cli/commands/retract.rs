//! `skyfeed retract`.

use clap::Args;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{
    batch::{Event, each},
    retract::{Takedown, retract},
    standing::{Standing, State},
};

use crate::context::Context;
use crate::{batch, exit::Exit, selection};

/// Take images off the site
///
/// Removes the images from the site and keeps them off it; `reindex` then takes them out of the feed's index. What caches hold stays
/// reachable until they forget it: documents for a minute, tiles for up to a year.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed retract eso1907a && skyfeed reindex")]
pub(crate) struct Retract {
    /// Image ids, or patterns such as 'eso19*'
    #[arg(required = true)]
    ids: Vec<String>,
    /// Who does it [default: the name of your account]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// Do not ask before more than ten images
    #[arg(long)]
    yes: bool,
    /// Say what would be taken down
    #[arg(long)]
    dry_run: bool,
}

impl Retract {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let by = context.deciding_person(self.by.as_deref())?;
        let note = if self.note.is_empty() { String::new() } else { format!(": {}", self.note) };
        let env = context.feed.environment(&format!("retract by {by}{note}")).await?;
        let fits = |standing: &Standing| matches!(standing.state, State::Published | State::Publishing);
        let ids = selection::select(context, &env, &self.ids, fits).await?;
        if self.dry_run {
            return batch::plan_named(context, &env, Stage::Retract, &ids, fits).await;
        }
        selection::confirm(context, "take down", ids.len(), self.yes)?;
        let env = &env;
        let takedown = &Takedown { by: Some(by), note: self.note };
        let exit = batch::run(context, async |reporter| {
            let step = |id| async move {
                Event::new(Stage::Retract, &id, retract(env, &id, takedown).await.map(|o| o.map(|()| "")))
            };
            Ok((each(Stage::Retract, &ids, 1, reporter, step).await, Vec::new()))
        })
        .await?;
        if exit == Exit::Done {
            context.output.line(
                "nothing of it is readable on the site any more; caches may show documents for a minute and tiles for up to a year: \
                 if a CDN stands before the site, invalidate there what is below the image's folder",
            )?;
        }
        Ok(exit)
    }
}
