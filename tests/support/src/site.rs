//! A static web site on loopback.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::State,
    http::{HeaderName, StatusCode, Uri, header::CONTENT_TYPE},
};
use percent_encoding::percent_decode_str;
use tokio::sync::oneshot;

/// The address that the oracle's files have in the place of the server's own.
const PLACEHOLDER: &str = "http://SITE/";

/// Serves a folder on a free port of loopback, in a thread of its own, until it is dropped.
///
/// `index.html` stands for its folder, query strings are ignored, and `http://SITE/` in JSON and HTML files is the site's own address.
#[derive(Debug)]
pub struct Site {
    base_url: String,
    served: Arc<Served>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Served {
    root: PathBuf,
    base_url: String,
    requests: Mutex<Vec<String>>,
    failing: Mutex<BTreeSet<String>>,
}

impl Site {
    /// Starts to serve `root`.
    ///
    /// # Errors
    /// No port or thread is to be had.
    pub fn start(root: &Path) -> Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let base_url = format!("http://{}/", listener.local_addr()?);
        let served = Arc::new(Served {
            root: root.into(),
            base_url: base_url.clone(),
            requests: Mutex::default(),
            failing: Mutex::default(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let app = Router::new().fallback(answer).with_state(Arc::clone(&served));
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("site".into()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                // Ends at once, open connections included: a client that keeps one must not keep the test.
                tokio::select! {
                    _ = async { axum::serve(listener, app).await } => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { base_url, served, stop: Some(stop), thread: Some(thread) })
    }

    /// The address, with a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Puts the site's address into a text that has `http://SITE/`.
    pub fn fill(&self, text: &str) -> String {
        text.replace(PLACEHOLDER, &self.base_url)
    }

    /// Paths with query strings of all requests so far, in their order.
    pub fn requests(&self) -> Vec<String> {
        self.served.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets a path be answered with 503, until it is mended.
    pub fn fail(&self, path: &str) {
        self.served.failing.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
    }

    /// Lets every path be answered again.
    pub fn mend(&self) {
        self.served.failing.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Answer = (StatusCode, [(HeaderName, &'static str); 1], Vec<u8>);

async fn answer(State(served): State<Arc<Served>>, uri: Uri) -> Answer {
    served.requests.lock().unwrap_or_else(PoisonError::into_inner).push(uri.to_string());
    if served.failing.lock().unwrap_or_else(PoisonError::into_inner).contains(uri.path()) {
        return (StatusCode::SERVICE_UNAVAILABLE, [(CONTENT_TYPE, "text/plain")], b"come back later".to_vec());
    }
    match served.read(uri.path()) {
        Ok((content_type, body)) => (StatusCode::OK, [(CONTENT_TYPE, content_type)], body),
        Err(error) => {
            let missing = error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::NotFound);
            let status = if missing { StatusCode::NOT_FOUND } else { StatusCode::INTERNAL_SERVER_ERROR };
            (status, [(CONTENT_TYPE, "text/plain")], format!("{error:#}").into_bytes())
        }
    }
}

impl Served {
    fn read(&self, path: &str) -> Result<(&'static str, Vec<u8>)> {
        let path = percent_decode_str(path).decode_utf8()?;
        let relative = Path::new(path.trim_start_matches('/'));
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(std::io::Error::from(ErrorKind::NotFound)).context("the path leaves the site");
        }
        let mut file = self.root.join(relative);
        if file.is_dir() {
            file.push("index.html");
        }
        let body = fs::read(&file)?;
        let content_type = match file.extension().and_then(|extension| extension.to_str()) {
            // Djangoplicity's JSON lies in files that are named index.html here.
            Some("html") if body.trim_ascii_start().starts_with(b"{") => "application/json",
            Some("html") => "text/html; charset=utf-8",
            Some("json") => "application/json",
            Some("png" | "PNG") => "image/png",
            Some("jpg" | "jpeg") => "image/jpeg",
            Some("tif" | "tiff") => "image/tiff",
            _ => "application/octet-stream",
        };
        if content_type.starts_with("text/") || content_type == "application/json" {
            return Ok((content_type, String::from_utf8(body)?.replace(PLACEHOLDER, &self.base_url).into_bytes()));
        }
        Ok((content_type, body))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpStream,
    };

    use super::*;
    use crate::oracle::Case;

    /// Status line, headers and body of the answer to a plain GET.
    fn get(site: &Site, path: &str) -> (String, Vec<u8>) {
        let host = site.base_url().trim_start_matches("http://").trim_end_matches('/');
        let mut connection = TcpStream::connect(host).unwrap();
        write!(connection, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
    }

    fn site(case: &str) -> Site {
        Site::start(&Case::open(case).unwrap().input().join("site")).unwrap()
    }

    #[test]
    fn the_feed_names_the_site_that_serves_it() {
        let site = site("10_pipeline_astropix");
        let (head, body) = get(&site, "/feed.json?format=json");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("application/json"), "{head}");
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(&format!("\"{}img0.png\"", site.base_url())) && !body.contains(PLACEHOLDER));
        assert_eq!(site.requests(), ["/feed.json?format=json"]);
    }

    #[test]
    fn pictures_come_unchanged() {
        let case = Case::open("10_pipeline_astropix").unwrap();
        let (_, body) = get(&site("10_pipeline_astropix"), "/img0.png");
        assert_eq!(body, fs::read(case.input().join("site/img0.png")).unwrap());
    }

    #[test]
    fn index_html_stands_for_its_folder() {
        let site = site("11_pipeline_djangoplicity");
        let (head, body) = get(&site, "/archive/search/page/1/?type=Observation");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/html"), "{head}");
        assert!(String::from_utf8(body).unwrap().contains("var images = ["));
        let (head, _) = get(&site, "/syn0201b/api/json/");
        assert!(head.contains("application/json"), "{head}");
    }

    #[test]
    fn nothing_is_found_outside_the_site() {
        let site = site("11_pipeline_djangoplicity");
        for path in
            ["/archive/search/page/99/", "/../toasty-pipeline-config.yaml", "/%2e%2e/toasty-pipeline-config.yaml"]
        {
            assert!(get(&site, path).0.starts_with("HTTP/1.1 404"), "{path} was found");
        }
    }

    #[test]
    fn nobody_answers_after_the_site_is_dropped() {
        let site = site("10_pipeline_astropix");
        let address = site.base_url().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let _open = TcpStream::connect(&address).unwrap();
        drop(site);
        assert!(TcpStream::connect(&address).is_err());
    }
}
