//! Dry runs: what a step would do, by the plan of that very step.

use std::future::Future;

use futures::StreamExt;
use serde_json::json;
use skyfeed_pipeline::{batch::Failure, error::StepError, id::ImageId, outcome::Outcome, stage::Stage};

use crate::{batch, context::Context, exit::Exit, stage_words::done};

/// Images that are looked at at a time.
const LOOKS: usize = 16;

/// What a step would do with images, and what it would refuse.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    /// With these it would do something.
    pub(crate) would: Vec<ImageId>,
    /// These it would set aside, and why.
    pub(crate) unusable: Vec<(ImageId, String)>,
    pub(crate) failures: Vec<Failure>,
}

/// Asks the plan of a step for each image.
pub(crate) async fn planned<T, F>(ids: &[ImageId], plan: impl Fn(ImageId) -> F) -> Planned
where
    F: Future<Output = Result<Outcome<T>, StepError>>,
{
    let looks: Vec<_> = ids.iter().map(|id| plan(id.clone())).collect();
    let outcomes: Vec<_> = futures::stream::iter(looks).buffered(LOOKS).collect().await;
    let mut planned = Planned::default();
    for (id, outcome) in ids.iter().zip(outcomes) {
        match outcome {
            Ok(Outcome::Done(_)) => planned.would.push(id.clone()),
            Ok(Outcome::AlreadyDone(_) | Outcome::Busy { .. }) => {}
            Ok(Outcome::Unusable(reason)) => planned.unusable.push((id.clone(), reason)),
            Err(error) => planned.failures.push(Failure::of(id.as_str(), &error)),
        }
    }
    planned
}

/// Tells what a step would do with images: nothing of those with which it is done. `failures` are those that the step would find beside them.
///
/// # Errors
/// Those of the output. What would go wrong with an image is told, and decides the exit code as it would in the run.
pub(crate) async fn tell<T, F>(
    context: &Context,
    stage: Stage,
    ids: &[ImageId],
    failures: Vec<Failure>,
    plan: impl Fn(ImageId) -> F,
) -> anyhow::Result<Exit>
where
    F: Future<Output = Result<Outcome<T>, StepError>>,
{
    let output = context.output;
    let Planned { would, unusable, failures: refused } = planned(ids, plan).await;
    let failures: Vec<Failure> = failures.into_iter().chain(refused).collect();
    for (id, reason) in &unusable {
        output.line(format_args!("{id}: unusable: {reason}"))?;
    }
    for id in &would {
        output.line(format_args!("{id}: would be {}", done(stage)))?;
    }
    batch::tell_failures(output, &failures);
    if would.is_empty() && failures.is_empty() {
        output.line("nothing to do")?;
    }
    output.document(&json!({"dry_run": true, "stage": stage, "ids": would, "failures": failures}))?;
    Ok(batch::exit(&[], &failures))
}
