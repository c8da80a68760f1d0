//! Why an image could not be tiled, sorted by whose fault it is.

use std::{error::Error, io};

/// Why an image could not be read or tiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    #[error("the image asks for {asked} {what}, more than the limit of {allowed}")]
    Limit {
        /// What is limited, such as `pixels` or `bytes of XMP`.
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
    /// An error of the image file itself, without an underlying error.
    pub(crate) fn damaged(format: &'static str, problem: impl Into<String>) -> Self {
        Self::Damaged { format, problem: problem.into(), source: None }
    }

    /// The error of reading a part of the image file: its end is the image's fault, all else the machine's.
    pub(crate) fn reading(format: &'static str, part: &str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::damaged(format, format!("the file ends early, in {part}")),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Self::Damaged { format, problem: format!("{part} cannot be decoded"), source: Some(Box::new(error)) }
            }
            _ => Self::Io(error),
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "image-damaged",
            Self::Unsupported(_) => "image-unsupported",
            Self::Limit { .. } => "image-limit",
            Self::Parameter(_) => "image-impossible",
            Self::Io(_) => "machine",
        }
    }

    /// Whether trying again may help: only trouble with the machine passes.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}
