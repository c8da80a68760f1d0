//! One stage, for many images at once.

use super::{PUBLISHES, each_settled::each_settled};
use crate::{
    batch::{Ending, Event, Figures, Observer},
    environment::{Environment, cores},
    fetch::{fetch, fetch_again, put_off_until},
    id::ImageId,
    outcome::Outcome,
    publish::publish,
    stage::Stage,
    tile::tile,
};

/// Downloads under way at a time; the source keeps its own bound for each host.
const FETCHES: usize = 16;

/// Why images are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetching {
    /// It is their turn: those that are put off are left alone.
    Due,
    /// A person asks for them, at once.
    Asked,
    /// A person asks for them, also for those that are there or were set aside.
    Again,
}

/// Fetches candidates.
pub async fn fetch_all(env: &Environment, ids: &[ImageId], why: Fetching, observer: &dyn Observer) -> Vec<Event> {
    each_settled(env, Stage::Fetch, ids, FETCHES, observer, |id| async move {
        let put_off = if why == Fetching::Due { put_off_until(env, &id).await } else { Ok(None) };
        let fetched = match (put_off, why) {
            (Ok(Some(until)), _) => {
                let reason = format!("its download failed, and is tried again after {until:.0}");
                return Event::ended(Stage::Fetch, &id, Ending::Waiting { reason });
            }
            (Ok(None), Fetching::Again) => fetch_again(env, &id).await,
            (Ok(None), _) => fetch(env, &id).await,
            (Err(error), _) => Err(error),
        };
        Event::new(Stage::Fetch, &id, fetched)
    })
    .await
}

/// Tiles images from the inbox, as many at a time as there are cores; one at a time where capacity is counted, which is for one.
pub async fn tile_all(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    let at_a_time = if env.capacity.is_some() { 1 } else { cores() };
    each_settled(env, Stage::Tile, ids, at_a_time, observer, |id| async move {
        let tiled = tile(env, &id).await;
        let figures = match &tiled {
            Ok(Outcome::Done(study)) => Some(Figures::of(study)),
            _ => None,
        };
        let revision = tiled.map(|outcome| outcome.map(|study| study.revision));
        Event { figures, ..Event::new(Stage::Tile, &id, revision) }
    })
    .await
}

/// Publishes approved images.
pub async fn publish_all(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    each_settled(env, Stage::Publish, ids, PUBLISHES, observer, |id| async move {
        Event::new(Stage::Publish, &id, publish(env, &id).await)
    })
    .await
}
