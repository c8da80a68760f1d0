//! What a person can do when AWS does not do what it is asked.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;

use crate::sdk::ErrorAnswer;

const SIGN_IN: &str = "sign in with `aws configure` or `aws sso login`, or name a profile in AWS_PROFILE";

/// What a person can do about an error or one of its causes: about credentials, permissions, regions and names. Nothing if it is of another kind.
///
/// ```
/// let error = std::io::Error::other("disk on fire");
/// assert_eq!(skyfeed_aws::advice(&error), None);
/// ```
pub fn advice(error: &(dyn Error + 'static)) -> Option<String> {
    let mut causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    causes.find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<CredentialsError>() {
            return Some(match error {
                CredentialsError::CredentialsNotLoaded(_) => format!("no AWS credentials were found: {SIGN_IN}"),
                _ => format!("the AWS credentials cannot be had: {SIGN_IN}"),
            });
        }
        let answer = cause.downcast_ref::<ErrorAnswer>()?;
        of_answer(answer.status, answer.code.as_deref())
    })
}

fn of_answer(status: u16, code: Option<&str>) -> Option<String> {
    // An answer to HEAD has no code.
    let advice = match (status, code) {
        (
            _,
            Some(
                "ExpiredToken"
                | "ExpiredTokenException"
                | "InvalidAccessKeyId"
                | "InvalidClientTokenId"
                | "InvalidToken"
                | "SignatureDoesNotMatch"
                | "UnrecognizedClientException",
            ),
        ) => return Some(format!("AWS does not take these credentials, or no longer: {SIGN_IN}")),
        (_, Some("RequestTimeTooSkewed")) => "the clock of this machine is wrong",
        (301, _) | (_, Some("PermanentRedirect" | "AuthorizationHeaderMalformed")) => {
            "the bucket is in another region: name it in AWS_REGION"
        }
        (_, Some("NoSuchBucket" | "ResourceNotFoundException")) => {
            "there is none of this name here: check the name, the region (AWS_REGION) and the account (`aws sts get-caller-identity`)"
        }
        (403, _) | (_, Some("AccessDenied" | "AccessDeniedException")) => {
            "these credentials may not do that: `aws sts get-caller-identity` says whose they are, AWS_PROFILE chooses others"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::of_answer;

    #[test]
    fn a_person_learns_whether_credentials_permissions_or_the_name_are_wrong() {
        for (status, code, says) in [
            (403, Some("AccessDenied"), "may not"),
            (400, Some("AccessDeniedException"), "may not"),
            (403, None, "may not"),
            (403, Some("InvalidAccessKeyId"), "aws configure"),
            (400, Some("ExpiredTokenException"), "aws configure"),
            (301, None, "AWS_REGION"),
            (404, Some("NoSuchBucket"), "AWS_REGION"),
            (400, Some("ResourceNotFoundException"), "AWS_REGION"),
        ] {
            let advice = of_answer(status, code).unwrap_or_default();
            assert!(advice.contains(says), "{status} {code:?}: {advice}");
        }
        assert_eq!(of_answer(503, Some("SlowDown")), None);
        assert_eq!(of_answer(404, None), None);
    }
}
