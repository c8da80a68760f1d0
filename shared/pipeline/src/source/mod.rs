//! Where images come from.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};

use crate::{
    id::ImageId,
    record::{Candidate, SourceRecord, Unusable, Version},
};

#[cfg(feature = "http")]
mod array;
#[cfg(feature = "http")]
mod astropix;
mod directory;
#[cfg(feature = "http")]
mod djangoplicity;
mod error;
mod few_bad;
mod from_config;
#[cfg(feature = "http")]
mod image_file;
#[cfg(all(test, feature = "http"))]
mod mutation;
#[cfg(feature = "http")]
mod nonsense;
pub(crate) mod signature;
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

/// What is here already when a source is asked for an image.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// What was downloaded before: if the file is still that, it need not come again.
    pub known: Option<Version>,
    /// A download that broke off.
    pub begun: Option<Begun>,
}

/// The begin of a file.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Of which content.
    pub version: Version,
    /// How many bytes of it are here.
    pub bytes: u64,
}

/// What asking for a candidate brought.
#[derive(Debug)]
pub enum Fetched {
    /// The image, on its way.
    Image(Image),
    /// The file is the one that is known.
    Unchanged {
        /// As in [`Image`].
        record: Option<SourceRecord>,
    },
    /// It turned out that it cannot be put on the sky.
    Unusable(Unusable),
}

/// An image on its way from its source.
pub struct Image {
    /// The name of its file, as far as that has one.
    pub name: String,
    /// What is known of the image; `None` if only the file itself can tell.
    pub record: Option<SourceRecord>,
    /// Its bytes. After an error that may pass, what came is good.
    pub arrivals: BoxStream<'static, Result<Arrival, SourceError>>,
}

/// What comes of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// What follows is of this content, from byte `from` on. Bytes of another content that came before are void.
    Begin {
        /// The content.
        version: Version,
        /// The place of the first byte that follows; never behind what is here.
        from: u64,
        /// Whether a later [`Ask`] can go on from what came of it.
        resumes: bool,
    },
    /// The next bytes.
    Bytes(Bytes),
}

impl Image {
    /// An image that is here as a whole.
    pub fn of_bytes(name: impl Into<String>, version: Version, bytes: Bytes, record: Option<SourceRecord>) -> Self {
        let begin = Arrival::Begin { version, from: 0, resumes: false };
        Self { name: name.into(), record, arrivals: stream::iter([Ok(begin), Ok(Arrival::Bytes(bytes))]).boxed() }
    }
}

impl Debug for Image {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Image").field("name", &self.name).field("record", &self.record).finish_non_exhaustive()
    }
}

/// An archive of images.
#[async_trait]
pub trait ImageSource: Debug + Send + Sync {
    /// The offers of the source, in its own order. One bad record is an error item; the stream goes on after it. Of very many, only the first are told, and at the end how many more there are.
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>>;

    /// Asks for the image of a candidate. When this answers, the source has been asked; the bytes come as they are taken.
    async fn fetch(&self, candidate: &Candidate, ask: &Ask) -> Result<Fetched, SourceError>;

    /// Whether a file may change without its candidate telling, so that it has to be asked for from time to time.
    fn changes_in_silence(&self) -> bool {
        false
    }
}
