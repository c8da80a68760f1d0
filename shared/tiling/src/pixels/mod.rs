//! From an image file to the tiles of its pyramid, in one pass over its rows.

mod error;
mod limits;
mod orientation;
mod rows;

pub use error::PixelError;
pub use limits::Limits;
pub use orientation::Orientation;
pub use rows::{Channels, RowSource, Size};
