//! `skyfeed history`.

use clap::Args;
use jiff::{SpanRound, Timestamp};
use serde_json::json;
use skyfeed_pipeline::{
    decisions::{Decision, Refused},
    environment::Environment,
    id::ImageId,
    record::Verdict,
    standing::{Evidence, Standing},
    whole_feed,
};
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};

use crate::{context::Context, exit::Exit, standing_text::what, terminal::one_line};

const TIME: &str = "%Y-%m-%d %H:%M:%S UTC";

/// Show everything that was done with an image, or for the feed as a whole
///
/// Every attempt of every stage and every decision, oldest first: when (UTC), why or by whom, how long, with what outcome. What lies among the decisions and counts for nothing is named
/// with the reason. Without an id: when the source was asked and what it offered, and when the index was written.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed history eso1907a
  skyfeed history eso1907a --json
  skyfeed history | tail           when the source last answered")]
pub(crate) struct History {
    /// The image id
    id: Option<ImageId>,
}

impl History {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_to_read("history").await?;
        match &self.id {
            Some(id) => of_image(context, &env, id).await,
            None => of_feed(context, &env).await,
        }
    }
}

async fn of_feed(context: &Context, env: &Environment) -> anyhow::Result<Exit> {
    let attempts = whole_feed::history(env).await?;
    for attempt in &attempts {
        context.output.line(line(attempt))?;
    }
    if attempts.is_empty() {
        context.output.line("the source was not asked yet, and there is no index")?;
    }
    context.output.document(&json!({"attempts": attempts}))?;
    Ok(Exit::Done)
}

async fn of_image(context: &Context, env: &Environment, id: &ImageId) -> anyhow::Result<Exit> {
    let attempts = env.ledger.history(id.as_str()).await?;
    let evidence = Evidence::of(env, id).await?;
    let decisions: Vec<Decision> = evidence.decisions.iter().flatten().cloned().collect();
    let standing = Standing::derived(env, evidence);
    let (is_known, refused) = (standing.is_some(), standing.map(|standing| standing.refused).unwrap_or_default());
    if attempts.is_empty() && decisions.is_empty() && refused.is_empty() {
        if !is_known {
            anyhow::bail!("nothing is known of `{}`, and nothing was done with it", id);
        }
        context.output.line(format_args!("nothing was done with {}", id))?;
    }
    let attempted = attempts.iter().map(|attempt| (attempt.started, line(attempt)));
    let decided = decisions.iter().map(|decision| (decision.at, decision_line(decision, &refused)));
    let mut lines: Vec<(Timestamp, String)> = attempted.chain(decided).collect();
    lines.sort_by_key(|(at, _)| *at);
    for (_, line) in lines {
        context.output.line(line)?;
    }
    // What was read stands above, in its place in time.
    let is_read = |refused: &&Refused| decisions.iter().any(|decision| decision.key == refused.key);
    for refused in refused.iter().filter(|refused| !is_read(refused)) {
        context.output.line(format_args!("{}: counts for nothing: {}", refused.key, one_line(&refused.reason)))?;
    }
    context.output.document(&json!({"attempts": attempts, "decisions": decisions, "refused": refused}))?;
    Ok(Exit::Done)
}

fn decision_line(decision: &Decision, refused: &[Refused]) -> String {
    let word = match decision.verdict {
        Verdict::Approve => "approve",
        Verdict::Reject => "reject",
        Verdict::Withdraw => "undo",
    };
    let note = if decision.note.is_empty() { String::new() } else { format!(": {}", one_line(&decision.note)) };
    let about = what(&decision.about);
    let refused = refused.iter().find(|refused| refused.key == decision.key);
    let nothing = refused.map(|refused| format!(" (counts for nothing: {})", refused.reason)).unwrap_or_default();
    let (at, number, by) = (decision.at.strftime(TIME), decision.number, &decision.by);
    format!("{at}  {word:<8} no. {number}, {about} by {by}{note}{nothing}")
}

fn line(attempt: &Attempt) -> String {
    let outcome = match &attempt.outcome {
        None => "running, or killed".to_owned(),
        Some(AttemptOutcome::Done { receipt }) => format!("done, {receipt}"),
        Some(AttemptOutcome::Unusable { reason }) => format!("unusable: {}", one_line(reason)),
        Some(AttemptOutcome::Failed { class, chain }) => format!("failed ({class}): {}", one_line(&chain.join(": "))),
        Some(AttemptOutcome::Released) => "given back".to_owned(),
    };
    let took = attempt.ended.and_then(|ended| {
        let span = ended
            .since(attempt.started)
            .ok()?
            .round(SpanRound::new().largest(jiff::Unit::Hour).smallest(jiff::Unit::Millisecond))
            .ok()?;
        Some(format!(" in {span:#}"))
    });
    format!(
        "{}  {:<8} attempt {} by {}{}: {outcome}",
        attempt.started.strftime(TIME),
        attempt.kind,
        attempt.attempt,
        one_line(&attempt.trigger),
        took.unwrap_or_default(),
    )
}
