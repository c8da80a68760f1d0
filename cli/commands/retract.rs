//! `skyfeed retract`.

use clap::Args;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{
    batch::{Event, each},
    retract::retract,
    status::State,
};

use super::Context;
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
    /// Say what would be taken down
    #[arg(long)]
    dry_run: bool,
}

impl Retract {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("retract").await?;
        let live = selection::in_state(&env, |image| matches!(image.state, State::Published { .. })).await?;
        let ids = selection::select(&self.ids, &live)?;
        if self.dry_run {
            return batch::plan(context.output, Stage::Retract, &ids);
        }
        let env = &env;
        batch::run(context, async |reporter| {
            let step =
                |id| async move { Event::new(Stage::Retract, &id, retract(env, &id).await.map(|o| o.map(|()| ""))) };
            Ok((each(Stage::Retract, &ids, 1, reporter, step).await, Vec::new()))
        })
        .await
    }
}
