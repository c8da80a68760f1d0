#![doc = include_str!("../README.md")]

pub mod cut;

use std::{
    env,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::config::{BehaviorVersion, retry::RetryConfig};
use aws_types::{SdkConfig, region::Region};
use skyfeed_aws::S3Store;

/// The variable that names the Python program of another virtual environment with moto.
const PYTHON: &str = "SKYFEED_MOTO_PYTHON";
const REGION: &str = "us-east-1";

/// Moto's S3 and DynamoDB on loopback, empty, for as long as this lives.
#[derive(Debug)]
pub struct Moto {
    process: Child,
    port: u16,
}

impl Moto {
    /// Starts the server and waits until it listens.
    ///
    /// # Errors
    /// Moto is not installed, or does not start.
    pub fn start() -> Result<Self> {
        let python = python();
        ensure!(
            python.is_file(),
            "moto is missing: {} is not there. Run ./tests/run once, or set {PYTHON} to the Python of a virtual environment with \
             tests/aws/requirements.txt",
            python.display()
        );
        let mut process = Command::new(&python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let Ok(port) = line.trim().parse() else {
            let _ = process.kill();
            let mut said = String::new();
            if let Some(mut errors) = process.stderr.take() {
                errors.read_to_string(&mut said)?;
            }
            process.wait()?;
            anyhow::bail!("moto did not start: {said}");
        };
        // Nobody reads what it may complain of later.
        drop(process.stderr.take());
        Ok(Self { process, port })
    }

    /// The configuration of a client of this server.
    pub fn config(&self) -> SdkConfig {
        self.config_at(&format!("http://127.0.0.1:{}", self.port))
    }

    /// The configuration of a client that reaches this server under another URL.
    pub fn config_at(&self, endpoint: &str) -> SdkConfig {
        let credentials = Credentials::from_keys("testing", "testing", None);
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(20)))
            .build()
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A client of its S3, for what a store does not do.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config()).force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// A client of its DynamoDB, for what a ledger does not do.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config())
    }

    /// A store in a new bucket.
    ///
    /// # Errors
    /// The bucket cannot be made.
    pub async fn store(&self, bucket: &str, prefix: &str) -> Result<S3Store> {
        self.s3().create_bucket().bucket(bucket).send().await?;
        Ok(S3Store::from_url(&format!("s3://{bucket}/{prefix}"), &self.config())?)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn python() -> PathBuf {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/moto/bin/python");
    env::var_os(PYTHON).map_or_else(|| usual.into(), PathBuf::from)
}
