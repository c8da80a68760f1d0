//! A server in Python that ends with the test that started it.

use std::{
    env,
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// How long a server may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process that prints the port it listens on, and ends when its standard input does: also when nobody could tell it so.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
}

/// A folder of `target/tools`, or the Python program that `variable` names: of a virtual environment with the packages of `requirements`.
pub(crate) fn python(name: &str, variable: &str, requirements: &str) -> Result<PathBuf> {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(name).join("bin/python");
    let python = env::var_os(variable).map_or_else(usual, PathBuf::from);
    ensure!(
        python.is_file(),
        "{name} is missing: {} is not there. Run ./tests/run once, or set {variable} to the Python of a virtual environment with \
         tests/aws/{requirements}",
        python.display()
    );
    Ok(python)
}

impl Server {
    /// Starts a script of this package and waits until it listens. `log` gets what it prints on standard error.
    pub(crate) fn start(
        python: &Path,
        script: &str,
        arguments: &[&OsStr],
        variables: &[(&str, &str)],
        log: &Path,
    ) -> Result<Self> {
        let mut process = Command::new(python)
            // Leaves no __pycache__ in the source tree.
            .args(["-B", "-W", "ignore"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log)?)
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let Ok(port) = line.trim().parse() else {
            let _ = process.kill();
            process.wait()?;
            bail!("{script} did not start: {}", std::fs::read_to_string(log)?);
        };
        Ok(Self { process, port })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
