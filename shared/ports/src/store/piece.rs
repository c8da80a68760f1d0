//! What a composed object is made of.

use std::{io, ops::Range};

use bytes::Bytes;

use super::{ETag, ObjectMeta, StoreError, key::check_key};

/// A piece of an object that [`Store::compose`](super::Store::compose) makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// From memory.
    Bytes(Bytes),
    /// From an object of the same store, as long as it has this tag.
    Range {
        /// The object's key.
        key: String,
        /// The content that is meant.
        etag: ETag,
        /// The first byte, and the one behind the last. A range that is empty takes nothing, and its object is not looked at.
        range: Range<u64>,
    },
}

impl Piece {
    /// The whole content that `meta` describes.
    pub fn whole(meta: &ObjectMeta) -> Self {
        Self::Range { key: meta.key.clone(), etag: meta.etag.clone(), range: 0..meta.size_bytes }
    }

    /// Size of the piece in bytes.
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Range { range, .. } => range.end.saturating_sub(range.start),
        }
    }

    /// Whether the piece adds nothing.
    pub fn is_empty(&self) -> bool {
        self.size_bytes() == 0
    }

    /// Refuses a piece of an object that no store can have.
    ///
    /// # Errors
    /// [`StoreError::Key`], naming the piece's key.
    pub fn check(&self) -> Result<(), StoreError> {
        match self {
            Self::Bytes(_) => Ok(()),
            Self::Range { key, .. } => check_key(key),
        }
    }
}

/// The error for a range that ends behind the `size_bytes` of its object: a mistake of the caller, who knows the content by its tag.
pub fn beyond_the_end(from: &str, range: &Range<u64>, size_bytes: u64) -> io::Error {
    let Range { start, end } = range;
    let problem = format!("bytes {start} to {end} of `{from}` are asked for, which has {size_bytes}");
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}
