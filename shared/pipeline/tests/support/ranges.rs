//! A server of one file that gives parts of it, breaks off, changes, and lies.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// How the server answers.
#[derive(Clone, Debug)]
pub(crate) struct Behaviour {
    pub(crate) content: Arc<Vec<u8>>,
    /// Headers that tell this content from others.
    pub(crate) validators: String,
    pub(crate) accepts_ranges: bool,
    /// Whether a request for a part gets the whole.
    pub(crate) ignores_range: bool,
    /// Whether `If-Range` is not looked at.
    pub(crate) ignores_if_range: bool,
    /// Whether a part begins at the first byte, whatever was asked for.
    pub(crate) begins_at_0: bool,
    /// The most that it gives of what was asked for.
    pub(crate) part_bytes: Option<usize>,
    /// Before each answer.
    pub(crate) pause: Duration,
    /// What is said of a part in place of the truth.
    pub(crate) content_range: Option<String>,
    /// In place of 200.
    pub(crate) status: Option<&'static str>,
    pub(crate) media_type: &'static str,
    /// After how many bytes of the body each answer ends; the last counts for all that follow.
    pub(crate) cuts: Vec<Option<usize>>,
    /// What the content becomes before the answer of this number (from 1), with its validators.
    pub(crate) changes: Option<(usize, Arc<Vec<u8>>, String)>,
}

impl Behaviour {
    /// A good server.
    pub(crate) fn new(content: Vec<u8>) -> Self {
        Self {
            content: Arc::new(content),
            validators: "ETag: \"1\"\r\n".to_owned(),
            accepts_ranges: true,
            ignores_range: false,
            ignores_if_range: false,
            begins_at_0: false,
            part_bytes: None,
            pause: Duration::ZERO,
            content_range: None,
            status: None,
            media_type: "image/jpeg",
            cuts: vec![None],
            changes: None,
        }
    }
}

/// What was asked and sent.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The `Range` of each request.
    pub(crate) ranges: Vec<Option<String>>,
    pub(crate) not_modified: usize,
    pub(crate) sent_bytes: usize,
}

pub(crate) struct Ranges {
    pub(crate) url: Url,
    state: Arc<Mutex<(Behaviour, Log)>>,
    task: JoinHandle<()>,
}

impl Ranges {
    pub(crate) async fn serve(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/image.jpg", listener.local_addr().unwrap()).parse().unwrap();
        let state = Arc::new(Mutex::new((behaviour, Log::default())));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream, &shared).await;
            }
        });
        Self { url, state, task }
    }

    /// Behaves differently from now on.
    pub(crate) fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.state().0);
    }

    /// What happened since the last time.
    pub(crate) fn log(&self) -> Log {
        std::mem::take(&mut self.state().1)
    }

    fn state(&self) -> MutexGuard<'_, (Behaviour, Log)> {
        self.state.lock().unwrap()
    }
}

impl Drop for Ranges {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, state: &Mutex<(Behaviour, Log)>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        request.push(byte);
    }
    let request = String::from_utf8(request).unwrap().to_lowercase();
    let header =
        |name: &str| request.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()));
    let pause = state.lock().unwrap().0.pause;
    tokio::time::sleep(pause).await;
    let (head, body) = respond(state, header);
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
}

fn respond(state: &Mutex<(Behaviour, Log)>, header: impl Fn(&str) -> Option<String>) -> (String, Vec<u8>) {
    let mut state = state.lock().unwrap();
    let (behaviour, log) = &mut *state;
    log.ranges.push(header("range"));
    if let Some((_, content, validators)) = behaviour.changes.take_if(|(number, ..)| *number == log.ranges.len()) {
        (behaviour.content, behaviour.validators) = (content, validators);
    }
    let cut = if behaviour.cuts.len() > 1 { behaviour.cuts.remove(0) } else { behaviour.cuts[0] };
    let validators = behaviour.validators.to_lowercase();
    let is_this = |said: &str| validators.contains(&format!(": {said}\r\n"));
    let unless = header("if-none-match").or_else(|| header("if-modified-since"));
    if unless.is_some_and(|said| is_this(&said)) {
        log.not_modified += 1;
        return (format!("HTTP/1.1 304 Not Modified\r\n{}\r\n", behaviour.validators), Vec::new());
    }
    let total = behaviour.content.len();
    let range = header("range").filter(|_| !behaviour.ignores_range);
    let range = range.filter(|_| behaviour.ignores_if_range || header("if-range").is_none_or(|said| is_this(&said)));
    let start = range.map(|range| range.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().unwrap());
    if start.is_some_and(|start| start >= total) {
        return (format!("HTTP/1.1 416 No\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"), vec![]);
    }
    let start = start.map(|start| if behaviour.begins_at_0 { 0 } else { start });
    let body = &behaviour.content[start.unwrap_or(0)..];
    let most = behaviour.part_bytes.filter(|_| start.is_some()).unwrap_or(body.len());
    let body = &body[..most.min(body.len())];
    let status = if start.is_some() { "206 Partial Content" } else { behaviour.status.unwrap_or("200 OK") };
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: {}\r\n{}", behaviour.media_type, behaviour.validators);
    if behaviour.accepts_ranges {
        head += "Accept-Ranges: bytes\r\n";
    }
    if let Some(start) = start {
        let truth = format!("bytes {start}-{}/{total}", start + body.len() - 1);
        head += &format!("Content-Range: {}\r\n", behaviour.content_range.clone().unwrap_or(truth));
    }
    // Where the length does not give it away.
    let tells_length = start.is_none() || !behaviour.begins_at_0;
    if status != "204 No Content" && tells_length {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    let body = &body[..cut.unwrap_or(body.len()).min(body.len())];
    log.sent_bytes += body.len();
    (head + "Connection: close\r\n\r\n", body.to_vec())
}
