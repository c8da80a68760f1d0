//! Starting the program and asking its servers.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use skyfeed_test_support::files;
use tempfile::TempDir;

/// The program, not run yet.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skyfeed"));
    command.stdin(Stdio::null()).env_remove("RUST_LOG").env_remove("COLUMNS");
    command.env("NO_COLOR", "1").env("USER", "tester");
    for variable in ["SKYFEED_WORK", "SKYFEED_SITE", "SKYFEED_LEDGER", "XDG_CACHE_HOME"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    let output = program().args(arguments).output().expect("the program starts");
    Ran::from(output)
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("errors are UTF-8"),
        }
    }
}

impl Ran {
    /// Asserts the exit code and shows everything otherwise.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{}", self.stdout))
    }
}

/// A case of toasty's outputs.
pub(crate) fn oracle(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/oracle").join(case)
}

/// A server that the program runs; ended when dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) url: String,
    /// The line with the `url`.
    pub(crate) ready: Value,
    // Kept open: a closed pipe would look like a reader that went away.
    stdout: BufReader<std::process::ChildStdout>,
}

impl Serving {
    /// Runs a command that prints a JSON line with a `url` when it is ready; other lines may come before.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child =
            command.arg("--json").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        // Whole from here on, so that a panic below ends the child too.
        let mut serving = Self { child, url: String::new(), ready: Value::Null, stdout };
        while serving.url.is_empty() {
            let mut line = String::new();
            serving.stdout.read_line(&mut line).expect("a line of output");
            serving.ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
            serving.url = serving.ready["url"].as_str().unwrap_or_default().to_owned();
        }
        serving
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }

    /// Asks for a path, exactly as written.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &format!("Host: {}\r\n", self.host()))
    }

    /// Sends a request with the given headers.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.host()).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        write!(stream, "{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer is whole");
        Answer::parse(&answer)
    }

    /// Waits for the program to end by itself.
    pub(crate) fn wait(&mut self, limit: Duration) -> std::process::ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be asked") {
                return status;
            }
            assert!(start.elapsed() < limit, "the program did not end within {limit:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal, as a terminal does for Ctrl-C (`INT`).
#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("an ASCII head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    /// A header, or the empty text.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.head.lines().filter_map(|line| line.split_once(": "));
        found.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A feed whose source is a folder of its own.
pub(crate) struct OwnFeed {
    pub(crate) root: TempDir,
}

impl OwnFeed {
    /// Makes a feed of pictures with these ids, all the same small one; `more` is added to the configuration.
    pub(crate) fn new(ids: &[&str], more: &str) -> Self {
        let feed = Self { root: TempDir::new().expect("a folder") };
        feed.run(["init", "--source", "directory"]).exits(0);
        fs::create_dir(feed.path("images")).expect("a folder of images");
        let config = feed.path("work/toasty-pipeline-config.yaml");
        let text = fs::read_to_string(&config).expect("a configuration");
        fs::write(&config, format!("{}\n{more}\n", without(&text, more))).expect("it is written");
        for id in ids {
            feed.picture(id);
        }
        feed
    }

    /// Puts a picture with AVM into the source.
    pub(crate) fn picture(&self, id: &str) {
        let picture = oracle("07_study_small_untiled").join("input/image.png");
        fs::copy(picture, self.path(&format!("images/{id}.png"))).expect("a copy");
    }

    /// Puts a picture that nobody can place into the source.
    pub(crate) fn plain_picture(&self, id: &str) {
        let picture = oracle("01_study_plain_300x200").join("input/image.png");
        fs::copy(picture, self.path(&format!("images/{id}.png"))).expect("a copy");
    }

    /// A file or folder of the feed.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("feed").join(name)
    }

    /// A command on the feed.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = program();
        command.arg("--feed").arg(self.root.path().join("feed")).args(arguments);
        command
    }

    /// Runs a command on the feed to its end.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program starts"))
    }

    /// What `status --json` says of an image.
    #[track_caller]
    pub(crate) fn standing(&self, id: &str) -> Value {
        let status = self.run(["status", "--json"]).exits(0).json();
        let mut images = status["images"].as_array().expect("a list").iter();
        images.find(|image| image["id"] == id).unwrap_or_else(|| panic!("no {id} in {status}")).clone()
    }

    /// The state of an image.
    #[track_caller]
    pub(crate) fn state(&self, id: &str) -> String {
        self.standing(id)["state"].as_str().expect("a text").to_owned()
    }

    /// The words that lead a printed command to this feed.
    pub(crate) fn arguments(&self) -> String {
        format!("--feed {}", self.root.path().join("feed").display())
    }

    /// Runs a command line that the program printed, as a shell would.
    pub(crate) fn run_printed(&self, line: &str) -> Ran {
        let program = Path::new(env!("CARGO_BIN_EXE_skyfeed")).parent().expect("a folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).env("PATH", path).env("USER", "tester").stdin(Stdio::null());
        Ran::from(shell.output().expect("a shell"))
    }
}

/// A configuration without the keys that another text sets.
fn without(text: &str, more: &str) -> String {
    let keys: Vec<&str> =
        more.lines().filter_map(|line| line.split(':').next()).filter(|key| !key.is_empty()).collect();
    let set = |line: &&str| !keys.iter().any(|key| line.starts_with(&format!("{key}:")));
    text.lines().filter(set).collect::<Vec<_>>().join("\n")
}

/// Every file below a folder with its content, but for locks and drafts.
pub(crate) fn contents(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let names =
        files(root).expect("a folder").into_iter().filter(|name| !name.split('/').any(|part| part.starts_with('.')));
    names.map(|name| (name.clone(), fs::read(root.join(&name)).expect("a file"))).collect()
}
