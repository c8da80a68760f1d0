//! `skyfeed fetch`.

use clap::Args;
use skyfeed_pipeline::{
    fetch,
    stage::Stage,
    standing::{Standing, State},
    walk::{Fetching, fetch_all},
};

use crate::{batch, context::Context, dry_run, exit::Exit, selection};

/// Download images from the source
///
/// Downloads candidates that `refresh` found into work/inbox/. Without ids: all that wait for it, and those that changed at the source: if
/// the file is another, a new revision waits for a decision, and what is on the site stays. A download that broke off goes on where it was.
/// --again downloads anew whatever is there.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed fetch
  skyfeed fetch eso1907a 'heic19*'
  skyfeed fetch --again eso1907a && skyfeed tile eso1907a")]
pub(crate) struct Fetch {
    /// Image ids, or patterns such as 'eso19*'
    ids: Vec<String>,
    /// Download what was downloaded before too
    #[arg(long, requires = "ids")]
    again: bool,
    /// Say what would be downloaded
    #[arg(long)]
    dry_run: bool,
}

impl Fetch {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_unless(self.dry_run, "fetch").await?;
        let now = env.clock.now();
        let is_named = self.again || !self.ids.is_empty();
        let waits = |standing: &Standing| match standing.state {
            State::Offered => true,
            State::PutOff { .. } => is_named,
            _ => self.again || standing.is_due_again(now),
        };
        let ids = if self.ids.is_empty() {
            let standings = selection::all(context, &env).await?;
            standings.iter().filter(|standing| waits(standing)).map(|standing| standing.id.clone()).collect()
        } else {
            selection::select(context, &env, &self.ids, waits).await?
        };
        if self.dry_run {
            let (env, again) = (&env, self.again);
            let plan = |id| async move { fetch::plan(env, &id, again).await };
            return dry_run::tell(context, Stage::Fetch, &ids, Vec::new(), plan).await;
        }
        let why = if self.again { Fetching::Again } else { Fetching::Asked };
        batch::run(context, async |reporter| Ok((fetch_all(&env, &ids, why, reporter).await, Vec::new()))).await
    }
}
