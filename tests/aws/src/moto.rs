//! Moto, made more like AWS.

use anyhow::Result;
use tempfile::TempDir;

use crate::{
    Emulator,
    server::{self, Server},
};

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
