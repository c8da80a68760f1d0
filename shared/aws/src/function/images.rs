//! Which images a request is about.

use std::collections::BTreeSet;

use skyfeed_pipeline::{batch::Failure, id::ImageId};
use tracing::{error, info};

use super::{Function, Handler};
use crate::events::{ObjectChange, ObjectChangeKind, Request};

/// The images of a request, and what is wrong with the rest of it.
#[derive(Debug, Default)]
pub(super) struct Images {
    pub(super) ids: Vec<ImageId>,
    pub(super) refused: Vec<Failure>,
    /// Whether it asks for what others left.
    pub(super) catch_up: bool,
}

/// The images, each at its first place only: an event may come twice in one invocation.
pub(super) fn once_each<'a>(ids: impl IntoIterator<Item = &'a ImageId>) -> Vec<ImageId> {
    let mut seen = BTreeSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).cloned().collect()
}

impl<H: Handler> Function<H> {
    /// The images whose work a request sets off. What is refused is told here.
    pub(super) fn images(&self, request: &Request) -> Images {
        let mut images = Images::default();
        match request {
            Request::Image(id) => images.ids.push(id.clone()),
            Request::Objects(changes) => {
                for change in changes {
                    match self.image_of(change) {
                        Ok(Some(id)) => images.ids.push(id),
                        Ok(None) => info!(key = change.key, change = ?change.kind, "no work"),
                        Err(failure) => {
                            error!(key = change.key, causes = failure.causes.join(": "), "refused");
                            images.refused.push(failure);
                        }
                    }
                }
            }
            Request::Test { bucket } => info!(bucket, "a notification was set up"),
            Request::CatchUp if H::CATCHES_UP => images.catch_up = true,
            Request::CatchUp => {
                let failure = Failure::permanent("catch-up", "this function looks after nothing that others left");
                error!(causes = failure.causes.join(": "), "refused");
                images.refused.push(failure);
            }
            Request::Schedule(_) => {
                let failure = Failure::permanent("schedule", "a schedule has to invoke the function itself");
                error!(causes = failure.causes.join(": "), "refused");
                images.refused.push(failure);
            }
        }
        images
    }

    fn image_of(&self, change: &ObjectChange) -> Result<Option<ImageId>, Failure> {
        if change.kind != ObjectChangeKind::Created || change.key.ends_with('/') {
            return Ok(None);
        }
        match self.key_in_work(&change.bucket, &change.key) {
            Some(key) => self.handler.image_of(key),
            None => {
                let item = format!("s3://{}/{}", change.bucket, change.key);
                Err(Failure::permanent(&item, "this is not in the work store of this function"))
            }
        }
    }
}
