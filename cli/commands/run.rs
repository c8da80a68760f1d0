//! `skyfeed run`.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    layout,
    names::Person,
    publish,
    refresh::refresh,
    reindex::{self, Reindex},
    standing::Standings,
    tile,
    walk::{Due, Unfinished, Walk, Walked, walk},
};

use crate::{
    batch::{self, Reporter, Telling},
    context::Context,
    dry_run,
    exit::Exit,
    memory::MemoryOption,
    selection::{all, counted, counts},
    shell::about,
    summary,
    watch::Watch,
};

/// Who approves unseen where nobody has a name.
const UNNAMED: &str = "approve-all";

/// Do the whole walk: refresh, fetch, tile, publish what is approved, reindex
///
/// What was done before is not done again, so a second run writes nothing. With --watch it stays, asks the source from time to time, and takes
/// up what comes meanwhile: images in the inbox and decisions.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed run                      then look: skyfeed status, skyfeed preview ID, skyfeed approve ID
  skyfeed run --approve-all        publish everything unseen
  skyfeed run --watch              stay and react to new files
  skyfeed run --json               each event as a line of JSON")]
pub(crate) struct Run {
    /// Stay, and react to new files; Ctrl-C ends it
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    /// How long to wait before the source is asked again
    #[arg(long, value_name = "MINUTES", default_value_t = 60, requires = "watch")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=100_000))]
    refresh_every: u64,
    /// Approve every staged study without looking at it
    #[arg(long)]
    approve_all: bool,
    /// Who approves [default: the name of your account, else approve-all]
    #[arg(long, value_name = "NAME", requires = "approve_all")]
    by: Option<String>,
    /// Say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    memory: MemoryOption,
}

impl Run {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let approve_all = match (self.approve_all, &self.by) {
            (false, _) => None,
            (true, Some(name)) => Some(context.deciding_person(Some(name))?),
            // A container often has no user; the decision still says that nobody looked.
            (true, None) => Some(context.deciding_person(None).or_else(|_| Person::new(UNNAMED))?),
        };
        let env = self.memory.within(context.feed.environment_unless(self.dry_run, "run").await?);
        if self.dry_run {
            return plan(context, &env, approve_all.as_ref()).await;
        }
        let once = Walk { refresh: true, approve_all };
        let work = async {
            if self.watch {
                watch(context, &env, once, Duration::from_secs(60 * self.refresh_every)).await
            } else {
                step(context, &env, &once).await
            }
        };
        match batch::unless_stopped(context, work).await {
            Some(exit) => exit,
            None => Ok(context.interrupt.exit_or(Exit::Done)),
        }
    }
}

/// Walks once and tells what came of it.
async fn step(context: &Context, env: &Environment, command: &Walk) -> anyhow::Result<Exit> {
    warn_of_template(context, env)?;
    let reporter = reporter(context, env).await?;
    let walked = walk(env, command, &reporter).await?;
    end(context, env, &reporter, &walked, command.refresh).await
}

/// Shows the events of a walk.
pub(crate) async fn reporter(context: &Context, env: &Environment) -> anyhow::Result<Reporter> {
    Ok(Reporter::new(context.output, Telling::AsItComes).passing_over_unusable(env).await?)
}

/// Tells what came of a walk.
pub(crate) async fn end(
    context: &Context,
    env: &Environment,
    reporter: &Reporter,
    walked: &Walked,
    refreshed: bool,
) -> anyhow::Result<Exit> {
    reporter.end()?;
    let standings = all(context, env).await?;
    tell(context, walked, refreshed, &standings)?;
    Ok(exit(walked))
}

/// Whoever leaves the template's address in the configuration makes documents that lead nowhere.
fn warn_of_template(context: &Context, env: &Environment) -> anyhow::Result<()> {
    let prefix = &env.config.publish_url_prefix;
    let host = prefix.split_once("://").map_or(prefix.as_str(), |(_, rest)| rest);
    let host = host.split(['/', ':', '?']).next().unwrap_or_default().to_ascii_lowercase();
    let is_example = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    if ["example.org", "example.com", "example.net"].iter().any(|domain| is_example(domain))
        && !context.output.is_json()
    {
        let config = context.feed.work()?.join(layout::CONFIG);
        eprintln!(
            "warning: publish_url_prefix in {config} is {prefix}, as an example has it: documents that are published lead nowhere"
        );
    }
    Ok(())
}

/// Walks again and again: when something changed in the work store or the source folder, and when the source is to be asked. Each walk is by the configuration as it is then.
async fn watch(context: &Context, env: &Environment, once: Walk, refresh_every: Duration) -> anyhow::Result<Exit> {
    let mut watch = Watch::start(refresh_every, context.feed.work()?.is_url());
    let (mut refresh, mut told) = (true, false);
    loop {
        let command = Walk { refresh, ..once.clone() };
        let walked = async {
            // Looked at first, so that what comes during the walk is seen as a change after it.
            watch.look(env).await?;
            let env = match context.feed.configured_anew(env).await {
                Ok(env) => env,
                // By which configuration to go on nobody knows: there is no walk until it changes again or can be read.
                Err(error) => {
                    crate::report::tell(&error, context.output.is_json(), &context.feed);
                    let transient = crate::report::is_transient(&error);
                    return Ok(if transient { Exit::TryAgain } else { Exit::Failed });
                }
            };
            watch.follow(context.feed.source_folder(&env.config));
            // Once more, with the folder that it has now.
            watch.look(&env).await?;
            step(context, &env, &command).await
        };
        match walked.await {
            Ok(exit) => watch.walked(exit == Exit::TryAgain),
            Err(error) if crate::report::is_transient(&error) => {
                crate::report::tell(&error, context.output.is_json(), &context.feed);
                watch.walked(true);
            }
            Err(error) => return Err(error),
        }
        if !told {
            let minutes = refresh_every.as_secs() / 60;
            context.output.line(format_args!("watching; the source is asked every {minutes} min (Ctrl-C ends it)"))?;
            told = true;
        }
        refresh = watch.wait(env).await?;
    }
}

