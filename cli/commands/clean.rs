//! `skyfeed clean`.

use clap::Args;
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use serde_json::json;
use skyfeed_pipeline::{
    batch::{Event, Failure, each},
    clean::{self, Ages, Litter, clean},
    id::ImageId,
    outcome::Outcome,
    stage::Stage,
};

use crate::{
    batch::{self, Reporter, Telling},
    context::Context,
    exit::Exit,
    selection, summary,
};

/// Images that are looked at, or cleaned, at a time.
const AT_A_TIME: usize = 16;

/// Delete what nobody needs any more
///
/// Deletes staged revisions that were rejected, or replaced by a newer one that is on the site, when that is long ago; pixels that no revision
/// shows, if they are a day old; and records without a meaning. What waits for people, what is approved, what is on the site, what `restore`
/// needs, all decisions and the inbox stay. Without ids: of all images.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed clean --dry-run
  skyfeed clean --older-than 90
  skyfeed clean --published-before 365 --dry-run    also the staged files of what has been public for a year")]
pub(crate) struct Clean {
    /// Image ids, or patterns such as 'eso19*'
    ids: Vec<String>,
    /// How long ago it was rejected or replaced
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    older_than: u16,
    /// Delete the staged files and pixels of what has been on the site for so long, too; to publish it anew, it is tiled again
    #[arg(long, value_name = "DAYS")]
    published_before: Option<u16>,
    /// Do not ask before more than ten images
    #[arg(long)]
    yes: bool,
    /// Say what would be deleted
    #[arg(long)]
    dry_run: bool,
}

impl Clean {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = &context.feed.environment_unless(self.dry_run, "clean").await?;
        let ages =
            Ages { settled: days(self.older_than), published: self.published_before.map(days), ..Ages::default() };
        let ids = if self.ids.is_empty() {
            clean::worth_a_look(env, &selection::all(context, env).await?, ages).await?
        } else {
            selection::select(context, env, &self.ids, |_| true).await?
        };
        let looks = ids.iter().map(|id| async move { (id, clean::plan(env, id, ages).await) });
        let looks: Vec<_> = looks.collect();
        let Some(looked) =
            batch::unless_stopped(context, stream::iter(looks).buffered(AT_A_TIME).collect::<Vec<_>>()).await
        else {
            return Ok(context.interrupt.exit_or(Exit::Done));
        };
        let (mut found, mut failures): (Vec<Litter>, Vec<Failure>) = (Vec::new(), Vec::new());
        for (id, outcome) in looked {
            match outcome {
                Ok(Outcome::Done(litter)) => found.push(litter),
                Ok(_) => {}
                Err(error) => failures.push(Failure::of(id.as_str(), &error)),
            }
        }
        if self.dry_run {
            for litter in &found {
                context.output.line(format_args!("{}: would be deleted: {litter}", litter.id))?;
            }
            return finish(context, true, &found, &[], &failures);
        }
        let ids: Vec<ImageId> = found.into_iter().map(|litter| litter.id).collect();
        if selection::confirm(context, "clean up after", ids.len(), self.yes).await?.is_none() {
            return Ok(context.interrupt.exit_or(Exit::Done));
        }
        let reporter = Reporter::new(context.output, Telling::AtTheEnd);
        let deleted = std::sync::Mutex::new(Vec::new());
        let step = |id: ImageId| {
            let deleted = &deleted;
            async move {
                let outcome = clean(env, &id, ages).await;
                if let (Ok(Outcome::Done(litter)), Ok(mut deleted)) = (&outcome, deleted.lock()) {
                    deleted.push(litter.clone());
                }
                Event::new(Stage::Clean, &id, outcome)
            }
        };
        let work = each(Stage::Clean, &ids, AT_A_TIME, &reporter, step);
        let Some(events) = batch::unless_stopped(context, work).await else {
            return Ok(context.interrupt.exit_or(Exit::Done));
        };
        reporter.end()?;
        let mut deleted = deleted.into_inner().unwrap_or_default();
        deleted.sort_by(|a, b| a.id.cmp(&b.id));
        finish(context, false, &deleted, &events, &failures)
    }
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

fn finish(
    context: &Context,
    dry_run: bool,
    litter: &[Litter],
    events: &[Event],
    failures: &[Failure],
) -> anyhow::Result<Exit> {
    batch::tell_failures(context.output, failures);
    let (objects, bytes) = (litter.iter().map(|one| one.objects).sum(), litter.iter().map(|one| one.bytes).sum());
    if !dry_run || (litter.is_empty() && failures.is_empty()) {
        context.output.line(summary::of_step(events, failures))?;
    }
    if objects > 0 {
        let verb = if dry_run { "would be deleted" } else { "deleted" };
        let total: (usize, u64) = (objects, bytes);
        context.output.line(format_args!(
            "{verb}: {}, {:.1} MB",
            summary::counted(total.0, "object"),
            total.1 as f64 / 1e6
        ))?;
    }
    context.output.document(&json!({
        "dry_run": dry_run, "clean": litter, "objects": objects, "bytes": bytes, "events": events, "failures": failures,
    }))?;
    Ok(batch::exit(events, failures))
}
