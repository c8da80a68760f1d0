//! `skyfeed history`.

use clap::Args;
use jiff::SpanRound;
use skyfeed_pipeline::{
    id::ImageId,
    ledger::{Attempt, AttemptOutcome},
};

use super::Context;
use crate::exit::Exit;

/// Show everything that was done with an image
///
/// Every attempt of every stage, oldest first: when, why, how long, with what outcome.
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
        let env = context.feed.environment("history")?;
        let attempts = env.ledger.history(self.id.as_str()).await?;
        if attempts.is_empty() {
            context.output.line(format_args!("nothing was done with {}", self.id))?;
        }
        for attempt in &attempts {
            context.output.line(line(attempt))?;
        }
        context.output.document(&attempts)?;
        Ok(Exit::Done)
    }
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
        attempt.started.strftime("%Y-%m-%d %H:%M:%S"),
        stage_name(attempt),
        attempt.attempt,
        attempt.trigger,
        took.unwrap_or_default(),
    )
}

fn stage_name(attempt: &Attempt) -> String {
    format!("{:?}", attempt.stage).to_lowercase()
}
