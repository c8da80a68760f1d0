//! `refresh`: find the candidates of the source, and those of them that are due.

use std::collections::{BTreeSet, HashSet};

use futures::StreamExt;

use crate::{
    batch::Failure,
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{self, site},
    objects::{PRIVATE_JSON, parse_json, to_json, write_if_changed},
    record::{Candidate, Decision, Unusable, Verdict},
    source::Offer,
    unusable,
};

/// Requests to the site under way at a time.
const IN_FLIGHT: usize = 32;

/// What `refresh` found.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// What the source offers, whether known or new.
    pub offered: usize,
    /// The ids to fetch now, in the order of the source; at most `max_new_per_run`.
    pub due: Vec<ImageId>,
    /// How many more are due than this run may take.
    pub postponed: usize,
    /// What the source said that cannot be put on the sky, unless it is on the site all the same.
    pub unusable: Vec<Unusable>,
    /// Records that could not be understood; the others go on.
    pub failures: Vec<Failure>,
}

/// Asks the source for its candidates, notes each in `candidates/<id>.json` and answers which are due. With `dry_run` nothing is written.
///
/// A candidate is due unless it was published, taken down, set aside as unusable, rejected, or waits in the inbox. So a crash between any two writes loses nothing.
///
/// # Errors
/// A store failed. What goes wrong with the source is in [`Refreshed::failures`].
pub async fn refresh(env: &Environment, dry_run: bool) -> Result<Refreshed, StepError> {
    let mut found = Refreshed::default();
    let mut candidates = Vec::new();
    let mut unusable = Vec::new();
    let mut seen = HashSet::new();
    let mut offers = env.source.offers();
    while let Some(offer) = offers.next().await {
        match offer {
            Ok(Offer::Candidate(candidate)) if seen.insert(candidate.id.clone()) => candidates.push(candidate),
            Ok(Offer::Unusable(record)) if seen.insert(record.id.clone()) => unusable.push(record),
            Ok(Offer::Candidate(Candidate { id, .. }) | Offer::Unusable(Unusable { id, .. })) => {
                found
                    .failures
                    .push(Failure::permanent(id.as_str(), "the source offers this id twice; the first is taken"));
            }
            Err(error) => {
                let error = StepError::from(error);
                found.failures.push(Failure::of("source", &error));
            }
        }
    }
    found.offered = candidates.len() + unusable.len();

    let settled = Settled::list(env).await?;
    let ids: Vec<ImageId> = candidates
        .iter()
        .map(|candidate| &candidate.id)
        .chain(unusable.iter().map(|record| &record.id))
        .cloned()
        .collect();
    let mut due: HashSet<ImageId> = HashSet::new();
    let mut looks =
        futures::stream::iter(ids).map(|id| async { (settled.has(env, &id).await, id) }).buffered(IN_FLIGHT);
    while let Some((settled, id)) = looks.next().await {
        match settled {
            Ok(true) => {}
            Ok(false) => {
                due.insert(id);
            }
            // A decision that cannot be read might be a reject.
            Err(error) => found.failures.push(of_one(&id, error)?),
        }
    }

    for record in unusable.into_iter().filter(|record| due.contains(&record.id)) {
        let noted = if dry_run { Ok(()) } else { unusable::set_aside(env, &record.id, &record.reason).await };
        match noted {
            Ok(()) => found.unusable.push(record),
            Err(error) => found.failures.push(of_one(&record.id, error)?),
        }
    }
    for candidate in candidates {
        let noted = if dry_run { Ok(()) } else { note(env, &candidate).await };
        match noted {
            Ok(()) if due.contains(&candidate.id) => found.due.push(candidate.id),
            Ok(()) => {}
            Err(error) => found.failures.push(of_one(&candidate.id, error)?),
        }
    }
    let most = env.config.max_new_per_run.unwrap_or(usize::MAX);
    found.postponed = found.due.len().saturating_sub(most);
    found.due.truncate(most);
    Ok(found)
}

async fn note(env: &Environment, candidate: &Candidate) -> Result<(), StepError> {
    let key = layout::candidate(&candidate.id);
    write_if_changed(&*env.work, &key, &to_json(&key, candidate)?, PRIVATE_JSON).await?;
    Ok(())
}

/// What is wrong with one image; what may pass is a store that fails all.
fn of_one(id: &ImageId, error: StepError) -> Result<Failure, StepError> {
    if error.is_transient() { Err(error) } else { Ok(Failure::of(id.as_str(), &error)) }
}

/// What needs no fetching, as far as a few listings tell.
struct Settled {
    ids: BTreeSet<ImageId>,
    decided: HashSet<ImageId>,
    on_site: HashSet<String>,
}

impl Settled {
    async fn list(env: &Environment) -> Result<Self, StepError> {
        let mut ids = BTreeSet::new();
        for folder in [layout::PUBLISHED, layout::UNUSABLE] {
            let listing = env.work.list(folder, true).await?;
            ids.extend(listing.objects.iter().filter_map(|object| layout::id_of_json(folder, &object.key)));
        }
        for object in env.work.list(layout::INBOX, false).await?.objects {
            let Some(id) = layout::id_of_folder(layout::INBOX, &object.key) else { continue };
            if object.key != layout::source_record(&id) {
                ids.insert(id);
            }
        }
        let decided = env.work.list(layout::DECISIONS, true).await?.prefixes;
        let on_site = env.site.list("", true).await?.prefixes;
        Ok(Self {
            ids,
            decided: decided.iter().filter_map(|key| layout::id_of_folder(layout::DECISIONS, key)).collect(),
            on_site: on_site.into_iter().collect(),
        })
    }

    async fn has(&self, env: &Environment, id: &ImageId) -> Result<bool, StepError> {
        if self.ids.contains(id) || (self.decided.contains(id) && is_rejected(env, id).await?) {
            return Ok(true);
        }
        if !self.on_site.contains(&site::folder(id)) {
            return Ok(false);
        }
        Ok(env.site.head(&site::index(id)).await?.is_some() || env.site.head(&site::skip_flag(id)).await?.is_some())
    }
}

/// Whether anybody rejected any revision of an image.
pub(crate) async fn is_rejected(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    for object in env.work.list(&layout::decisions(id), false).await?.objects {
        let Some(there) = env.work.get(&object.key).await? else { continue };
        let decision: Decision = parse_json(&object.key, &there.bytes)?;
        if decision.decision == Verdict::Reject {
            return Ok(true);
        }
    }
    Ok(false)
}
