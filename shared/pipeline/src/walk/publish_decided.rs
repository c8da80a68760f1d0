//! Publish what people decided on, and say what the others wait for.

use super::{PUBLISHES, each_settled::each_settled, unfinished};
use crate::{
    batch::{Ending, Event, Failure, Observer},
    environment::Environment,
    id::ImageId,
    publish::publish_by,
    stage::Stage,
    standing::{Evidence, PUBLISHING_UNAPPROVED, Standing, State, TAKEDOWN_UNFINISHED},
};

/// Publishes those of some images that their decisions let, and says of each of the others what it waits for. What somebody began with one of them and did not end is finished or undone.
pub async fn publish_decided(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    let step = |id: ImageId| async move { publish_one_decided(env, &id).await };
    each_settled(env, Stage::Publish, ids, PUBLISHES, observer, step).await
}

pub(super) async fn publish_one_decided(env: &Environment, id: &ImageId) -> Event {
    let evidence = match Evidence::of(env, id).await {
        Ok(evidence) => evidence,
        Err(error) => return Event::ended(Stage::Publish, id, Ending::Failed(Failure::of(id.as_str(), &error))),
    };
    let standing = Standing::derived(env, evidence.clone());
    match standing.as_ref().map(|standing| standing.code) {
        Some(PUBLISHING_UNAPPROVED) => return unfinished::undone(env, id).await,
        Some(TAKEDOWN_UNFINISHED) => return unfinished::taken_down(env, id).await,
        _ => {}
    }
    match held_back(env, id, standing.as_ref()) {
        Some(ending) => Event::ended(Stage::Publish, id, ending),
        None => Event::new(Stage::Publish, id, publish_by(env, id, evidence).await),
    }
}

/// Why an image is not to be published now; `None` if it is, or if what is on the site has to be looked at.
fn held_back(env: &Environment, id: &ImageId, standing: Option<&Standing>) -> Option<Ending> {
    let waiting = |reason: String| Some(Ending::Waiting { reason });
    let Some(standing) = standing else { return waiting("nothing is known of it".to_owned()) };
    if standing.to_publish.is_some() {
        return None;
    }
    if let Some(problem) = standing.problem.as_ref().filter(|problem| problem.is_unreadable()) {
        return Some(Ending::Failed(Failure::permanent(id.as_str(), &problem.text)));
    }
    let beside = standing.waiting().find(|revision| !revision.approved_by.is_empty());
    let reason = match (&standing.problem, &standing.state, beside) {
        (Some(problem), ..) if standing.is_held_up() => problem.text.clone(),
        (_, State::Published, Some(newer)) => {
            format!("revision {} is {}", newer.revision, newer.approvals(env.config.approvals_required))
        }
        (_, State::Published, None) if standing.revision.is_some() => return None,
        _ => standing.why.clone(),
    };
    let refused = standing.refused.iter();
    let refused = refused.map(|refused| format!("; `{}` counts for nothing: {}", refused.key, refused.reason));
    waiting(std::iter::once(reason).chain(refused).collect())
}
