//! `skyfeed tile`.

use clap::Args;
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::walk::{inbox, tile_all};

use super::Context;
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
        let (there, misplaced) = inbox(&env).await?;
        let ids = if self.ids.is_empty() { there } else { selection::select(&self.ids, &there)? };
        if self.dry_run {
            return batch::plan(context.output, Stage::Tile, &ids);
        }
        batch::run(context, async |reporter| Ok((tile_all(&env, &ids, reporter).await, misplaced))).await
    }
}
