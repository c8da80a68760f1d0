//! `skyfeed ignore-rejects`.

use clap::Args;
use skyfeed_pipeline::walk::ignore_rejects;

use super::Context;
use crate::{batch, exit::Exit};

/// Mark rejected and unusable images as never to be processed
///
/// Puts a skip.flag on the site for each image that was rejected or cannot be put on the sky, as `toasty pipeline ignore-rejects` does, so that
/// programs that know only the site pass them over too.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed ignore-rejects")]
pub(crate) struct IgnoreRejects {}

impl IgnoreRejects {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("ignore-rejects")?;
        batch::run(context, async |_| Ok((ignore_rejects(&env).await?, Vec::new()))).await
    }
}
