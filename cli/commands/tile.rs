//! `skyfeed tile`.

use clap::Args;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    standing::{Standing, State},
    walk::{Due, is_to_tile, tile_all},
};

use crate::context::Context;
use crate::{batch, exit::Exit, selection};

/// Cut fetched images into tile pyramids
///
/// Tiles the images in work/inbox/ and holds the results in work/staged/ until a person has looked at them. An image that you put there
/// yourself, as work/inbox/ID/picture.jpg with AVM inside, is tiled too. Without ids: all that are there.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed tile
  skyfeed tile eso1907a && skyfeed preview eso1907a")]
pub(crate) struct Tile {
    /// Image ids, or patterns such as 'eso19*'
    ids: Vec<String>,
    /// Say what would be tiled
    #[arg(long)]
    dry_run: bool,
}

impl Tile {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("tile").await?;
        let (ids, failures) = if self.ids.is_empty() {
            let Due { tile, failures, .. } = Due::of(&env, &selection::all(context, &env).await?).await?;
            (tile, failures)
        } else {
            let fetched = |standing: &Standing| standing.state == State::Fetched;
            (selection::select(context, &env, &self.ids, fetched).await?, Vec::new())
        };
        if self.dry_run {
            batch::tell_failures(context.output, &failures);
            return batch::plan(context.output, Stage::Tile, &due(&env, ids, self.ids.is_empty()).await?);
        }
        batch::run(context, async |reporter| Ok((tile_all(&env, &ids, reporter).await, failures))).await
    }
}

/// Those of the named images that there is work with.
async fn due(env: &Environment, ids: Vec<ImageId>, known: bool) -> anyhow::Result<Vec<ImageId>> {
    let mut due = Vec::new();
    for id in ids {
        if known || is_to_tile(env, &id).await? {
            due.push(id);
        }
    }
    Ok(due)
}
