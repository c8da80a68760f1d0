//! What many images came to, in one line.

use std::collections::BTreeMap;

use skyfeed_pipeline::{
    batch::{Ending, Event, Failure},
    stage::Stage,
};

use crate::stage_words::done;

/// How an image ended, from good to bad: of several, the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    DoneBefore,
    /// In one stage, or in any.
    Done(Option<Stage>),
    Unusable,
    Waiting,
    Busy,
    Failed,
}

impl Came {
    fn of(event: &Event) -> Self {
        match event.ending {
            Ending::AlreadyDone { .. } => Self::DoneBefore,
            Ending::Done { .. } => Self::Done(Some(event.stage)),
            Ending::Unusable { .. } => Self::Unusable,
            Ending::Waiting { .. } => Self::Waiting,
            Ending::Busy { .. } => Self::Busy,
            Ending::Failed(_) => Self::Failed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::DoneBefore => "done before",
            Self::Done(stage) => stage.map_or("done", done),
            Self::Unusable => "unusable",
            Self::Waiting => "waiting",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

/// What people read of one step, such as `3 fetched, 1 unusable`.
pub(crate) fn of_step(events: &[Event], failures: &[Failure]) -> String {
    let failed = failures.iter().map(|_| Came::Failed);
    listed(events.iter().map(Came::of).chain(failed)).unwrap_or_else(|| "nothing to do".to_owned())
}

/// What people read of a whole walk: an image that passed three stages is one image, and it is done if nothing went wrong in any of them.
/// `12 images: 10 done, 2 failed`.
pub(crate) fn of_walk(events: &[Event], failures: &[Failure]) -> String {
    let mut images: BTreeMap<&str, Came> = BTreeMap::new();
    for event in events {
        let came = match Came::of(event) {
            Came::Done(_) => Came::Done(None),
            came => came,
        };
        let image = images.entry(&event.id).or_insert(came);
        *image = came.max(*image);
    }
    let beside = match failures.len() {
        0 => String::new(),
        more => format!("; {} beside", counted(more, "failure")),
    };
    match listed(images.values().copied()) {
        Some(list) => format!("{}: {list}{beside}", counted(images.len(), "image")),
        None if failures.is_empty() => "nothing to do".to_owned(),
        None => counted(failures.len(), "failure"),
    }
}

/// A number of things: `1 image`, `2 images`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

fn listed(all: impl Iterator<Item = Came>) -> Option<String> {
    let mut counts: BTreeMap<Came, usize> = BTreeMap::new();
    for came in all {
        *counts.entry(came).or_default() += 1;
    }
    // What was done now is what people look for first.
    let mut counts: Vec<(Came, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(came, _)| (!matches!(came, Came::Done(_)), *came));
    let parts: Vec<String> = counts.into_iter().map(|(came, count)| format!("{count} {}", came.word())).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::{
        batch::{Ending, Event, Failure},
        stage::Stage,
    };

    use super::{of_step, of_walk};

    fn event(id: &str, stage: Stage, ending: Ending) -> Event {
        Event { stage, id: id.into(), ending, figures: None }
    }

    fn done(id: &str, stage: Stage) -> Event {
        event(id, stage, Ending::Done { result: String::new() })
    }

    fn failed(id: &str, stage: Stage) -> Event {
        event(id, stage, Ending::Failed(Failure::permanent(id, "no")))
    }

    #[test]
    fn a_step_is_counted_by_what_was_done() {
        assert_eq!(of_step(&[], &[]), "nothing to do");
        let before = event("c", Stage::Fetch, Ending::AlreadyDone { result: String::new() });
        let events = [done("a", Stage::Fetch), done("b", Stage::Fetch), before, failed("d", Stage::Fetch)];
        assert_eq!(of_step(&events, &[]), "2 fetched, 1 done before, 1 failed");
        assert_eq!(of_step(&[], &[Failure::permanent("x", "no")]), "1 failed");
    }

    #[test]
    fn a_walk_is_counted_by_images_and_not_by_stages() {
        assert_eq!(of_walk(&[], &[]), "nothing to do");
        let through = |id| [Stage::Fetch, Stage::Tile, Stage::Publish].map(|stage| done(id, stage));
        let mut events = [through("a"), through("b")].concat();
        assert_eq!(of_walk(&events, &[]), "2 images: 2 done");
        events.extend([done("c", Stage::Fetch), failed("c", Stage::Tile)]);
        let unusable = event("d", Stage::Tile, Ending::Unusable { reason: "no place".into() });
        events.extend([done("d", Stage::Fetch), unusable]);
        let beside = [Failure::permanent("inbox/x.png", "misplaced")];
        assert_eq!(of_walk(&events, &beside), "4 images: 2 done, 1 unusable, 1 failed; 1 failure beside");
        assert_eq!(of_walk(&[], &beside), "1 failure");
    }
}