async fn plan(context: &Context, env: &Environment, approve_all: Option<&Person>) -> anyhow::Result<Exit> {
    let standings: Standings = all(context, env).await?;
    let found = refresh(env, &standings, true, |_| {}).await?;
    let mut due = Due::of(env, &standings).await?;
    if approve_all.is_none() {
        due.approve.clear();
    }
    let tile = dry_run::planned(&due.tile, |id| async move { tile::plan(env, &id).await }).await;
    // What is tiled before may be gone or damaged now.
    let (first, ready): (Vec<_>, Vec<_>) = due.publish.into_iter().partition(|id| tile.would.contains(id));
    let mut publish = dry_run::planned(&ready, |id| async move { publish::plan(env, &id).await }).await;
    publish.would.extend(first);
    publish.would.sort();
    let Unfinished { takedowns, publications } = due.unfinished;
    let approve = if env.config.approvals_required == 1 {
        "would be approved unseen and published"
    } else {
        "would be approved unseen"
    };
    let is_published = !publish.would.is_empty() || (env.config.approvals_required == 1 && !due.approve.is_empty());
    let index = reindex::plan(env, &Reindex::CatchUp).await?;
    let is_indexed = index.written || is_published || !takedowns.is_empty();
    let output = context.output;
    let steps = [
        (&takedowns, "would be taken down to the end"),
        (&publications, "would be settled: it is no longer approved, and somebody began to publish it"),
        (&found.due, "would be fetched and tiled"),
        (&tile.would, "would be tiled"),
        (&due.approve, approve),
        (&publish.would, "would be published"),
    ];
    for (ids, what) in &steps {
        for id in *ids {
            output.line(format_args!("{id}: {what}"))?;
        }
    }
    let nothing = steps.iter().all(|(ids, _)| ids.is_empty());
    if is_indexed {
        output.line("index.wtml would be written")?;
    } else if nothing {
        output.line("nothing to do")?;
    }
    let failures: Vec<_> =
        [found.failures, due.failures, tile.failures, publish.failures].into_iter().flatten().collect();
    batch::tell_failures(output, &failures);
    let settle = [takedowns, publications].concat();
    output.event(&json!({
        "dry_run": true, "settle": settle, "fetch": found.due, "tile": tile.would,
        "approve": due.approve, "publish": publish.would, "reindex": is_indexed, "failures": failures,
    }))?;
    Ok(batch::exit(&[], &failures))
}

fn failures(walked: &Walked) -> Vec<skyfeed_pipeline::batch::Failure> {
    walked.refreshed.failures.iter().chain(&walked.failures).cloned().collect()
}

fn exit(walked: &Walked) -> Exit {
    let skipped = walked.reindexed.as_ref().is_some_and(|done| !done.skipped.is_empty());
    match batch::exit(&walked.events, &failures(walked)) {
        Exit::Done if skipped => Exit::Failed,
        exit => exit,
    }
}

fn tell(context: &Context, walked: &Walked, refreshed: bool, standings: &Standings) -> anyhow::Result<()> {
    let waits = standings.iter().filter(|standing| standing.waiting().next().is_some());
    let waiting: Vec<ImageId> = waits.map(|standing| standing.id.clone()).collect();
    let output = context.output;
    let failures = failures(walked);
    for record in &walked.refreshed.unusable {
        output.line(format_args!("{}: unusable: {}", record.id, record.reason))?;
    }
    batch::tell_failures(output, &failures);
    let (offered, due) = (walked.refreshed.offered, walked.refreshed.due.len());
    // A source that could not be read did not offer nothing.
    if refreshed && (offered > 0 || walked.refreshed.failures.is_empty()) {
        let more = match walked.refreshed.postponed {
            0 => String::new(),
            more => format!("; {more} more are due: the next run takes them"),
        };
        output.line(format_args!("the source offers {offered}, {due} were due{more}"))?;
    }
    output.line(summary::of_walk(&walked.events, &failures))?;
    if let Some(done) = &walked.reindexed {
        for skipped in &done.skipped {
            output.line(format_args!("{}: skipped: {}", skipped.id, skipped.reason))?;
        }
        let what = if done.written { "written" } else { "up to date" };
        output.line(format_args!("index.wtml is {what}; images: {}", done.images))?;
    }
    let counts = counts(standings);
    if !counts.is_empty() {
        output.line(format_args!("the images: {}", counted(&counts)))?;
    }
    if let Some(id) = waiting.first() {
        let (count, feed) = (waiting.len(), context.feed.as_arguments());
        let preview = about("preview", id, &feed);
        output.line(format_args!("waiting for a decision: {count}; next: skyfeed status{feed} or {preview}"))?;
    }
    output.event(&json!({
        "walk": {
            "refreshed": refreshed,
            "offered": walked.refreshed.offered,
            "due": walked.refreshed.due.len(),
            "postponed": walked.refreshed.postponed,
            "put_off": walked.refreshed.put_off,
            "unusable": walked.refreshed.unusable,
            "failures": failures,
            "waiting": waiting,
            "index": walked.reindexed.as_ref().map(|done| json!({"written": done.written, "images": done.images, "skipped": done.skipped})),
        }
    }))
}
