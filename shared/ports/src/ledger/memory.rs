//! Claims and history in memory, for tests and trials.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Attempt, AttemptOutcome, Claim, Context, Ledger, LedgerError, Standing, Ticket, Work, lease_end};

/// A ledger in memory: it is gone with the process.
///
/// ```
/// use std::time::Duration;
/// use jiff::Timestamp;
/// use skyfeed_ports::ledger::{AttemptOutcome, Claim, Context, Ledger, LedgerError, MemoryLedger, Work};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let ledger = MemoryLedger::default();
/// let work = Work { kind: "tile".to_owned(), subject: "eso1907a".to_owned(), input: "etag".to_owned(), turn: None };
/// let context = Context { trigger: "run".to_owned(), software: "0.1.0".to_owned(), config_sha256: String::new() };
/// let (now, lease) = (Timestamp::now(), Duration::from_secs(60));
///
/// let Claim::Acquired(ticket) = ledger.claim(&work, &context, now, lease).await? else { unreachable!() };
/// assert!(matches!(ledger.claim(&work, &context, now, lease).await?, Claim::Busy { .. }));
/// ledger.end(&ticket, AttemptOutcome::Done { receipt: "0123456789abcdef".to_owned() }, now).await?;
/// assert!(matches!(ledger.claim(&work, &context, now, lease).await?, Claim::Done { .. }));
/// # Ok::<(), LedgerError>(()) }).unwrap();
/// ```
#[derive(Debug, Default)]
pub struct MemoryLedger {
    content: Mutex<Content>,
}

#[derive(Clone, Debug, Default)]
struct Content {
    claims: HashMap<[String; 3], Held>,
    /// By the order of claims.
    attempts: Vec<Attempt>,
}

#[derive(Clone, Debug)]
struct Held {
    standing: Standing,
    /// The number of the last attempt.
    attempt: u32,
    /// The place of the last attempt in `attempts`; the token of its ticket.
    index: usize,
}

impl Clone for MemoryLedger {
    fn clone(&self) -> Self {
        Self { content: Mutex::new(self.content().clone()) }
    }
}

fn key(work: &Work) -> [String; 3] {
    [work.claimed_as(), &work.subject, &work.input].map(str::to_owned)
}

impl MemoryLedger {
    fn content(&self) -> MutexGuard<'_, Content> {
        // No operation can panic between two changes that belong together.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// The claim of a ticket and its attempt, if no other worker claimed the work since.
    fn of(&mut self, ticket: &Ticket) -> Result<(&mut Held, &mut Attempt), LedgerError> {
        let lost = || LedgerError::lost(&ticket.work);
        let held = self.claims.get_mut(&key(&ticket.work)).filter(|held| held.index.to_string() == ticket.token);
        let held = held.ok_or_else(lost)?;
        let attempt = self.attempts.get_mut(held.index).ok_or_else(lost)?;
        Ok((held, attempt))
    }

    fn sorted(&self, belongs: impl Fn(&Attempt) -> bool) -> Vec<Attempt> {
        let mut attempts: Vec<Attempt> = self.attempts.iter().filter(|attempt| belongs(attempt)).cloned().collect();
        attempts.sort_by_key(|attempt| attempt.started);
        attempts
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn claim(
        &self,
        work: &Work,
        context: &Context,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, LedgerError> {
        let mut content = self.content();
        let before = content.claims.get(&key(work));
        if let Some(obstacle) = before.and_then(|held| held.standing.obstacle(now, lease)) {
            return Ok(obstacle);
        }
        let attempt = before.map_or(1, |held| held.attempt.saturating_add(1));
        let index = content.attempts.len();
        let standing = Standing::Held { until: lease_end(now, lease) };
        content.claims.insert(key(work), Held { standing, attempt, index });
        content.attempts.push(Attempt::begun(work, attempt, context, now));
        Ok(Claim::Acquired(Ticket { work: work.clone(), attempt, token: index.to_string() }))
    }

    async fn renew(&self, ticket: &Ticket, now: Timestamp, lease: Duration) -> Result<(), LedgerError> {
        let mut content = self.content();
        let (held, attempt) = content.of(ticket)?;
        if attempt.outcome.is_some() {
            return Err(LedgerError::lost(&ticket.work));
        }
        held.standing = Standing::Held { until: lease_end(now, lease) };
        Ok(())
    }

    async fn end(&self, ticket: &Ticket, outcome: AttemptOutcome, now: Timestamp) -> Result<(), LedgerError> {
        let mut content = self.content();
        let (held, attempt) = content.of(ticket)?;
        match &attempt.outcome {
            Some(recorded) if *recorded == outcome => Ok(()),
            Some(_) => Err(LedgerError::lost(&ticket.work)),
            None => {
                held.standing = Standing::after(&ticket.work, &outcome);
                attempt.ended = Some(now);
                attempt.outcome = Some(outcome);
                Ok(())
            }
        }
    }

    async fn reopen(&self, work: &Work) -> Result<(), LedgerError> {
        if let Some(held) = self.content().claims.get_mut(&key(work))
            && matches!(held.standing, Standing::Settled { .. })
        {
            held.standing = Standing::Free;
        }
        Ok(())
    }

    async fn receipt(&self, work: &Work) -> Result<Option<String>, LedgerError> {
        Ok(self.content().claims.get(&key(work)).and_then(|held| held.standing.receipt().map(str::to_owned)))
    }

    async fn note(&self, attempt: &Attempt) -> Result<(), LedgerError> {
        self.content().attempts.push(attempt.clone());
        Ok(())
    }

    async fn last_done(&self, subject: &str, kind: &str) -> Result<Option<Attempt>, LedgerError> {
        let is_done = |attempt: &Attempt| {
            let done = matches!(attempt.outcome, Some(AttemptOutcome::Done { .. }));
            done && attempt.subject == subject && attempt.kind == kind
        };
        Ok(self.content().sorted(is_done).pop())
    }

    async fn history(&self, subject: &str) -> Result<Vec<Attempt>, LedgerError> {
        Ok(self.content().sorted(|attempt| attempt.subject == subject))
    }

    async fn open_attempts(&self) -> Result<Vec<Attempt>, LedgerError> {
        let attempts = self.content().sorted(|_| true);
        let mut last = HashMap::new();
        for (index, attempt) in attempts.iter().enumerate() {
            last.insert((attempt.kind.clone(), attempt.subject.clone()), index);
        }
        let is_open = |(index, attempt): &(usize, Attempt)| {
            last.get(&(attempt.kind.clone(), attempt.subject.clone())) == Some(index)
                && matches!(attempt.outcome, None | Some(AttemptOutcome::Failed { .. }))
        };
        Ok(attempts.into_iter().enumerate().filter(is_open).map(|(_, attempt)| attempt).collect())
    }
}
