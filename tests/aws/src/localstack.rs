//! LocalStack, with functions as processes of this machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Emulator,
    emulator::REGION,
    server::{self, Server},
};

/// LocalStack's services but DynamoDB on loopback, empty, for as long as this lives.
#[derive(Debug)]
pub struct LocalStack {
    server: Server,
    programs: PathBuf,
    folder: Option<TempDir>,
}

impl LocalStack {
    /// Starts the server and waits until it is ready. Every function gets `variables` beside its own.
    ///
    /// # Errors
    /// LocalStack is not installed, or does not start.
    pub fn start(variables: &[(&str, &str)]) -> Result<Self> {
        let python = server::python("localstack", "SKYFEED_LOCALSTACK_PYTHON", "requirements-localstack.txt")?;
        let folder = tempfile::Builder::new().prefix("skyfeed-localstack-").tempdir()?;
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| (format!("FUNCTION_ENV_{name}"), *value)).collect();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let log = folder.path().join("log");
        let server = Server::start(&python, "localstack/main.py", &[folder.path().as_os_str()], &variables, &log)?;
        let programs = python.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { server, programs, folder: Some(folder) })
    }

    /// Runs the AWS command line, and reads its answer; `null` if it says nothing.
    ///
    /// # Errors
    /// It fails, or does not answer in JSON.
    pub fn aws(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.run(arguments)?;
        if output.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output).with_context(|| format!("aws {}", arguments.join(" ")))
    }

    /// Runs the AWS command line, for what it does.
    ///
    /// # Errors
    /// It fails.
    pub fn aws_quiet(&self, arguments: &[&str]) -> Result<()> {
        self.run(arguments).map(drop)
    }

    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let output = Command::new(self.programs.join("aws"))
            .args(["--endpoint-url", &self.url(), "--region", REGION, "--output", "json"])
            .args(arguments)
            // Not every command heeds the argument.
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .output()?;
        ensure!(output.status.success(), "aws {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        Ok(output.stdout)
    }

    /// Invokes a function and waits for its answer.
    ///
    /// # Errors
    /// The function answers with an error, or there is none.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value> {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.url());
        let answer = reqwest::Client::new().post(url).body(event.to_string()).send().await?.error_for_status()?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let answer = answer.text().await?;
        ensure!(!failed, "{function} failed: {answer}");
        serde_json::from_str(&answer).with_context(|| format!("{function} answered {answer}"))
    }

    /// What the processes of a function printed.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn output_of(&self, function: &str) -> Result<String> {
        self.processes(function)?.iter().map(|(_, log)| Ok(fs::read_to_string(log)?)).collect()
    }

    /// Ends the processes of a function at once, as a machine that fails does. Says how many there were.
    ///
    /// # Errors
    /// The processes cannot be found.
    pub fn kill(&self, function: &str) -> Result<usize> {
        let mut killed = 0;
        for (process, _) in self.processes(function)? {
            // Another program may have got the number of one that ended.
            let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
            let name = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
            if !environment.split(|byte| *byte == 0).any(|variable| variable == name.as_bytes()) {
                continue;
            }
            killed += usize::from(Command::new("kill").args(["-9", &process]).output()?.status.success());
        }
        Ok(killed)
    }

    /// The processes of a function, ended ones too, and what each of them prints into.
    fn processes(&self, function: &str) -> Result<Vec<(String, PathBuf)>> {
        let mut processes = Vec::new();
        for entry in fs::read_dir(self.folder().join("functions"))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(process) =
                name.strip_prefix(function).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".log"))
            {
                processes.push((process.to_owned(), path));
            }
        }
        Ok(processes)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new(""), TempDir::path)
    }
}

impl Emulator for LocalStack {
    fn port(&self) -> u16 {
        self.server.port
    }
}

impl Drop for LocalStack {
    /// Keeps the logs of a test that failed.
    fn drop(&mut self) {
        if thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            eprintln!("the logs of LocalStack and its functions are in {}", folder.keep().display());
        }
    }
}
