//! Moto, made more like AWS.

use anyhow::Result;
use tempfile::TempDir;

use crate::{
    Emulator,
    server::{self, Server},
};

/// A request that the server got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Such as `s3`.
    pub service: String,
    /// Such as `GET`.
    pub method: String,
    /// For S3, `/BUCKET/KEY`.
    pub path: String,
    /// What follows the question mark.
    pub query: String,
}

impl Request {
    /// Whether S3 bills it as a write: listings are among these, and deletions cost nothing.
    pub fn is_write(&self) -> bool {
        let deletes = self.method == "POST" && self.query.starts_with("delete");
        matches!(self.method.as_str(), "PUT" | "POST") && !deletes || self.is_listing()
    }

    /// Whether it lists a bucket.
    pub fn is_listing(&self) -> bool {
        self.method == "GET" && self.query.contains("list-type=")
    }
}

/// Moto's S3, DynamoDB and SQS on loopback, empty, for as long as this lives.
#[derive(Debug)]
pub struct Moto {
    server: Server,
    _folder: TempDir,
}

impl Moto {
    /// Starts the server and waits until it listens.
    ///
    /// # Errors
    /// Moto is not installed, or does not start.
    pub fn start() -> Result<Self> {
        let python = server::python("moto", "SKYFEED_MOTO_PYTHON", "requirements.txt")?;
        let folder = tempfile::tempdir()?;
        let server = Server::start(&python, "server.py", &[], &[], &folder.path().join("log"))?;
        Ok(Self { server, _folder: folder })
    }

    /// The requests that came since this was last asked, in their order.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn requests(&self) -> Result<Vec<Request>> {
        let answer = reqwest::get(format!("{}/requests", self.url())).await?.error_for_status()?;
        let requests: Vec<(String, String, String, String)> = serde_json::from_str(&answer.text().await?)?;
        let request = |(service, method, path, query)| Request { service, method, path, query };
        Ok(requests.into_iter().map(request).collect())
    }

    /// A client of its DynamoDB, for what a ledger does not do.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config())
    }
}

impl Emulator for Moto {
    fn port(&self) -> u16 {
        self.server.port
    }
}
