//! What may be wrong with a store for a while, or with some of its keys.

use std::{fmt, io, sync::Arc};

use crate::store::StoreError;

/// An operation that somebody asks a troubled store for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation<'a> {
    /// What it does, such as `write`.
    pub action: &'static str,
    /// The key or the prefix.
    pub key: &'a str,
    /// Whether it changes the store.
    pub is_write: bool,
    /// How much it writes, in bytes; 0 where that is not known.
    pub size_bytes: u64,
}

/// What goes wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It has no effect, and may be tried again: an answer 503.
    Unavailable,
    /// It has no effect, and never will: an answer 403.
    Refused,
    /// It has no effect: there is no room.
    Full,
    /// It takes place, and its caller is told that it failed.
    AnswerLost,
}

impl Trouble {
    pub(super) fn error(self, action: &'static str, key: &str) -> StoreError {
        let kind = match self {
            Self::Refused => io::ErrorKind::PermissionDenied,
            Self::Full => io::ErrorKind::StorageFull,
            Self::Unavailable | Self::AnswerLost => io::ErrorKind::TimedOut,
        };
        StoreError::from_io(action, key, kind.into())
    }
}

type Judge = dyn Fn(&Operation<'_>) -> Option<Trouble> + Send + Sync;

/// Says of each operation what goes wrong with it.
#[derive(Clone)]
pub(super) struct Troubles(pub(super) Arc<Judge>);

impl fmt::Debug for Troubles {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Troubles")
    }
}
