//! Why a step of the walk failed, and whether trying again may help.

use jiff::Timestamp;
use skyfeed_ports::{
    Remedy,
    ledger::{AttemptOutcome, LedgerError},
    store::StoreError,
};
use skyfeed_tiling::{archive::ArchiveError, pixels::PixelError};
use skyfeed_wtml::WtmlError;

use crate::{blocking::Ended, capacity::DoesNotFit, id::ImageId, source::SourceError};

/// Why a step of the walk failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The image file cannot be tiled; it has been put aside with the reason.
    #[error("`{id}` cannot be tiled")]
    Image {
        /// The image.
        id: ImageId,
        /// Why.
        #[source]
        source: PixelError,
    },
    /// An object of the work store is not what its format says.
    #[error("`{key}` is not a valid record; mend or delete it")]
    Json {
        /// Its key.
        key: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A WTML document cannot be read.
    #[error("`{key}` is not valid WTML")]
    Wtml {
        /// Its key.
        key: String,
        /// What is wrong.
        #[source]
        source: WtmlError,
    },
    /// An archive or its list of digests cannot be read.
    #[error("`{key}` cannot be used; `tile` the image again")]
    Archive {
        /// Its key.
        key: String,
        /// What is wrong.
        #[source]
        source: ArchiveError,
    },
    /// A manifest cannot be read.
    #[error("`{key}` is no manifest: {problem}")]
    Manifest {
        /// Its key.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// What the step needs is not there.
    #[error("{0}")]
    Missing(String),
    /// The step was asked for something that the rules of the feed forbid.
    #[error("{0}")]
    Refused(String),
    /// The image needs more than the place of work has. Nothing is said against the image.
    #[error("`{id}` does not fit here")]
    DoesNotFit {
        /// The image.
        id: ImageId,
        /// What is short, and what to do.
        #[source]
        source: DoesNotFit,
    },
    /// The deadline came; what was done so far stays, and the next attempt goes on from there.
    #[error("there was not time enough; the next attempt goes on from here")]
    OutOfTime,
    /// It failed and is tried again by itself, later.
    #[error("`{id}` is tried again after {until:.0}")]
    PutOff {
        /// The image.
        id: ImageId,
        /// When.
        until: Timestamp,
        /// Why.
        #[source]
        source: Box<StepError>,
    },
    /// Local disk or a thread failed.
    #[error("{action} failed")]
    Local {
        /// What was tried.
        action: &'static str,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
}

/// Classes of failed attempts in the ledger.
pub(crate) const TRANSIENT: &str = "transient";
pub(crate) const PERMANENT: &str = "permanent";
const ELSEWHERE: &str = "elsewhere";

impl StepError {
    /// What was approved is not there any more.
    pub(crate) fn altered(key: &str) -> Self {
        Self::Refused(format!(
            "`{key}` is not what was staged; restore it, or delete its folder and `tile` the image again"
        ))
    }

    /// What was staged is not there any more.
    pub(crate) fn gone(key: &str) -> Self {
        Self::Missing(format!("`{key}` is gone; `tile` the image again"))
    }

    /// A thread of ours ended.
    pub(crate) fn ended(action: &'static str, ended: Ended) -> Self {
        Self::Local { action, source: ended.into_io() }
    }

    /// No store has anything of an image.
    pub(crate) fn unknown(id: &ImageId) -> Self {
        Self::Missing(format!("nothing is known of `{id}`"))
    }

    /// What cures it. What a store, the ledger or the place of work refuses says nothing against the image, so the work is not given up for that.
    pub fn remedy(&self) -> Remedy {
        let or_elsewhere = |remedy: Remedy| if remedy == Remedy::Person { Remedy::Requeue } else { remedy };
        match self {
            Self::Store(error) => or_elsewhere(error.remedy()),
            Self::Ledger(error) => or_elsewhere(error.remedy()),
            Self::Source(error) => error.remedy(),
            Self::Image { source, .. } => Remedy::retry_if(source.is_transient()),
            Self::Archive { source, .. } => Remedy::retry_if(source.is_transient()),
            Self::Local { .. } | Self::OutOfTime => Remedy::Retry,
            Self::DoesNotFit { .. } => Remedy::Requeue,
            Self::PutOff { .. } => Remedy::Wait,
            Self::Manifest { .. } | Self::Json { .. } | Self::Wtml { .. } | Self::Missing(_) | Self::Refused(_) => {
                Remedy::Person
            }
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Image { source, .. } => source.code(),
            Self::Archive { source, .. } => source.code(),
            Self::Manifest { .. } => "manifest-unreadable",
            Self::Json { .. } => "record-unreadable",
            Self::Wtml { .. } => "wtml-unreadable",
            Self::Missing(_) => "missing",
            Self::Refused(_) => "refused",
            Self::DoesNotFit { .. } => "does-not-fit",
            Self::PutOff { source, .. } => source.code(),
            Self::OutOfTime => "out-of-time",
            Self::Local { .. } => "machine",
        }
    }

    /// Whether the same again may succeed a little later.
    pub fn is_transient(&self) -> bool {
        self.remedy() == Remedy::Retry
    }

    /// Whether it passes without anybody: now, or when it is tried again.
    fn passes(&self) -> bool {
        matches!(self.remedy(), Remedy::Retry | Remedy::Wait)
    }

    /// What the ledger keeps of it.
    pub(crate) fn outcome(&self) -> AttemptOutcome {
        let class = match self.remedy() {
            Remedy::Requeue => ELSEWHERE,
            _ if self.passes() => TRANSIENT,
            _ => PERMANENT,
        };
        AttemptOutcome::Failed { class: class.to_owned(), chain: self.chain() }
    }

    /// The error and its causes, outermost first.
    pub fn chain(&self) -> Vec<String> {
        skyfeed_ports::chain(self)
    }
}
