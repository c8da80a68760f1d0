//! What every emulator has.

use std::time::Duration;

use anyhow::Result;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::config::{BehaviorVersion, retry::RetryConfig};
use aws_types::{SdkConfig, region::Region};
use skyfeed_aws::S3Store;

/// The region of everything that is emulated.
pub(crate) const REGION: &str = "us-east-1";

/// Services of AWS on a port of loopback.
#[expect(async_fn_in_trait, reason = "tests alone use it")]
pub trait Emulator {
    /// The port on loopback.
    fn port(&self) -> u16;

    /// Where its services are.
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// The configuration of a client of this server.
    fn config(&self) -> SdkConfig {
        self.config_at(&self.url())
    }

    /// The configuration of a client that reaches this server under another URL.
    fn config_at(&self, endpoint: &str) -> SdkConfig {
        let credentials = Credentials::from_keys("testing", "testing", None);
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(20)))
            .build()
    }

    /// A client of its S3, for what a store does not do.
    fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config()).force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// A client of its SQS.
    fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config())
    }

    /// A store in a new bucket.
    ///
    /// # Errors
    /// The bucket cannot be made.
    async fn store(&self, bucket: &str, prefix: &str) -> Result<S3Store> {
        self.s3().create_bucket().bucket(bucket).send().await?;
        Ok(S3Store::from_url(&format!("s3://{bucket}/{prefix}"), &self.config())?)
    }
}
