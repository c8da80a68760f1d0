//! Stores and ledgers on AWS by their URLs.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use aws_config::{BehaviorVersion, retry::RetryConfig};
use aws_types::SdkConfig;
use skyfeed_ports::{
    Remedy,
    ledger::Ledger,
    opener::{Access, Kind, OpenError, Opener, Scheme},
    store::Store,
};
use tokio::sync::OnceCell;

const S3: Scheme = Scheme { name: "s3", kind: Kind::Store, form: "s3://BUCKET/PREFIX" };
#[cfg(feature = "dynamodb")]
const DYNAMODB: Scheme = Scheme { name: "dynamodb", kind: Kind::Ledger, form: "dynamodb://TABLE/FEED" };

/// How often a request is tried: over some ten seconds.
const TRIES: u32 = 5;

/// Opens stores in S3, and with the feature `dynamodb` ledgers in DynamoDB. The configuration of AWS (environment, profile, role) is looked up once, when the first URL
/// needs it. A ledger is opened alike for reading and writing: what the credentials may do decides.
///
/// ```
/// use skyfeed_aws::open::AwsOpener;
/// use skyfeed_ports::opener::Opener;
///
/// assert_eq!(AwsOpener::default().schemes()[0].form, "s3://BUCKET/PREFIX");
/// ```
#[derive(Debug, Default)]
pub struct AwsOpener {
    sdk: OnceCell<SdkConfig>,
}

/// Why nothing is asked of AWS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AwsOpenError {
    /// Nothing says in which region of AWS it is. Code `aws-region`.
    #[error("nothing says in which AWS region `{url}` is: set AWS_REGION, or `region` in the AWS profile")]
    Region {
        /// The URL.
        url: String,
    },
    /// The URL is not one of a store in S3. Its own code.
    #[error(transparent)]
    S3(#[from] crate::s3::S3UrlError),
    /// The URL is not one of a ledger in DynamoDB. Its own code.
    #[cfg(feature = "dynamodb")]
    #[error(transparent)]
    Dynamo(#[from] crate::dynamodb::DynamoUrlError),
}

impl AwsOpenError {
    /// What cures it: a person.
    pub fn remedy(&self) -> Remedy {
        Remedy::Person
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Region { .. } => "aws-region",
            Self::S3(error) => error.code(),
            #[cfg(feature = "dynamodb")]
            Self::Dynamo(error) => error.code(),
        }
    }
}

impl From<AwsOpenError> for OpenError {
    fn from(error: AwsOpenError) -> Self {
        Self::refused(error.code(), error)
    }
}

impl AwsOpener {
    /// The configuration of AWS.
    pub async fn sdk(&self) -> &SdkConfig {
        self.sdk.get_or_init(|| async { load_sdk().await }).await
    }

    /// The configuration of AWS, which must say where `url` is.
    pub(crate) async fn sdk_in_region(&self, url: &str) -> Result<&SdkConfig, AwsOpenError> {
        let sdk = self.sdk().await;
        if sdk.region().is_none() {
            return Err(AwsOpenError::Region { url: url.to_owned() });
        }
        Ok(sdk)
    }
}

#[async_trait]
impl Opener for AwsOpener {
    fn schemes(&self) -> &'static [Scheme] {
        #[cfg(feature = "dynamodb")]
        return &[S3, DYNAMODB];
        #[cfg(not(feature = "dynamodb"))]
        &[S3]
    }

    async fn open_store(&self, url: &str) -> Result<Arc<dyn Store>, OpenError> {
        let sdk = self.sdk_in_region(url).await?;
        Ok(Arc::new(crate::S3Store::from_url(url, sdk).map_err(AwsOpenError::from)?))
    }

    #[cfg(feature = "dynamodb")]
    async fn open_ledger(&self, url: &str, _: Access) -> Result<Arc<dyn Ledger>, OpenError> {
        let sdk = self.sdk_in_region(url).await?;
        Ok(Arc::new(crate::DynamoLedger::from_url(url, sdk).map_err(AwsOpenError::from)?))
    }

    #[cfg(not(feature = "dynamodb"))]
    async fn open_ledger(&self, url: &str, _: Access) -> Result<Arc<dyn Ledger>, OpenError> {
        let forms = "the URL of another ledger".to_owned();
        Err(OpenError::Unknown { url: url.to_owned(), kind: Kind::Ledger, forms })
    }

    fn advice(&self, error: &(dyn Error + 'static)) -> Option<String> {
        crate::advice(error)
    }
}
/// More tries than the SDK makes by itself: it gives up after half a second, and a store that is out of order is so for some.
async fn load_sdk() -> SdkConfig {
    let retries = RetryConfig::standard().with_max_attempts(TRIES);
    aws_config::defaults(BehaviorVersion::latest()).retry_config(retries).load().await
}
