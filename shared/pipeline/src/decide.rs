//! `approve` and `reject`: a person's word on one revision.

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{parse_json, parse_record, sha256_hex, write_json},
    outcome::Outcome,
    record::{Decision, FORMAT, Manifest, Verdict},
    revision::Revision,
};
use skyfeed_ports::store::{Condition, StoreError};

/// What to decide.
#[derive(Clone, Debug)]
pub struct Decide {
    /// The image.
    pub id: ImageId,
    /// The revision; `None` if there is only one that waits.
    pub revision: Option<Revision>,
    /// Approve or reject.
    pub verdict: Verdict,
    /// Who decides.
    pub by: String,
    /// Why.
    pub note: String,
}

/// Writes down a decision, only if this person has not decided on this revision yet.
///
/// # Errors
/// There is no such revision, or several wait; or the person decided otherwise before.
pub async fn decide(env: &Environment, command: Decide) -> Result<Outcome<Revision>, StepError> {
    let Decide { id, revision, verdict, by, note } = command;
    if by.trim().is_empty() {
        return Err(StepError::Refused("a decision needs the name of the person who takes it".to_owned()));
    }
    let revision = match revision {
        Some(revision) => revision,
        None => the_one_staged(env, &id).await?,
    };
    let Some((_, manifest_sha256)) = manifest(env, &id, &revision).await? else {
        return Err(StepError::Missing(format!("`{id}` has no staged revision {revision}")));
    };
    let key = layout::decision(&id, &revision, &by);
    let decision = Decision { format: FORMAT, decision: verdict, by, at: env.clock.now(), note, manifest_sha256 };
    match write_json(&*env.work, &key, &decision, Condition::IfAbsent).await {
        Ok(_) => Ok(Outcome::Done(revision)),
        Err(StepError::Store(StoreError::Precondition { .. })) => decided_before(env, &key, &decision, revision).await,
        Err(error) => Err(error),
    }
}

async fn decided_before(
    env: &Environment,
    key: &str,
    wanted: &Decision,
    revision: Revision,
) -> Result<Outcome<Revision>, StepError> {
    let Some(object) = env.work.get(key).await? else {
        return Err(StepError::Missing(format!("`{key}` was deleted meanwhile")));
    };
    let there: Decision = parse_json(key, &object.bytes)?;
    let same =
        there.decision == wanted.decision && there.by == wanted.by && there.manifest_sha256 == wanted.manifest_sha256;
    if same {
        return Ok(Outcome::AlreadyDone(revision));
    }
    let word = match there.decision {
        Verdict::Approve => "approved",
        Verdict::Reject => "rejected",
    };
    Err(StepError::Refused(format!("{} {word} this revision on {}; delete `{key}` to decide anew", there.by, there.at)))
}

/// The manifest of a revision and its digest; `None` if the revision is not complete.
pub(crate) async fn manifest(
    env: &Environment,
    id: &ImageId,
    revision: &Revision,
) -> Result<Option<(Manifest, String)>, StepError> {
    let key = layout::manifest(id, revision);
    let Some(object) = env.work.get(&key).await? else { return Ok(None) };
    let manifest = parse_record(&key, &object.bytes, id, |manifest: &Manifest| &manifest.id)?;
    Ok(Some((manifest, sha256_hex(&object.bytes))))
}

/// The complete revisions of an image.
pub(crate) async fn staged_revisions(env: &Environment, id: &ImageId) -> Result<Vec<Revision>, StepError> {
    let folder = layout::staged(id);
    let mut complete = Vec::new();
    for prefix in env.work.list(&folder, true).await?.prefixes {
        let name = prefix[folder.len()..].trim_end_matches('/');
        let Ok(revision) = name.parse::<Revision>() else { continue };
        if env.work.head(&layout::manifest(id, &revision)).await?.is_some() {
            complete.push(revision);
        }
    }
    Ok(complete)
}

/// The decisions on an image with the revision that each is about.
///
/// # Errors
/// The work store failed, or a record cannot be read: it might be a reject.
pub async fn decisions(env: &Environment, id: &ImageId) -> Result<Vec<(Revision, Decision)>, StepError> {
    let folder = layout::decisions(id);
    let mut found = Vec::new();
    for object in env.work.list(&folder, false).await?.objects {
        let Some((revision, _)) = object.key[folder.len()..].split_once('/') else { continue };
        let Ok(revision) = revision.parse() else { continue };
        if let Some(there) = env.work.get(&object.key).await? {
            found.push((revision, parse_json(&object.key, &there.bytes)?));
        }
    }
    Ok(found)
}

/// The staged revision that nobody decided on; if all are decided on, the only one there is.
async fn the_one_staged(env: &Environment, id: &ImageId) -> Result<Revision, StepError> {
    let staged = staged_revisions(env, id).await?;
    let decided = decisions(env, id).await?;
    let waiting: Vec<&Revision> =
        staged.iter().filter(|revision| !decided.iter().any(|(other, _)| other == *revision)).collect();
    match (waiting.as_slice(), staged.as_slice()) {
        ([revision], _) => Ok((*revision).clone()),
        ([], [revision]) => Ok(revision.clone()),
        ([], []) => Err(StepError::Missing(format!("`{id}` has nothing staged; `tile` makes it"))),
        _ => {
            let names: Vec<&str> = staged.iter().map(Revision::as_str).collect();
            Err(StepError::Refused(format!("`{id}` has several revisions, name one: {}", names.join(", "))))
        }
    }
}
