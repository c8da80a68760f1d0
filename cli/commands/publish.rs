//! `skyfeed publish`.

use clap::Args;
use skyfeed_pipeline::{
    publish,
    stage::Stage,
    standing::Standing,
    walk::{Due, publish_all},
};

use crate::{batch, context::Context, dry_run, exit::Exit, selection};

/// Copy approved studies to the site
///
/// Publishes the approved revisions; `reindex` then adds them to the feed's index. Without ids: all that are approved.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed publish && skyfeed reindex
  skyfeed publish eso1907a")]
pub(crate) struct Publish {
    /// Image ids, or patterns such as 'eso19*'
    ids: Vec<String>,
    /// Say what is approved and would be on the site
    #[arg(long)]
    dry_run: bool,
}

impl Publish {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_unless(self.dry_run, "publish").await?;
        let (ids, failures) = if self.ids.is_empty() {
            let Due { publish, failures, .. } = Due::of(&env, &selection::all(context, &env).await?).await?;
            (publish, failures)
        } else {
            let approved = |standing: &Standing| standing.to_publish.is_some();
            (selection::select(context, &env, &self.ids, approved).await?, Vec::new())
        };
        if self.dry_run {
            let env = &env;
            let plan = |id| async move { publish::plan(env, &id).await };
            return dry_run::tell(context, Stage::Publish, &ids, failures, plan).await;
        }
        batch::run(context, async |reporter| Ok((publish_all(&env, &ids, reporter).await, failures))).await
    }
}
