//! What a worker began on the site and did not end: finished or undone by whoever finds it.

use crate::{
    batch::{Ending, Event, Failure, Observer},
    environment::Environment,
    error::StepError,
    id::ImageId,
    outcome::Outcome,
    publish::settle_unfinished,
    retract,
    stage::Stage,
    standing::{PUBLISHING_UNAPPROVED, Standing, TAKEDOWN_UNFINISHED},
};

use super::{PUBLISHES, each_settled::each_settled};

const NOT_APPROVED: &str = "it is no longer approved; what an earlier attempt left is settled";

/// Images whose place on the site is not what their record says.
#[derive(Debug, Default)]
pub struct Unfinished {
    /// Takedowns that did not come to their end.
    pub takedowns: Vec<ImageId>,
    /// Publications that nobody wants any more.
    pub publications: Vec<ImageId>,
}

impl Unfinished {
    pub(super) fn of<'a>(standings: impl Iterator<Item = &'a Standing> + Clone) -> Self {
        let with = |code: &'static str| {
            standings
                .clone()
                .filter(move |standing| standing.code == code)
                .map(|standing| standing.id.clone())
                .collect()
        };
        Self { takedowns: with(TAKEDOWN_UNFINISHED), publications: with(PUBLISHING_UNAPPROVED) }
    }
}

/// Ends what others began.
pub(super) async fn settle_all(env: &Environment, unfinished: &Unfinished, observer: &dyn Observer) -> Vec<Event> {
    let takedown = |id: ImageId| async move {
        let down = retract::finish(env, &id).await;
        Event::new(Stage::Retract, &id, down.map(|outcome| outcome.map(|()| "")))
    };
    let mut events = each_settled(env, Stage::Retract, &unfinished.takedowns, PUBLISHES, observer, takedown).await;
    let publication = |id: ImageId| async move { undone(env, &id).await };
    events.extend(each_settled(env, Stage::Publish, &unfinished.publications, PUBLISHES, observer, publication).await);
    events
}

/// Ends a publication that is not approved any more.
pub(super) async fn undone(env: &Environment, id: &ImageId) -> Event {
    settled(id, settle_unfinished(env, id).await, NOT_APPROVED)
}

/// Ends a takedown, for whoever was to publish the image.
pub(super) async fn taken_down(env: &Environment, id: &ImageId) -> Event {
    settled(id, retract::finish(env, id).await, "it was taken down")
}

/// How the publication of an image ends that is not to be published; why.
fn settled(id: &ImageId, outcome: Result<Outcome<()>, StepError>, reason: &str) -> Event {
    let ending = match outcome {
        Ok(Outcome::Busy { until }) => Ending::Busy { until },
        Ok(_) => Ending::Waiting { reason: reason.to_owned() },
        Err(error) => Ending::Failed(Failure::of(id.as_str(), &error)),
    };
    Event::ended(Stage::Publish, id, ending)
}
