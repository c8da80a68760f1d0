//! Staged studies: what a person looks at and decides on, and its tiles.
//!
//! A study is a manifest, a document and, under the name of its pixels, one archive of tiles. What the first edition staged (a manifest that lists loose tiles beside it) is read
//! as it is, so that nothing has to be converted or approved anew: `first_edition` alone knows that form.

mod archive;
mod first_edition;
mod study;
mod tiles;

pub use archive::StoredArchive;
pub(crate) use archive::{archive_error, read_digests, read_head};
pub use study::{Study, StudyTiles};
pub use tiles::{CheckedTile, TileReader};
