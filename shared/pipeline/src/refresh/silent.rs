//! Files that may change though the source says nothing of it: asked for in turns, so that each has its turn some day.

use futures::{StreamExt, TryStreamExt, future, stream};
use jiff::SignedDuration;
use skyfeed_ports::store::{Body, Condition, StoreError};

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{PRIVATE_JSON, parse_record, read_json, sha256_hex, to_json, write_json},
    record::{Candidate, FetchedRecord},
    source::{Ask, Fetched},
    standing::Standings,
};

/// One of so many images is asked for each time, but not fewer than [`LEAST`].
const ONE_OF: usize = 100;
const LEAST: usize = 10;
/// None is asked for so soon after the last time.
const REST: SignedDuration = SignedDuration::from_hours(24);
/// Requests at a time; the source keeps its own bound for each host.
const IN_FLIGHT: usize = 8;

/// Asks for those images that were not asked for the longest time, and answers which have another file. Their candidates are written again, so that it is known until they are fetched.
pub(super) async fn ask(env: &Environment, standings: &Standings) -> Result<Vec<ImageId>, StepError> {
    let now = env.clock.now();
    let follows = standings.iter().filter(|standing| standing.follows_source(now) && !standing.is_due_again(now));
    let mut known: Vec<_> = follows.filter_map(|standing| Some((standing.fetched?, standing.id.clone()))).collect();
    known.sort();
    let count = LEAST.max(known.len().div_ceil(ONE_OF));
    let rested = |(fetched, _): &(_, _)| now.duration_since(*fetched) >= REST;
    stream::iter(known.into_iter().take(count).filter(rested))
        .map(|(_, id)| async { Ok::<_, StepError>(changed(env, &id).await?.then_some(id)) })
        .buffer_unordered(IN_FLIGHT)
        .try_filter_map(future::ok)
        .try_collect()
        .await
}

async fn changed(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    let before = match read_json::<FetchedRecord>(&*env.work, &layout::fetched(id)).await {
        Ok(Some(before)) => Some(before),
        Ok(None) => return Ok(false),
        // The next fetch writes it anew.
        Err(StepError::Json { .. }) => None,
        Err(error) => return Err(error),
    };
    let key = layout::candidate(id);
    let Some(object) = env.work.get(&key).await? else { return Ok(false) };
    let candidate = parse_record(&key, &object.bytes, id, |candidate: &Candidate| &candidate.id);
    let changed = match (candidate, &before) {
        (Ok(candidate), Some(before)) => is_another(env, &candidate, before).await?,
        (Ok(_), None) => true,
        // What is wrong with it is told where it is needed.
        (Err(_), _) => false,
    };
    if changed {
        let condition = Condition::IfMatch(object.meta.etag);
        match env.work.put(&key, Body::Bytes(&object.bytes), PRIVATE_JSON, condition).await {
            // Whoever wrote it meanwhile says the same by that.
            Ok(_) | Err(StoreError::Precondition { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    } else if let Some(before) = before {
        // It has had its turn.
        let asked = FetchedRecord { asked: env.clock.now(), ..before };
        write_json(&*env.work, &layout::fetched(id), &asked, Condition::Always).await?;
    }
    Ok(changed)
}

async fn is_another(env: &Environment, candidate: &Candidate, before: &FetchedRecord) -> Result<bool, StepError> {
    let version = &before.version;
    if version.etag.is_none() && version.last_modified.is_none() {
        return Ok(false);
    }
    let ask = Ask { known: Some(version.clone()), begun: None };
    match env.source.fetch(candidate, &ask).await {
        Ok(Fetched::Unchanged { record: Some(record) }) => {
            let digest = sha256_hex(&to_json(&layout::source_record(&candidate.id), &record)?);
            Ok(before.record_sha256.as_ref().is_some_and(|before| *before != digest))
        }
        Ok(Fetched::Unchanged { record: None }) => Ok(false),
        Ok(Fetched::Image(_) | Fetched::Unusable(_)) => Ok(true),
        Err(error) => {
            // What is here stays as it is, and others have their turn.
            let causes = skyfeed_ports::chain(&error).join(": ");
            tracing::info!(image = candidate.id.as_str(), causes, "nobody knows whether it changed at the source");
            Ok(false)
        }
    }
}
