//! From an image's header and coordinates to its place on the sky and its WTML; shared by `tile` and by single images.

mod place;
mod text;
mod wtml;

pub use place::{Coordinates, PlaceError, PlacedStudy, avm_of, place};
pub use text::{StudyText, escape_markup};
pub use wtml::folder;
