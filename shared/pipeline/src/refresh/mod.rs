//! `refresh`: find the candidates of the source, and those of them that are due.

use std::collections::HashSet;

use futures::{Stream, StreamExt};
use skyfeed_ports::{
    ledger::AttemptOutcome,
    store::{Body, Condition, ObjectMeta, StoreError},
};

use crate::{
    batch::Failure,
    environment::Environment,
    error::{PERMANENT, StepError, TRANSIENT},
    id::ImageId,
    layout,
    objects::{PRIVATE_JSON, read_json, to_json, write_if_changed},
    record::{Candidate, Unusable},
    source::{Offer, REFUSED, SourceError, UNAVAILABLE},
    stage::Stage,
    standing::{Standing, Standings, State},
    unusable, whole_feed,
};

mod silent;

/// The code of a source that offers nothing although it did before.
const EMPTY: &str = "source-empty";
/// Candidates that are written at a time.
const IN_FLIGHT: usize = 64;

/// What `refresh` found.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// What the source offers, whether known or new.
    pub offered: usize,
    /// The ids to fetch now, in the order of the source, those last that were here before and changed at the source; at most `max_new_per_run`.
    pub due: Vec<ImageId>,
    /// How many of these were here before.
    pub changed: usize,
    /// How many more are due than this run may take.
    pub postponed: usize,
    /// How many failed before and are tried again later; others take their place.
    pub put_off: usize,
    /// What the source said that cannot be put on the sky, unless it is on the site all the same.
    pub unusable: Vec<Unusable>,
    /// Records that could not be understood; the others go on.
    pub failures: Vec<Failure>,
    /// Whether the deadline came before the source had told all. What is in `due` is noted; the next refresh finds the rest.
    pub out_of_time: bool,
}

impl Refreshed {
    /// Why the source as a whole did not answer as it should: it cannot be reached, it tells nothing that can be understood, or nothing at all although it did before.
    pub fn source_failure(&self) -> Option<&Failure> {
        let of_all = |failure: &&Failure| matches!(failure.code, UNAVAILABLE | REFUSED | EMPTY);
        let first = if self.offered == 0 { self.failures.first() } else { None };
        self.failures.iter().find(of_all).or(first)
    }

    /// What the ledger keeps of it.
    fn outcome(&self) -> AttemptOutcome {
        match self.source_failure() {
            Some(failure) => AttemptOutcome::Failed {
                class: if failure.passes() { TRANSIENT } else { PERMANENT }.to_owned(),
                chain: failure.causes.clone(),
            },
            None => {
                let Self { offered, due, postponed, put_off, .. } = self;
                let more =
                    [(*postponed, "for later runs"), (*put_off, "put off"), (self.failures.len(), "not understood")];
                let more = more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}"));
                let receipt = format!("{offered} offered, {} due{}", due.len(), more.collect::<String>());
                AttemptOutcome::Done { receipt }
            }
        }
    }
}

/// Asks the source for its candidates, notes each in `candidates/<id>.json` and answers which are due. With `dry_run` nothing is written.
///
/// A candidate is due unless it is further already, or was turned away: its standing says so. So a crash between any two writes loses nothing. `due` is called for each as
/// soon as it is noted, so that the first are on their way while the source still tells of the last. When the deadline comes, it ends with what was noted so far.
///
/// What is further is due as well when the source says something else of it than before, after all that is new. Files may change without a word: a few are asked for each time.
///
/// # Errors
/// A store failed. What goes wrong with the source is in [`Refreshed::failures`].
pub async fn refresh(
    env: &Environment,
    standings: &Standings,
    dry_run: bool,
    due: impl FnMut(&ImageId),
) -> Result<Refreshed, StepError> {
    let started = env.clock.now();
    let mut found = ask(env, standings, dry_run, due).await?;
    if found.offered == 0 && found.failures.is_empty() && !found.out_of_time && standings.has_candidates() {
        let problem = "the source answers and offers nothing, though it offered images before: look at it, and at the configuration; if that is meant, delete `candidates/`";
        found.failures.push(Failure { code: EMPTY, ..Failure::permanent("source", problem) });
    }
    if !dry_run {
        whole_feed::note(env, Stage::Refresh, started, found.outcome()).await;
    }
    Ok(found)
}

async fn ask(
    env: &Environment,
    standings: &Standings,
    dry_run: bool,
    mut due: impl FnMut(&ImageId),
) -> Result<Refreshed, StepError> {
    let mut found = Refreshed::default();
    let most = env.config.max_new_per_run.unwrap_or(usize::MAX);
    let mut changed = Vec::new();
    let offers = once_each(env.source.offers());
    let mut noted = std::pin::pin!(offers.map(|offer| note(env, standings, offer, dry_run)).buffered(IN_FLIGHT));
    let mut deadline = std::pin::pin!(env.deadline_passed());
    loop {
        let noted = tokio::select! {
            biased;
            () = &mut deadline => {
                found.out_of_time = true;
                break;
            }
            noted = noted.next() => noted,
        };
        let Some(noted) = noted else { break };
        found.offered += usize::from(!matches!(noted, Ok(Noted::Failed(_))));
        match noted? {
            Noted::Due(id) if found.due.len() < most => {
                due(&id);
                found.due.push(id);
            }
            Noted::Due(_) => found.postponed += 1,
            Noted::PutOff => found.put_off += 1,
            Noted::Changed(id) => changed.push(id),
            Noted::Settled => {}
            Noted::Unusable(record) => found.unusable.push(record),
            Noted::Failed(failure) | Noted::Bad(failure) => found.failures.push(failure),
        }
    }
    if !dry_run && !found.out_of_time && env.source.changes_in_silence() {
        tokio::select! {
            biased;
            () = &mut deadline => found.out_of_time = true,
            silently = silent::ask(env, standings) => changed.extend(silently?),
        }
    }
    for id in changed {
        if found.due.len() < most {
            due(&id);
            found.due.push(id);
            found.changed += 1;
        } else {
            found.postponed += 1;
        }
    }
    Ok(found)
}

