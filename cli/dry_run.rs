//! Dry runs: what a step would do, by the plan of that very step.

use std::future::Future;

use futures::StreamExt;
use serde_json::json;
use skyfeed_pipeline::{batch::Failure, error::StepError, id::ImageId, outcome::Outcome, stage::Stage};

use crate::{batch, context::Context, exit::Exit, stage_words::done};

/// Images that are looked at at a time.
const LOOKS: usize = 16;

/// Tells what a step would do with images: nothing of those with which it is done.
///
/// # Errors
/// Those of the output. What would go wrong with an image is told, and decides the exit code as it would in the run.
pub(crate) async fn named<T, F>(
    context: &Context,
    stage: Stage,
    ids: &[ImageId],
    plan: impl Fn(ImageId) -> F,
) -> anyhow::Result<Exit>
where
    F: Future<Output = Result<Outcome<T>, StepError>>,
{
    let looks: Vec<_> = ids.iter().map(|id| plan(id.clone())).collect();
    let outcomes: Vec<_> = futures::stream::iter(looks).buffered(LOOKS).collect().await;
    let (mut would, mut failures) = (Vec::new(), Vec::new());
    for (id, outcome) in ids.iter().zip(outcomes) {
        match outcome {
            Ok(Outcome::Done(_)) => would.push(id.clone()),
            Ok(Outcome::AlreadyDone(_) | Outcome::Busy { .. }) => {}
            Ok(Outcome::Unusable(reason)) => context.output.line(format_args!("{id}: unusable: {reason}"))?,
            Err(error) => failures.push(Failure::of(id.as_str(), &error)),
        }
    }
    tell(context, stage, &would, &failures)
}

/// Tells what a step would do, where that is known.
///
/// # Errors
/// Those of the output.
pub(crate) fn tell(context: &Context, stage: Stage, would: &[ImageId], failures: &[Failure]) -> anyhow::Result<Exit> {
    let output = context.output;
    for id in would {
        output.line(format_args!("{id}: would be {}", done(stage)))?;
    }
    batch::tell_failures(output, failures);
    if would.is_empty() && failures.is_empty() {
        output.line("nothing to do")?;
    }
    output.document(&json!({"dry_run": true, "stage": stage, "ids": would, "failures": failures}))?;
    Ok(batch::exit(&[], failures))
}
