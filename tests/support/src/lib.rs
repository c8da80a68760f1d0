#![doc = include_str!("../README.md")]

mod files;
mod oracle;
mod pixels;
mod random;
mod site;
mod wtml;

pub use files::{files, same_files};
pub use oracle::Case;
pub use pixels::{Picture, Tolerance, same_thumbnail, same_tile};
pub use random::Random;
pub use site::Site;
pub use wtml::{Element, same_wtml};
