//! Why file work failed, before it is known for whom it was done.

use std::io;

use crate::store::StoreError;

#[derive(Debug)]
pub(super) enum Fault {
    /// The condition of a put or copy does not hold.
    Changed,
    /// The key cannot be used in this folder as it is.
    Key(&'static str),
    Io(io::Error),
    /// It is about another key than the one that the work was for.
    Elsewhere(StoreError),
}

impl Fault {
    /// Names what was tried with which key.
    pub(super) fn at(self, action: &'static str, key: &str) -> StoreError {
        match self {
            Self::Changed => StoreError::Precondition { key: key.to_owned() },
            Self::Key(problem) => StoreError::Key { key: key.to_owned(), problem },
            Self::Io(error) => StoreError::from_io(action, key, error),
            Self::Elsewhere(error) => error,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
