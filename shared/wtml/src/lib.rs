#![doc = include_str!("../README.md")]

mod annotation;
pub mod constellation;
mod error;
mod field;
mod folder;
mod image_set;
pub mod number;
mod place;
mod rewrite;
pub mod url;
mod value;
mod vocabulary;
mod xml;

pub use annotation::annotation;
pub use constellation::Constellation;
pub use error::WtmlError;
pub use folder::{Folder, Item};
pub use image_set::ImageSet;
pub use place::Place;
pub use rewrite::merge;
pub use vocabulary::{BandPass, Classification, DataSetType, FolderType, Projection};
