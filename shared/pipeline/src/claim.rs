//! Doing a piece of work under a claim that is renewed while it lasts.

use skyfeed_ports::ledger::{AttemptOutcome, Claim, LedgerError, Ticket, Work};
use std::{future::Future, time::Duration};

use crate::{environment::Environment, error::StepError, outcome::Outcome};

/// Short, so that the work of a killed run is free again in seconds.
const LEASE: Duration = Duration::from_secs(15);
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// How a job ended that need not be tried again.
pub(crate) enum Settled<T> {
    /// Done; the receipt is what a later claim of the same work is told.
    Done { value: T, receipt: String },
    /// The image cannot be put on the sky.
    Unusable(String),
    /// The image is bad: told as an error now, and as unusable to whoever asks again.
    Bad(StepError),
}

/// Claims `work` and does `job`.
///
/// The ledger is a hint, the objects are the truth: if the ledger says that the work is settled, `confirm` looks whether what the receipt speaks of is
/// really there, and answers with it; if it is not, the work is done again.
pub(crate) async fn perform<T, C, J>(
    env: &Environment,
    work: Work,
    confirm: impl Fn(String) -> C,
    job: J,
) -> Result<Outcome<T>, StepError>
where
    C: Future<Output = Result<Option<Outcome<T>>, StepError>>,
    J: Future<Output = Result<Settled<T>, StepError>>,
{
    let ticket = match claim(env, &work).await? {
        Claim::Acquired(ticket) => ticket,
        Claim::Busy { until } => return Ok(Outcome::Busy { until }),
        Claim::Done { receipt } => {
            if let Some(outcome) = confirm(receipt).await? {
                return Ok(outcome);
            }
            env.ledger.reopen(&work).await?;
            match claim(env, &work).await? {
                Claim::Acquired(ticket) => ticket,
                Claim::Busy { until } => return Ok(Outcome::Busy { until }),
                // Another worker was faster between the two calls.
                Claim::Done { .. } => return Ok(Outcome::Busy { until: env.clock.now() }),
            }
        }
    };
    let ended = tokio::select! {
        ended = job => ended,
        lost = keep_renewing(env, &ticket) => Err(lost.into()),
        () = env.deadline_passed() => Err(StepError::OutOfTime),
    };
    let attempt = match &ended {
        Ok(Settled::Done { receipt, .. }) => AttemptOutcome::Done { receipt: receipt.clone() },
        Ok(Settled::Unusable(reason)) => AttemptOutcome::Unusable { reason: reason.clone() },
        Ok(Settled::Bad(error)) => AttemptOutcome::Unusable { reason: error.chain().join(": ") },
        Err(StepError::OutOfTime) => AttemptOutcome::Released,
        Err(error) => AttemptOutcome::Failed {
            class: if error.is_transient() { "transient" } else { "permanent" }.to_owned(),
            chain: error.chain(),
        },
    };
    let noted = env.ledger.end(&ticket, attempt, env.clock.now()).await;
    match ended {
        Ok(settled) => {
            noted?;
            match settled {
                Settled::Done { value, .. } => Ok(Outcome::Done(value)),
                Settled::Unusable(reason) => Ok(Outcome::Unusable(reason)),
                Settled::Bad(error) => Err(error),
            }
        }
        // The first error is the one to tell; that the ledger could not note it as well adds nothing.
        Err(error) => Err(error),
    }
}

async fn claim(env: &Environment, work: &Work) -> Result<Claim, LedgerError> {
    env.ledger.claim(work, &env.context(), env.clock.now(), LEASE).await
}

/// Renews until the claim is lost. A renewal that fails for another reason is tried again: the lease outlasts two failures.
async fn keep_renewing(env: &Environment, ticket: &Ticket) -> LedgerError {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        if let Err(error @ LedgerError::Lost { .. }) = env.ledger.renew(ticket, env.clock.now(), LEASE).await {
            return error;
        }
    }
}
