#![doc = include_str!("../README.md")]

pub mod archive;
pub mod pixels;
pub mod sky;
mod warning;

pub use warning::Warning;
