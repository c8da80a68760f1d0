//! Why an image could not be tiled, sorted by whose fault it is.

use std::{error::Error, io};

/// Why an image could not be read or tiled.
#[derive(Debug, thiserror::Error)]
pub enum PixelError {
    /// The file is damaged, ends early, or contradicts itself.
    #[error("the {format} image is damaged: {problem}")]
    Damaged {
        /// `JPEG`, `PNG` or `TIFF`.
        format: &'static str,
        /// What was found.
        problem: String,
        /// The decoder's own error.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The file is sound, but of a kind that is not supported.
    #[error("this kind of image is not supported: {0}")]
    Unsupported(String),
    /// The image asks for more than the limits allow.
    #[error("the image has {what} {asked}, more than the limit of {allowed}")]
    Limit {
        /// What is limited, such as `pixels`.
        what: &'static str,
        /// What the image asks for.
        asked: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// The caller asked for something impossible, such as a crop wider than the image.
    #[error("{0}")]
    Parameter(String),
    /// Reading the file or handing on a tile failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl PixelError {
    /// Whether trying again may help: only trouble with the machine passes.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}
