//! Where every image of the feed stands.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    decide::decisions,
    environment::Environment,
    error::StepError,
    fetch::find_image,
    id::ImageId,
    layout::{self, site},
    objects::read_json,
    publish::is_approved,
    record::{Published, PublishedState, Verdict},
    revision::Revision,
    unusable,
    walk::waiting_revisions,
};
use skyfeed_ports::ledger::Attempt;

/// How far an image has come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// The source offers it; it waits for `fetch`.
    Candidate,
    /// It waits for `tile`.
    Fetched,
    /// It is tiled and waits for a person.
    Staged,
    /// It is approved and waits for `publish`.
    Approved,
    /// It is on the site.
    Published {
        /// The revision; `None` if toasty published it.
        revision: Option<String>,
    },
    /// A person rejected it.
    Rejected,
    /// It cannot be put on the sky.
    Unusable {
        /// Why.
        reason: String,
    },
    /// It was taken down, or is never to be processed.
    Skipped,
    /// It cannot be told: a record is damaged or a file is not accessible.
    Unreadable {
        /// What is wrong, and with which object.
        reason: String,
    },
}

/// Where one image stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImageStatus {
    /// The image.
    pub id: ImageId,
    /// How far it has come.
    #[serde(flatten)]
    pub state: State,
    /// Revisions that wait for a person, also of an image that is published.
    pub waiting: Vec<Revision>,
    /// Its last attempt, if that failed or is still running.
    pub open_attempt: Option<Attempt>,
}

/// Where every image stands, by id.
///
/// # Errors
/// The stores cannot be listed, or the ledger failed. An image with a record that cannot be read is [`State::Unreadable`].
pub async fn status(env: &Environment) -> Result<Vec<ImageStatus>, StepError> {
    let mut images: BTreeMap<ImageId, ImageStatus> = BTreeMap::new();
    for id in known(env).await? {
        let image = of_image(env, &id).await.unwrap_or_else(|error| {
            let reason = error.chain().join(": ");
            let state = State::Unreadable { reason };
            Some(ImageStatus { id: id.clone(), state, waiting: Vec::new(), open_attempt: None })
        });
        images.extend(image.map(|image| (id, image)));
    }
    for attempt in env.ledger.open_attempts().await? {
        let Ok(id) = ImageId::new(attempt.subject.clone()) else { continue };
        if let Some(image) = images.get_mut(&id) {
            image.open_attempt = Some(attempt);
        }
    }
    Ok(images.into_values().collect())
}

/// Where one image stands; its open attempt is not looked up. `None` for a folder that holds nothing of ours.
async fn of_image(env: &Environment, id: &ImageId) -> Result<Option<ImageStatus>, StepError> {
    let waiting = waiting_revisions(env, id).await?;
    let state = state(env, id, !waiting.is_empty()).await?;
    Ok(state.map(|state| ImageStatus { id: id.clone(), state, waiting, open_attempt: None }))
}

async fn state(env: &Environment, id: &ImageId, waits: bool) -> Result<Option<State>, StepError> {
    if env.site.head(&site::skip_flag(id)).await?.is_some() {
        return Ok(Some(State::Skipped));
    }
    let record: Option<Published> = read_json(&*env.work, &layout::published(id)).await?;
    match record.map(|record| record.state) {
        Some(PublishedState::Live { revision, .. }) => return Ok(Some(State::Published { revision: Some(revision) })),
        Some(PublishedState::Retracted { .. }) => return Ok(Some(State::Skipped)),
        None => {}
    }
    if env.site.head(&site::index(id)).await?.is_some() {
        return Ok(Some(State::Published { revision: None }));
    }
    if let Some(reason) = unusable::reason(env, id).await? {
        return Ok(Some(State::Unusable { reason }));
    }
    if is_approved(env, id).await? {
        return Ok(Some(State::Approved));
    }
    if waits {
        return Ok(Some(State::Staged));
    }
    let decisions = decisions(env, id).await?;
    if decisions.iter().any(|(_, decision)| decision.decision == Verdict::Reject) {
        return Ok(Some(State::Rejected));
    }
    if !decisions.is_empty() {
        return Ok(Some(State::Staged));
    }
    if find_image(env, id).await?.is_some() {
        return Ok(Some(State::Fetched));
    }
    let is_candidate = env.work.head(&layout::candidate(id)).await?.is_some();
    Ok(is_candidate.then_some(State::Candidate))
}

/// Every id that either store knows.
async fn known(env: &Environment) -> Result<Vec<ImageId>, StepError> {
    let mut ids = std::collections::BTreeSet::new();
    for folder in [layout::CANDIDATES, layout::UNUSABLE, layout::PUBLISHED] {
        let listing = env.work.list(folder, true).await?;
        ids.extend(listing.objects.iter().filter_map(|object| layout::id_of_json(folder, &object.key)));
    }
    for folder in [layout::INBOX, layout::STAGED, layout::DECISIONS] {
        let listing = env.work.list(folder, true).await?;
        ids.extend(listing.prefixes.iter().filter_map(|prefix| layout::id_of_folder(folder, prefix)));
    }
    let on_site = env.site.list("", true).await?;
    ids.extend(on_site.prefixes.iter().filter_map(|prefix| layout::id_of_folder("", prefix)));
    Ok(ids.into_iter().collect())
}
