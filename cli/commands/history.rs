//! `skyfeed history`.

use clap::Args;
use jiff::{SpanRound, Timestamp};
use serde_json::json;
use skyfeed_pipeline::{
    decide::decisions,
    id::ImageId,
    record::{Decision, Verdict},
    revision::Revision,
};
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};

use super::Context;
use crate::exit::Exit;

/// UTC.
const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// Show everything that was done with an image
///
/// Every attempt of every stage and every decision, oldest first: when, why or by whom, how long, with what outcome.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed history eso1907a
  skyfeed history eso1907a --json")]
pub(crate) struct History {
    /// The image id
    id: ImageId,
}

impl History {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("history").await?;
        let attempts = env.ledger.history(self.id.as_str()).await?;
        let mut decisions = decisions(&env, &self.id).await?;
        decisions.sort_by_key(|(_, decision)| decision.at);
        if attempts.is_empty() && decisions.is_empty() {
            context.output.line(format_args!("nothing was done with {}", self.id))?;
        }
        let attempted = attempts.iter().map(|attempt| (attempt.started, line(attempt)));
        let decided = decisions.iter().map(|(revision, decision)| (decision.at, decision_line(revision, decision)));
        let mut lines: Vec<(Timestamp, String)> = attempted.chain(decided).collect();
        lines.sort_by_key(|(at, _)| *at);
        for (_, line) in lines {
            context.output.line(line)?;
        }
        let decisions: Vec<_> = decisions
            .iter()
            .map(|(revision, decision)| json!({"revision": revision, "decision": decision.decision, "by": decision.by, "at": decision.at, "note": decision.note}))
            .collect();
        context.output.document(&json!({"attempts": attempts, "decisions": decisions}))?;
        Ok(Exit::Done)
    }
}

fn decision_line(revision: &Revision, decision: &Decision) -> String {
    let word = match decision.decision {
        Verdict::Approve => "approve",
        Verdict::Reject => "reject",
    };
    let note = if decision.note.is_empty() { String::new() } else { format!(": {}", decision.note) };
    format!("{}  {word:<8} revision {revision} by {}{note}", decision.at.strftime(TIME), decision.by)
}

fn line(attempt: &Attempt) -> String {
    let outcome = match &attempt.outcome {
        None => "running, or killed".to_owned(),
        Some(AttemptOutcome::Done { receipt }) => format!("done, {receipt}"),
        Some(AttemptOutcome::Unusable { reason }) => format!("unusable: {reason}"),
        Some(AttemptOutcome::Failed { class, chain }) => format!("failed ({class}): {}", chain.join(": ")),
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
        attempt.trigger,
        took.unwrap_or_default(),
    )
}
