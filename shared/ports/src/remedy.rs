//! What cures an error, and how it is told.

use std::error::Error;

use serde::{Deserialize, Serialize};

/// What cures an error: the one question that every caller asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Remedy {
    /// It is transient: the same again, a little later, may succeed.
    Retry,
    /// It is tried again by itself, not sooner than it was put off to: until then nobody has to do anything.
    Wait,
    /// Nothing is wrong with the image, but this place cannot do the work: it has to be done elsewhere, or here when the place has changed.
    Requeue,
    /// It stays until a person changes something.
    Person,
}

impl Remedy {
    /// [`Retry`](Self::Retry) of what may pass, else a [`Person`](Self::Person).
    pub fn retry_if(may_pass: bool) -> Self {
        if may_pass { Self::Retry } else { Self::Person }
    }
}

/// An error and its causes, outermost first.
///
/// ```
/// let error = std::io::Error::other("disk on fire");
/// assert_eq!(skyfeed_ports::chain(&error), ["disk on fire"]);
/// ```
pub fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
        .map(ToString::to_string)
        .collect()
}
