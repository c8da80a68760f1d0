//! Approve whatever waits, unseen.

use futures::StreamExt;

use super::LOOKS;
use crate::{
    batch::Failure,
    decide::{Decide, decide},
    environment::Environment,
    error::StepError,
    id::ImageId,
    names::Person,
    record::Verdict,
    standing::Standing,
};

/// Approves every revision of some images that waits.
pub(super) async fn approve_all(env: &Environment, ids: &[ImageId], by: &Person) -> Vec<Failure> {
    let mut approvals = futures::stream::iter(ids)
        .map(|id| async move { (id, approve_waiting(env, id, by).await) })
        .buffer_unordered(LOOKS);
    let mut failures = Vec::new();
    while let Some((id, approved)) = approvals.next().await {
        if let Err(error) = approved {
            failures.push(Failure::of(id.as_str(), &error));
        }
    }
    failures
}

async fn approve_waiting(env: &Environment, id: &ImageId, by: &Person) -> Result<(), StepError> {
    let Some(standing) = Standing::of(env, id).await? else { return Ok(()) };
    // The oldest first: the last decision of an image wins, and the newest revision is what people mean.
    let waiting: Vec<_> = standing.waiting().collect();
    for waiting in waiting.into_iter().rev() {
        let command = Decide {
            id: id.clone(),
            revision: Some(waiting.revision.clone()),
            verdict: Verdict::Approve,
            by: by.clone(),
            note: "approved unseen".to_owned(),
            manifest_sha256: None,
        };
        decide(env, &command).await?;
    }
    Ok(())
}
