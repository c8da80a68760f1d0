//! Doing a piece of work under a claim that is renewed while it lasts.

use std::{future::Future, sync::Arc, time::Duration};

use skyfeed_ports::{
    ledger::{AttemptOutcome, Claim, LedgerError, Ticket, Work, lease_end},
    store::Store,
};

use crate::{environment::Environment, error::StepError, outcome::Outcome};

mod lease;

use lease::{Fenced, Lease};

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

/// A claim, and what is done under it.
struct Held {
    ticket: Ticket,
    lease: Arc<Lease>,
    /// The environment whose stores refuse to write when the lease is over.
    env: Environment,
}

/// Claims `work` and does `job`, which gets the environment to work in: its stores refuse to write when the lease is over.
///
/// The ledger is a hint, the objects are the truth: if the ledger says that the work is settled, `confirm` looks whether what the receipt speaks of is
/// really there, and answers with it; if it is not, the work is done again.
pub(crate) async fn perform<T, C, J>(
    env: &Environment,
    work: Work,
    confirm: impl Fn(String) -> C,
    job: impl FnOnce(Environment) -> J,
) -> Result<Outcome<T>, StepError>
where
    C: Future<Output = Result<Option<Outcome<T>>, StepError>>,
    J: Future<Output = Result<Settled<T>, StepError>>,
{
    let held = match claim(env, &work).await? {
        Claimed::Held(held) => held,
        Claimed::Busy(outcome) => return Ok(outcome),
        Claimed::Done(receipt) => {
            if let Some(outcome) = confirm(receipt).await? {
                return Ok(outcome);
            }
            env.ledger.reopen(&work).await?;
            match claim(env, &work).await? {
                Claimed::Held(held) => held,
                Claimed::Busy(outcome) => return Ok(outcome),
                // Another worker was faster between the two calls.
                Claimed::Done(_) => return Ok(Outcome::Busy { until: env.clock.now() }),
            }
        }
    };
    held.finish(env, job(held.env.clone())).await
}

/// Does `job` in the turn that `work` takes. It gets the environment to work in, and the number of the turn: it is higher than that of every turn before.
pub(crate) async fn in_turn<T, J>(
    env: &Environment,
    work: Work,
    job: impl FnOnce(Environment, u32) -> J,
) -> Result<Outcome<T>, StepError>
where
    J: Future<Output = Result<Settled<T>, StepError>>,
{
    match claim(env, &work).await? {
        Claimed::Held(held) => {
            let job = job(held.env.clone(), held.ticket.attempt);
            held.finish(env, job).await
        }
        Claimed::Busy(outcome) => Ok(outcome),
        Claimed::Done(_) => Ok(Outcome::Busy { until: env.clock.now() }),
    }
}

enum Claimed<T> {
    Held(Box<Held>),
    Busy(Outcome<T>),
    Done(String),
}

async fn claim<T>(env: &Environment, work: &Work) -> Result<Claimed<T>, LedgerError> {
    let now = env.clock.now();
    Ok(match env.ledger.claim(work, &env.context(), now, LEASE).await? {
        Claim::Acquired(ticket) => {
            let lease = Lease::new(Arc::clone(&env.clock), lease_end(now, LEASE));
            let fenced = |store: &Arc<dyn Store>| -> Arc<dyn Store> {
                Arc::new(Fenced { store: Arc::clone(store), lease: Arc::clone(&lease) })
            };
            let env = Environment { work: fenced(&env.work), site: fenced(&env.site), ..env.clone() };
            env.claims.note(&env.ledger, &ticket);
            Claimed::Held(Box::new(Held { ticket, lease, env }))
        }
        Claim::Busy { until } => Claimed::Busy(Outcome::Busy { until }),
        Claim::Done { receipt } => Claimed::Done(receipt),
    })
}

impl Held {
    /// Does the job, renewing meanwhile, and notes how it ended.
    async fn finish<T>(
        &self,
        env: &Environment,
        job: impl Future<Output = Result<Settled<T>, StepError>>,
    ) -> Result<Outcome<T>, StepError> {
        let ended = tokio::select! {
            biased;
            ended = job => ended,
            lost = self.keep_renewing(env) => Err(lost.into()),
            () = env.deadline_passed() => Err(StepError::OutOfTime),
        };
        let attempt = match &ended {
            Ok(Settled::Done { receipt, .. }) => AttemptOutcome::Done { receipt: receipt.clone() },
            Ok(Settled::Unusable(reason)) => AttemptOutcome::Unusable { reason: reason.clone() },
            Ok(Settled::Bad(error)) => AttemptOutcome::Unusable { reason: error.chain().join(": ") },
            Err(error) => error.outcome(),
        };
        let noted = env.ledger.end(&self.ticket, attempt, env.clock.now()).await;
        env.claims.forget(&self.ticket);
        // The first error is the one to tell; that the ledger could not note it as well adds nothing.
        let settled = ended?;
        noted?;
        match settled {
            Settled::Done { value, .. } => Ok(Outcome::Done(value)),
            Settled::Unusable(reason) => Ok(Outcome::Unusable(reason)),
            Settled::Bad(error) => Err(error),
        }
    }

    /// Renews until the claim is lost. A renewal that fails for another reason is tried again: the lease outlasts two failures.
    async fn keep_renewing(&self, env: &Environment) -> LedgerError {
        loop {
            env.clock.sleep(RENEW_EVERY).await;
            let now = env.clock.now();
            match env.ledger.renew(&self.ticket, now, LEASE).await {
                Ok(()) => self.lease.renewed(lease_end(now, LEASE)),
                Err(error @ LedgerError::Lost { .. }) => return error,
                Err(_) => {}
            }
        }
    }
}
