//! What a worker began on the site and did not end: finished or undone by the next walk.

use crate::{
    batch::{Ending, Event, Failure, Observer},
    environment::Environment,
    id::ImageId,
    outcome::Outcome,
    publish::settle_unfinished,
    retract::{Reason, retract},
    stage::Stage,
    standing::Standing,
};

use super::{PUBLISHES, each_settled};

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
        Self { takedowns: with("takedown-unfinished"), publications: with("publishing-unapproved") }
    }
}

/// Ends what others began.
pub(super) async fn settle_all(env: &Environment, unfinished: &Unfinished, observer: &dyn Observer) -> Vec<Event> {
    let takedown = |id: ImageId| async move {
        let down = retract(env, &id, &Reason::default()).await;
        Event::new(Stage::Retract, &id, down.map(|outcome| outcome.map(|()| "")))
    };
    let mut events = each_settled(env, Stage::Retract, &unfinished.takedowns, PUBLISHES, observer, takedown).await;
    let publication = |id: ImageId| async move { settled(env, &id).await };
    events.extend(each_settled(env, Stage::Publish, &unfinished.publications, PUBLISHES, observer, publication).await);
    events
}

/// Ends a publication that is not approved any more.
pub(super) async fn settled(env: &Environment, id: &ImageId) -> Event {
    let ending = match settle_unfinished(env, id).await {
        Ok(Outcome::Busy { until }) => Ending::Busy { until },
        Ok(_) => {
            Ending::Waiting { reason: "it is no longer approved; what an earlier attempt left is settled".to_owned() }
        }
        Err(error) => Ending::Failed(Failure::of(id.as_str(), &error)),
    };
    Event::ended(Stage::Publish, id, ending)
}
