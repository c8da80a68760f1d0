//! Why a function cannot start, or an invocation fails as a whole.

use skyfeed_pipeline::{batch::Failure, config::ConfigError, error::StepError, source::SourceError};
use skyfeed_ports::{Remedy, opener::OpenError, store::StoreError};

use super::SettingsError;
use crate::{events::EventError, sqs::QueueError, telemetry::FilterError};

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The environment variables. Its own code.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The log filter. Its own code.
    #[error(transparent)]
    Log(#[from] FilterError),
    /// A store or the ledger. Its own code.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Why there is nothing to work with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// There is no configuration. Code `config-missing`.
    #[error("the work store has no `toasty-pipeline-config.yaml`: put the feed's configuration there")]
    NoConfig,
    /// The configuration is not text. Code `config-encoding`.
    #[error("`toasty-pipeline-config.yaml` is not UTF-8")]
    ConfigEncoding,
    /// The configuration cannot be used. Code `config-unusable`.
    #[error("cannot use `toasty-pipeline-config.yaml`")]
    Config(#[source] ConfigError),
    /// The source cannot be used. Code `source-unavailable` if that may pass, else `source-unusable`.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The work store failed. Its own code.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StartError {
    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Settings(error) => error.remedy(),
            Self::Log(error) => error.remedy(),
            Self::Open(error) => error.remedy(),
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings(error) => error.code(),
            Self::Log(error) => error.code(),
            Self::Open(error) => error.code(),
        }
    }
}

impl EnvironmentError {
    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoConfig | Self::ConfigEncoding | Self::Config(_) => Remedy::Person,
            Self::Source(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoConfig => "config-missing",
            Self::ConfigEncoding => "config-encoding",
            Self::Config(_) => "config-unusable",
            Self::Source(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// Why an invocation failed as a whole: Lambda tries those again that were not waited for, and tells those who wait.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvocationError {
    /// The event. Its own code.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The configuration, or what it names. Its own code.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The function has no schedule. Code `function-unscheduled`.
    #[error("`{function}` has no schedule: invoke it with an object, or with {{\"image\": \"ID\"}}")]
    Unscheduled {
        /// The function.
        function: &'static str,
    },
    /// The work as a whole. Its own code.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The queue. Its own code.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// One image, and it may pass. Its own code.
    #[error("`{}` failed{}: {}", .0.item, if .0.is_transient() { ", try again" } else { "" }, .0.causes.join(": "))]
    Item(Failure),
    /// Somebody else is working on an image. Code `image-busy`.
    #[error("somebody else is working on `{0}`, try again")]
    Busy(String),
}

impl InvocationError {
    /// What cures it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Event(error) => error.remedy(),
            Self::Environment(error) => error.remedy(),
            Self::Unscheduled { .. } => Remedy::Person,
            Self::Step(error) => error.remedy(),
            Self::Queue(error) => error.remedy(),
            Self::Item(failure) => failure.remedy,
            Self::Busy(_) => Remedy::Retry,
        }
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Event(error) => error.code(),
            Self::Environment(error) => error.code(),
            Self::Unscheduled { .. } => "function-unscheduled",
            Self::Step(error) => error.code(),
            Self::Queue(error) => error.code(),
            Self::Item(failure) => failure.code,
            Self::Busy(_) => "image-busy",
        }
    }
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::batch::Failure;
    use skyfeed_ports::Remedy;

    use super::{EnvironmentError, InvocationError, StartError};
    use crate::open::AwsOpenError;

    #[test]
    fn machines_learn_what_failed_and_what_cures_it() {
        let too_large =
            Failure { code: "does-not-fit", remedy: Remedy::Requeue, ..Failure::permanent("m31", "it is too large") };
        for (error, code, remedy) in [
            (InvocationError::Busy("m31".to_owned()), "image-busy", Remedy::Retry),
            (InvocationError::Item(too_large), "does-not-fit", Remedy::Requeue),
            (InvocationError::Environment(EnvironmentError::NoConfig), "config-missing", Remedy::Person),
        ] {
            assert_eq!((error.code(), error.remedy()), (code, remedy), "{error}");
        }
        let region = AwsOpenError::Region { url: "s3://abc".to_owned() };
        let start = StartError::Open(region.into());
        assert_eq!((start.code(), start.remedy()), ("aws-region", Remedy::Person));
        assert!(start.to_string().starts_with("nothing says in which AWS region `s3://abc` is"), "{start}");
    }
}
