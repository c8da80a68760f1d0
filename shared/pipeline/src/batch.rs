//! The same step for many images: concurrently, and one bad item never stops the others.

use std::future::Future;

use futures::StreamExt;
use jiff::Timestamp;
use serde::Serialize;
use skyfeed_ports::Remedy;
use tracing::{Instrument, Span, field::Empty, info_span};

use crate::stage::Stage;
use crate::{error::StepError, id::ImageId, outcome::Outcome, staged::Study};

/// What went wrong with one item, told in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The image id, or what else failed.
    pub item: String,
    /// Names the kind of error for machines.
    pub code: &'static str,
    /// What cures it.
    pub remedy: Remedy,
    /// The error and its causes, outermost first.
    pub causes: Vec<String>,
}

impl Failure {
    /// Whether the same again may succeed a little later.
    pub fn is_transient(&self) -> bool {
        self.remedy == Remedy::Retry
    }

    /// Whether it passes without anybody: now, or when it is tried again.
    pub fn passes(&self) -> bool {
        matches!(self.remedy, Remedy::Retry | Remedy::Wait)
    }

    /// Tells an error.
    pub fn of(item: &str, error: &StepError) -> Self {
        Self { item: item.to_owned(), code: error.code(), remedy: error.remedy(), causes: error.chain() }
    }

    /// A failure that a person has to look at.
    pub fn permanent(item: &str, problem: &str) -> Self {
        Self { item: item.to_owned(), code: "refused", remedy: Remedy::Person, causes: vec![problem.to_owned()] }
    }
}

/// How one step of one image ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Ending {
    /// Done now.
    Done {
        /// What came out, such as a revision; may be empty.
        #[serde(skip_serializing_if = "String::is_empty")]
        result: String,
    },
    /// It had been done before.
    AlreadyDone {
        /// What came out then.
        #[serde(skip_serializing_if = "String::is_empty")]
        result: String,
    },
    /// The image cannot be put on the sky.
    Unusable {
        /// Why.
        reason: String,
    },
    /// It is not its turn: a person has to do something before.
    Waiting {
        /// What.
        reason: String,
    },
    /// Somebody else is doing it.
    Busy {
        /// When to look again.
        until: Timestamp,
    },
    /// It failed.
    Failed(Failure),
}

/// What happened to one image in one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The stage.
    pub stage: Stage,
    /// The image.
    pub id: String,
    /// How it ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// How large the result is, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// How large the pyramid of an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Number of tiles.
    pub tiles: u64,
    /// Size of all tiles together, in bytes.
    pub bytes: u64,
    /// Number of pixels of the image.
    pub pixels: u64,
}

impl Figures {
    /// Those of a study.
    pub fn of(study: &Study) -> Self {
        let pixels = u64::from(study.size.width) * u64::from(study.size.height);
        Self { tiles: study.tile_count(), bytes: study.tile_bytes(), pixels }
    }
}

impl Event {
    /// Makes an event of what a use case answered.
    pub fn new<T: ToString>(stage: Stage, id: &ImageId, answer: Result<Outcome<T>, StepError>) -> Self {
        let ending = match answer {
            Ok(Outcome::Done(value)) => Ending::Done { result: value.to_string() },
            Ok(Outcome::AlreadyDone(value)) => Ending::AlreadyDone { result: value.to_string() },
            Ok(Outcome::Unusable(reason)) => Ending::Unusable { reason },
            Ok(Outcome::Busy { until }) => Ending::Busy { until },
            Err(error) => Ending::Failed(Failure::of(id.as_str(), &error)),
        };
        Self::ended(stage, id, ending)
    }

    /// An event without figures.
    pub fn ended(stage: Stage, id: &ImageId, ending: Ending) -> Self {
        Self { stage, id: id.to_string(), ending, figures: None }
    }

    /// Whether the image may go on to the next stage.
    pub fn is_done(&self) -> bool {
        matches!(self.ending, Ending::Done { .. } | Ending::AlreadyDone { .. })
    }
}

/// Watches a long piece of work, to show its progress.
pub trait Observer: Send + Sync {
    /// `items` more images are going to pass `stage`.
    fn planned(&self, stage: Stage, items: usize);
    /// One image passed a stage.
    fn ended(&self, event: &Event);
}

/// Nobody watches.
impl Observer for () {
    fn planned(&self, _: Stage, _: usize) {}
    fn ended(&self, _: &Event) {}
}

/// What is logged within bears the image, and its revision from when that is known.
fn span(stage: Stage, image: &str) -> Span {
    info_span!("image", stage = stage.as_str(), image, revision = Empty)
}

/// Tells an observer of an event that does not come from [`each`].
pub fn tell(observer: &dyn Observer, event: &Event) {
    span(event.stage, &event.id).in_scope(|| observer.ended(event));
}

/// Does `step` for each id, `concurrency` at a time, and tells the observer of each ending.
pub async fn each<F>(
    stage: Stage,
    ids: &[ImageId],
    concurrency: usize,
    observer: &dyn Observer,
    step: impl Fn(ImageId) -> F,
) -> Vec<Event>
where
    F: Future<Output = Event>,
{
    observer.planned(stage, ids.len());
    futures::stream::iter(ids.iter().cloned())
        .map(|id| {
            let span = span(stage, id.as_str());
            let step = step(id);
            async {
                let event = step.await;
                observer.ended(&event);
                event
            }
            .instrument(span)
        })
        .buffer_unordered(concurrency)
        .collect()
        .await
}
