//! Where images come from.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{
    id::ImageId,
    record::{Candidate, SourceRecord, Unusable},
};

#[cfg(feature = "http")]
mod astropix;
mod directory;
#[cfg(feature = "http")]
mod djangoplicity;
mod error;
mod from_config;
#[cfg(feature = "http")]
mod image_file;
#[cfg(all(test, feature = "http"))]
mod mutation;
#[cfg(feature = "http")]
mod spatial;
#[cfg(feature = "http")]
mod web;

#[cfg(feature = "http")]
pub use astropix::Astropix;
pub use directory::Directory;
#[cfg(feature = "http")]
pub use djangoplicity::Djangoplicity;
pub use error::SourceError;
pub(crate) use error::{REFUSED, UNAVAILABLE};
pub use from_config::from_config;

/// What a source says of one of its images.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// It can be fetched.
    Candidate(Candidate),
    /// It can be fetched, and may have been given another id before, when other images were beside it. An id once given stays.
    Named {
        /// The candidate, with the id that it gets if it has none yet.
        candidate: Candidate,
        /// The other id.
        other: ImageId,
    },
    /// It is known already that it cannot be put on the sky.
    Unusable(Unusable),
}

/// What fetching a candidate brought.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of these for each download")]
pub enum Fetched {
    /// The image, in a file inside the folder that [`ImageSource::fetch`] was given.
    Image {
        /// The downloaded file.
        file: PathBuf,
        /// Lower-case extension that tells the format, without a dot; `jpeg` is `jpg`.
        extension: String,
        /// What is known of the image; `None` if only the file itself can tell.
        record: Option<SourceRecord>,
    },
    /// It turned out that it cannot be put on the sky.
    Unusable(Unusable),
}

/// An archive of images.
#[async_trait]
pub trait ImageSource: Debug + Send + Sync {
    /// The offers of the source, in its own order. One bad record is an error item; the stream goes on after it.
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>>;

    /// Downloads one candidate into `folder`.
    async fn fetch(&self, candidate: &Candidate, folder: &Path) -> Result<Fetched, SourceError>;
}
