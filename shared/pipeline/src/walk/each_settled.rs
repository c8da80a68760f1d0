//! A stage for many images, of which others may be at work on some.

use std::time::Duration;

use crate::{
    batch::{Ending, Event, Observer, each},
    environment::Environment,
    id::ImageId,
    stage::Stage,
};

/// More than a lease lasts, so that only those stay busy on whom somebody is really working.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// [`each`], and again for those that were busy: what a killed run had claimed is free after seconds.
pub(super) async fn each_settled<F: Future<Output = Event>>(
    env: &Environment,
    stage: Stage,
    ids: &[ImageId],
    concurrency: usize,
    observer: &dyn Observer,
    step: impl Fn(ImageId) -> F,
) -> Vec<Event> {
    let mut events = each(stage, ids, concurrency, observer, &step).await;
    observer.planned(stage, events.iter().filter(|event| is_busy(event)).count());
    let give_up = env.clock.now() + LONGEST_WAIT;
    while events.iter().any(is_busy) && env.clock.now() < give_up {
        env.clock.sleep(LOOK_EVERY).await;
        let busy = events.extract_if(.., |event| is_busy(event));
        let again: Vec<ImageId> = busy.filter_map(|event| ImageId::new(event.id).ok()).collect();
        events.extend(each(stage, &again, concurrency, &OnceSettled(observer), &step).await);
    }
    events
}

/// Is told only what is no longer busy.
struct OnceSettled<'a>(&'a dyn Observer);

impl Observer for OnceSettled<'_> {
    fn planned(&self, _: Stage, _: usize) {}

    fn ended(&self, event: &Event) {
        if !is_busy(event) {
            self.0.ended(event);
        }
    }
}

fn is_busy(event: &Event) -> bool {
    matches!(event.ending, Ending::Busy { .. })
}
