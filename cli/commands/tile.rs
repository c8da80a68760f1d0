//! `skyfeed tile`.

use clap::Args;
use skyfeed_pipeline::{
    stage::Stage,
    standing::{Standing, State},
    tile,
    walk::{Due, tile_all},
};

use crate::{batch, context::Context, dry_run, exit::Exit, memory::MemoryOption, selection};

/// Cut fetched images into tile pyramids
///
/// Tiles the images in work/inbox/ and holds the results in work/staged/ until a person has looked at them. An image that you put there
/// yourself, as work/inbox/ID/picture.jpg with AVM inside, is tiled too. Without ids: all whose
/// result is not there.
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
    #[command(flatten)]
    memory: MemoryOption,
}

impl Tile {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = self.memory.within(context.feed.environment_unless(self.dry_run, "tile").await?);
        let (ids, failures) = if self.ids.is_empty() {
            let Due { tile, failures, .. } = Due::of(&env, &selection::all(context, &env).await?).await?;
            (tile, failures)
        } else {
            let fetched = |standing: &Standing| standing.state == State::Fetched;
            (selection::select(context, &env, &self.ids, fetched).await?, Vec::new())
        };
        if self.dry_run {
            let env = &env;
            let plan = |id| async move { tile::plan(env, &id).await };
            return dry_run::tell(context, Stage::Tile, &ids, failures, plan).await;
        }
        batch::run(context, async |reporter| Ok((tile_all(&env, &ids, reporter).await, failures))).await
    }
}
