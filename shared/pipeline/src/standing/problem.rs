//! What keeps an image from going on, or what somebody should know beside that.

use serde::Serialize;

use super::{Evidence, State};
use crate::layout;

/// The code of an image whose takedown did not come to its end.
pub const TAKEDOWN_UNFINISHED: &str = "takedown-unfinished";
/// The code of an image with more than one file in its inbox.
pub(super) const TWO_IMAGES: &str = "two-images";
/// The code of an image of which something is staged or on the site, and whose newer file is unusable.
const NEW_IMAGE_UNUSABLE: &str = "new-image-unusable";
/// The code of an image that somebody rejected when it was on the site already.
pub(crate) const REJECTED_BUT_LIVE: &str = "rejected-but-live";
/// The code of an image whose publication began and is not approved any more.
pub(crate) const PUBLISHING_UNAPPROVED: &str = "publishing-unapproved";

/// What keeps an image from going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Names the kind of problem, for programs; never changes its meaning.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub text: String,
}

impl Problem {
    /// Whether it is one of the image in the inbox, and not of what is staged or on the site.
    pub(crate) fn is_of_new_image(&self) -> bool {
        matches!(self.code, TWO_IMAGES | NEW_IMAGE_UNUSABLE)
    }

    /// Whether a record is damaged, so that somebody has to mend it.
    pub fn is_unreadable(&self) -> bool {
        self.code.starts_with("unreadable")
    }
}

/// A decision or a manifest that cannot be read. It holds up nothing but what it might be about.
pub(super) fn unread(evidence: &Evidence) -> Option<Problem> {
    let decision = evidence
        .decisions
        .iter()
        .find_map(|found| found.as_ref().err().filter(|refused| refused.might_reject.is_some()));
    if let Some(refused) = decision {
        return Some(Problem {
            code: "unreadable-decision",
            text: format!("`{}` counts for nothing: {}", refused.key, refused.reason),
        });
    }
    evidence.staged.iter().find_map(|staged| match &staged.study {
        Some(Err(problem)) => {
            let key = layout::manifest(&evidence.id, &staged.revision);
            Some(Problem { code: "unreadable-manifest", text: cannot_be_read(&key, problem) })
        }
        _ => None,
    })
}

/// What is wrong with the image in the inbox, where an older one of it is staged or on the site.
pub(super) fn of_new_image(evidence: &Evidence, state: &State) -> Option<Problem> {
    if let Some(text) = evidence.inbox.two_images(&evidence.id) {
        return Some(Problem { code: TWO_IMAGES, text });
    }
    let unusable = evidence.unusable.as_ref().filter(|_| *state != State::Unusable)?;
    let reason = match &unusable.content {
        Ok(unusable) => unusable.reason.clone(),
        Err(problem) => cannot_be_read(&unusable.meta.key, problem),
    };
    Some(Problem { code: NEW_IMAGE_UNUSABLE, text: format!("what its source has now cannot be used: {reason}") })
}

pub(super) fn cannot_be_read(key: &str, problem: &str) -> String {
    format!("`{key}` cannot be read: {problem}")
}
