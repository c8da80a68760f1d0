//! From an image's header and coordinates to its place on the sky and its WTML; shared by `tile` and by single images.

/// Rises whenever the same pixels, coordinates and texts give another document than before: another placement, another WTML, other texts. Then every image gets a new revision,
/// which people decide on; its tiles stay.
pub const STUDY_VERSION: u32 = 1;

mod place;
mod text;
mod wtml;

pub use place::{Coordinates, PlaceError, PlacedStudy, avm_of, place};
pub use text::{StudyText, escape_markup};
pub use wtml::folder;
