//! A web site on loopback, on a free port, that ends when it is dropped.

use std::path::{Path, PathBuf};

use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode, Uri},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A running site.
pub(crate) struct Site {
    /// Where it is, without a slash at the end.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Site {
    /// Serves a router that may use the site's own URL.
    pub(crate) async fn serve(router: impl FnOnce(&str) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = router(&url);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, task }
    }

    /// Serves a folder as the oracle's README asks: directory index `index.html`, queries ignored, 404 for what is not there,
    /// and `http://SITE` replaced by the site's own URL.
    pub(crate) async fn of_folder(folder: PathBuf) -> Self {
        Self::serve(|url| {
            let url = url.to_owned();
            Router::new().fallback(move |uri: Uri| async move { answer(&folder, &url, uri.path()) })
        })
        .await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answer(folder: &Path, url: &str, path: &str) -> Response<Body> {
    let mut file = folder.join(path.trim_matches('/'));
    if file.is_dir() {
        file.push("index.html");
    }
    let (status, content) = match std::fs::read(&file) {
        Ok(content) => (StatusCode::OK, content),
        Err(_) => (StatusCode::NOT_FOUND, Vec::new()),
    };
    let is_text = file.extension().is_some_and(|extension| extension == "json" || extension == "html");
    let content =
        if is_text { String::from_utf8(content).unwrap().replace("http://SITE", url).into_bytes() } else { content };
    Response::builder().status(status).body(Body::from(content)).unwrap()
}