/// What became of an offer.
enum Noted {
    Due(ImageId),
    /// It was downloaded before, and the source says something else of it now.
    Changed(ImageId),
    Settled,
    /// It failed, and its time has not come.
    PutOff,
    Unusable(Unusable),
    /// It was not understood.
    Failed(Failure),
    /// It was, but it cannot be kept.
    Bad(Failure),
}

/// Offers, and of those with the same id the first.
fn once_each<'a>(
    offers: impl Stream<Item = Result<Offer, SourceError>> + 'a,
) -> impl Stream<Item = Result<Offer, Failure>> + 'a {
    let mut seen = HashSet::new();
    offers.map(move |offer| match offer {
        Ok(offer) => {
            let id = match &offer {
                Offer::Candidate(candidate) | Offer::Named { candidate, .. } => &candidate.id,
                Offer::Unusable(record) => &record.id,
            };
            if seen.insert(id.clone()) {
                Ok(offer)
            } else {
                Err(Failure::permanent(id.as_str(), "the source offers this id twice; the first is taken"))
            }
        }
        Err(error) => Err(Failure::of("source", &StepError::from(error))),
    })
}

async fn note(
    env: &Environment,
    standings: &Standings,
    offer: Result<Offer, Failure>,
    dry_run: bool,
) -> Result<Noted, StepError> {
    let is_settled = |id: &ImageId| standings.get(id).is_some_and(|standing| !matches!(standing.state, State::Offered));
    match offer {
        Err(failure) => Ok(Noted::Failed(failure)),
        Ok(Offer::Unusable(record)) if is_settled(&record.id) => Ok(Noted::Settled),
        Ok(Offer::Unusable(record)) => {
            let noted = if dry_run { Ok(()) } else { unusable::set_aside(env, &record.id, &record.reason).await };
            of_one(&record.id, noted, |()| Noted::Unusable(record.clone()))
        }
        Ok(Offer::Named { mut candidate, other }) => {
            if standings.candidate(&other).is_some() && has_record(env, &other, &candidate).await? {
                candidate.id = other;
            }
            Box::pin(note(env, standings, Ok(Offer::Candidate(candidate)), dry_run)).await
        }
        Ok(Offer::Candidate(candidate)) => {
            let known = standings.candidate(&candidate.id);
            let noted = write(env, &candidate, known, dry_run).await;
            let id = candidate.id.clone();
            let standing = standings.get(&id);
            let now = env.clock.now();
            of_one(&candidate.id, noted, |is_new| match standing {
                None | Some(Standing { state: State::Offered, .. }) => Noted::Due(id),
                Some(Standing { state: State::PutOff { .. }, .. }) => Noted::PutOff,
                Some(one) if one.is_due_again(now) || (is_new && one.follows_source(now)) => Noted::Changed(id),
                Some(_) => Noted::Settled,
            })
        }
    }
}

/// Whether `id` was given to the file of this candidate, whatever became of it since.
async fn has_record(env: &Environment, id: &ImageId, candidate: &Candidate) -> Result<bool, StepError> {
    match read_json::<Candidate>(&*env.work, &layout::candidate(id)).await {
        Ok(given) => Ok(given.is_some_and(|given| given.record["path"] == candidate.record["path"])),
        Err(StepError::Json { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a candidate down, unless the same is there. Answers whether another was there; with `dry_run` that is all.
async fn write(
    env: &Environment,
    candidate: &Candidate,
    known: Option<&ObjectMeta>,
    dry_run: bool,
) -> Result<bool, StepError> {
    let key = layout::candidate(&candidate.id);
    let bytes = to_json(&key, candidate)?;
    match known {
        Some(meta) => {
            if env.records.get(&*env.work, meta).await?.is_some_and(|there| there == bytes) {
                return Ok(false);
            }
        }
        None if dry_run => return Ok(false),
        None => match env.work.put(&key, Body::Bytes(&bytes), PRIVATE_JSON, Condition::IfAbsent).await {
            Err(StoreError::Precondition { .. }) => {}
            written => return Ok(written.map(|_| false)?),
        },
    }
    if dry_run { Ok(true) } else { Ok(write_if_changed(&*env.work, &key, &bytes, PRIVATE_JSON).await?) }
}

/// What is wrong with one image; what may pass is a store that fails all.
fn of_one<T>(id: &ImageId, noted: Result<T, StepError>, good: impl FnOnce(T) -> Noted) -> Result<Noted, StepError> {
    match noted {
        Ok(noted) => Ok(good(noted)),
        Err(error) if error.is_transient() => Err(error),
        Err(error) => Ok(Noted::Bad(Failure::of(id.as_str(), &error))),
    }
}
