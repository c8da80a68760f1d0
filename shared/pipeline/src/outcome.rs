//! What a use case answers when nothing went wrong.

use jiff::Timestamp;

/// The answer of a use case for one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The work was done now.
    Done(T),
    /// It had been done before; nothing was written.
    AlreadyDone(T),
    /// The image cannot be put on the sky, and why. An answer, not an error: there is nothing to try again.
    Unusable(String),
    /// Somebody else is doing it.
    Busy {
        /// When to look again.
        until: Timestamp,
    },
}

impl<T> Outcome<T> {
    /// Changes what a finished outcome carries.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(value) => Outcome::Done(change(value)),
            Self::AlreadyDone(value) => Outcome::AlreadyDone(change(value)),
            Self::Unusable(reason) => Outcome::Unusable(reason),
            Self::Busy { until } => Outcome::Busy { until },
        }
    }
}
