//! `skyfeed status`.

use clap::Args;
use serde_json::{Map, Value, json};
use skyfeed_pipeline::status::{ImageStatus, State, status};
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};

use super::Context;
use crate::{exit::Exit, shell::quoted};

/// Show where every image stands, and what is stuck
///
/// Lists the images that wait for something or went wrong, and counts the rest.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed status
  skyfeed status --all
  skyfeed status --json | jq '.images[] | select(.state == \"staged\") | .id'")]
pub(crate) struct Status {
    /// List the published, rejected and skipped images too
    #[arg(long)]
    all: bool,
}

impl Status {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment("status").await?;
        let images = status(&env).await?;
        let (output, feed) = (context.output, context.feed.as_arguments());
        let listed: Vec<&ImageStatus> = images.iter().filter(|image| self.all || wants_attention(image)).collect();
        let width = listed.iter().map(|image| image.id.as_str().chars().count()).max().unwrap_or(0);
        for image in &listed {
            output.line(format_args!(
                "{:<width$}  {:<9}  {}",
                image.id.as_str(),
                name(&image.state),
                detail(image, &feed)
            ))?;
        }
        let count = |state: &str| images.iter().filter(|image| name(&image.state) == state).count();
        let counts: Vec<(&str, usize)> =
            STATES.map(|state| (state, count(state))).into_iter().filter(|(_, n)| *n > 0).collect();
        if counts.is_empty() {
            output.line(format_args!("no images yet; `skyfeed run{feed}` asks the source"))?;
        } else {
            let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
            output.line(counts.join(", "))?;
        }
        let counts: Map<String, Value> =
            counts.into_iter().map(|(state, count)| (state.to_owned(), count.into())).collect();
        output.document(&json!({"counts": counts, "images": images}))?;
        Ok(Exit::Done)
    }
}

fn wants_attention(image: &ImageStatus) -> bool {
    let settled = matches!(image.state, State::Published { .. } | State::Rejected | State::Skipped);
    !settled || !image.waiting.is_empty() || image.open_attempt.is_some()
}

/// The names of the states, in the order in which an image passes them.
const STATES: [&str; 9] =
    ["candidate", "fetched", "staged", "approved", "published", "rejected", "unusable", "skipped", "unreadable"];

fn name(state: &State) -> &'static str {
    match state {
        State::Candidate => "candidate",
        State::Fetched => "fetched",
        State::Staged => "staged",
        State::Approved => "approved",
        State::Published { .. } => "published",
        State::Rejected => "rejected",
        State::Unusable { .. } => "unusable",
        State::Skipped => "skipped",
        State::Unreadable { .. } => "unreadable",
    }
}

/// What to know or to do about an image.
fn detail(image: &ImageStatus, feed: &str) -> String {
    let id = quoted(image.id.as_str());
    if let Some(attempt) = &image.open_attempt {
        return open(attempt);
    }
    match &image.state {
        State::Candidate => format!("next: skyfeed fetch {id}{feed}"),
        State::Fetched => format!("next: skyfeed tile {id}{feed}"),
        State::Staged => format!("next: skyfeed preview {id}{feed}"),
        State::Approved => format!("next: skyfeed publish {id}{feed}"),
        State::Unusable { reason } => reason.clone(),
        State::Unreadable { reason } => format!("STUCK: {reason}"),
        _ if !image.waiting.is_empty() => format!("a new revision waits: skyfeed preview {id}{feed}"),
        State::Published { revision: Some(revision) } => format!("revision {revision}"),
        State::Published { revision: None } => "as toasty published it".to_owned(),
        State::Rejected => format!("by whom and why: skyfeed history {id}{feed}"),
        State::Skipped => format!("to bring it back: skyfeed restore {id}{feed}"),
    }
}

fn open(attempt: &Attempt) -> String {
    let stage = &attempt.kind;
    match &attempt.outcome {
        Some(AttemptOutcome::Failed { class, chain }) => {
            format!("STUCK: {stage} failed ({class}): {}", chain.join(": "))
        }
        _ => format!("{stage} since {}, or killed then", attempt.started.strftime("%Y-%m-%d %H:%M:%S")),
    }
}
