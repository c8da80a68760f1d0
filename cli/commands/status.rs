//! `skyfeed status`.

use std::cmp::Reverse;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use skyfeed_pipeline::standing::{Standing, State};
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};

use crate::{
    context::Context,
    exit::Exit,
    selection,
    standing_text::{ago, clipped, column, next, time},
};

/// Columns for ids and titles.
const ID_COLUMNS: usize = 32;
const TITLE_COLUMNS: usize = 40;
/// As much of a reason as people read in a list; `why` has it whole.
const WHY_COLUMNS: usize = 160;

/// Show where every image stands, and what is stuck
///
/// Lists the images that wait for something or went wrong, what is stuck first, then the oldest, and counts the rest. Times are UTC.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed status
  skyfeed status --all
  skyfeed status --json | jq '.images[] | select(.state == \"staged\") | .id'")]
pub(crate) struct Status {
    /// List the published, rejected, retracted and skipped images too
    #[arg(long)]
    all: bool,
}

impl Status {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_to_read("status").await?;
        let standings = selection::all(context, &env).await?;
        let (output, feed) = (context.output, context.feed.as_arguments());
        let mut listed: Vec<&Standing> = standings.iter().filter(|standing| self.all || standing.is_open()).collect();
        listed.sort_by_key(|standing| (Reverse(standing.is_stuck()), standing.since, standing.id.clone()));
        for standing in listed {
            for line in lines(standing, &feed, env.clock.now()) {
                output.line(line)?;
            }
        }
        let count = |state: &str| standings.iter().filter(|standing| standing.state.name() == state).count();
        let counts: Vec<(&str, usize)> =
            State::NAMES.map(|state| (state, count(state))).into_iter().filter(|(_, n)| *n > 0).collect();
        if counts.is_empty() {
            output.line(format_args!("no images yet; `skyfeed run{feed}` asks the source"))?;
        } else {
            let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
            output.line(counts.join(", "))?;
        }
        let counts: Map<String, Value> =
            counts.into_iter().map(|(state, count)| (state.to_owned(), count.into())).collect();
        let images: Vec<&Standing> = standings.iter().collect();
        output.document(&json!({"counts": counts, "images": images}))?;
        Ok(Exit::Done)
    }
}

/// What people read of one image: a line that says where it is, and below it why and what next.
fn lines(standing: &Standing, feed: &str, now: Timestamp) -> Vec<String> {
    let id = column(standing.id.as_str(), ID_COLUMNS);
    let stuck = if standing.is_stuck() { "STUCK  " } else { "" };
    let title = standing.title.as_ref().map(|title| format!("  {}", clipped(title, TITLE_COLUMNS)));
    let since = standing.since.map(|since| format!("  since {}, {}", time(since), ago(since, now)));
    let state = standing.state.name();
    let first = format!("{id}  {stuck}{state:<10}{}{}", since.unwrap_or_default(), title.unwrap_or_default());
    let mut lines = vec![first.trim_end().to_owned()];
    let settled = !standing.is_open();
    if !settled {
        lines.push(format!("    {}", clipped(&why(standing), WHY_COLUMNS)));
        if let Some(same) = &standing.same_as {
            lines.push(format!("    the same file is on the site as {same}"));
        }
    }
    lines.extend(
        standing.refused.iter().map(|refused| {
            format!("    {} counts for nothing: {}", refused.key, clipped(&refused.reason, WHY_COLUMNS))
        }),
    );
    let live_with_new = standing.state == State::Published && standing.waiting().next().is_some();
    let what = if live_with_new { "a new revision waits: " } else { "next: " };
    lines.push(format!("    {what}{}", next(standing, feed)));
    lines
}

fn why(standing: &Standing) -> String {
    let attempt = standing.open_attempt.as_ref().map(attempt);
    standing.problem.as_ref().map(|problem| problem.text.clone()).or(attempt).unwrap_or_else(|| standing.why.clone())
}

fn attempt(attempt: &Attempt) -> String {
    match &attempt.outcome {
        Some(AttemptOutcome::Failed { class, chain }) => {
            format!("{} failed ({class}): {}", attempt.kind, chain.join(": "))
        }
        _ => format!("{} since {}, or killed then", attempt.kind, time(attempt.started)),
    }
}
