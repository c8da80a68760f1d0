//! What a failed request means, the same for every service.

use std::{error::Error, fmt};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

/// Codes of errors that pass; the services give them with statuses below 500, too.
const PASSING: [&str; 17] = [
    "BandwidthLimitExceeded",
    "InternalError",
    "InternalServerError",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// A request that failed, after the SDK's own retries.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The HTTP status, if the service answered.
    pub(crate) status: Option<u16>,
    /// The service's name for the error. An answer without a body, as to HEAD, has none.
    pub(crate) code: Option<String>,
    /// Whether trying again may help.
    pub(crate) transient: bool,
    pub(crate) source: Box<dyn Error + Send + Sync>,
}

/// An error that a service answered with.
#[derive(Debug)]
pub(crate) struct ErrorAnswer {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    message: Option<String>,
    request: Option<String>,
}

impl fmt::Display for ErrorAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the service answered {}", self.status)?;
        if let Some(code) = &self.code {
            write!(out, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(out, ", {message}")?;
        }
        match &self.request {
            Some(request) => write!(out, " (request {request})"),
            None => Ok(()),
        }
    }
}

impl Error for ErrorAnswer {}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let SdkError::ServiceError(answer) = &error else {
            let transient = is_passing(&error);
            return Self { status: None, code: None, transient, source: Box::new(error) };
        };
        let status = answer.raw().status().as_u16();
        let code = answer.err().code().map(str::to_owned);
        let transient = is_transient(status, code.as_deref());
        let message = answer.err().message().map(str::to_owned);
        let request = error.request_id().map(str::to_owned);
        let source = Box::new(ErrorAnswer { status, code: code.clone(), message, request });
        Self { status: Some(status), code, transient, source }
    }
}

/// Whether an error that a service names so may pass.
pub(crate) fn is_transient(status: u16, code: Option<&str>) -> bool {
    status >= 500 || matches!(status, 408 | 429) || code.is_some_and(|code| PASSING.contains(&code))
}

/// Whether a failure on the way to the service or back may pass.
fn is_passing<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::DispatchFailure(failure) => !failure.is_user() && credentials_may_come(error),
        _ => false,
    }
}

/// Whether it is not for want of credentials, or they are only late.
fn credentials_may_come(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    let refusal = causes.find_map(|cause| cause.downcast_ref::<CredentialsError>());
    refusal
        .is_none_or(|error| matches!(error, CredentialsError::ProviderTimedOut(_) | CredentialsError::ProviderError(_)))
}

#[cfg(test)]
mod tests {
    use super::is_transient;

    #[test]
    fn what_time_can_cure_is_transient_and_a_refusal_is_not() {
        for (status, code) in [
            (503, Some("SlowDown")),
            (500, None),
            (429, None),
            (400, Some("RequestTimeout")),
            (400, Some("ProvisionedThroughputExceededException")),
        ] {
            assert!(is_transient(status, code), "{status} {code:?}");
        }
        for (status, code) in [
            (403, Some("AccessDenied")),
            (404, Some("NoSuchBucket")),
            (400, Some("ValidationException")),
            (400, None),
            (301, Some("PermanentRedirect")),
        ] {
            assert!(!is_transient(status, code), "{status} {code:?}");
        }
    }
}
