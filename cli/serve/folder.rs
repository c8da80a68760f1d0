//! A folder on the web.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use tower_http::services::ServeDir;

use super::{
    index_page,
    listing::Listing,
    path::ServedPath,
    wtml::{self, Base},
};

/// A folder that is served as it is, but for WTML files that are made absolute and for pages that list it.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: Arc<Path>,
}

impl Folder {
    /// Checks that `root` is a folder.
    ///
    /// # Errors
    /// It is not, or it cannot be read.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        std::fs::read_dir(root)?;
        Ok(Self { root: root.into() })
    }

    /// Answers any path.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(answer).with_state(self)
    }
}

async fn answer(State(folder): State<Folder>, request: Request) -> Response {
    let Some(path) = ServedPath::parse(request.uri().path()) else { return not_found() };
    match folder.find(&path, request).await {
        Ok(response) => response,
        Err(error) => {
            let (status, text) = match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return not_found(),
                io::ErrorKind::InvalidInput => (StatusCode::BAD_REQUEST, error.to_string()),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, format!("cannot serve {}: {error}", path.names.join("/"))),
            };
            (status, format!("{text}\n")).into_response()
        }
    }
}

impl Folder {
    async fn find(&self, path: &ServedPath, request: Request) -> io::Result<Response> {
        let file = self.root.join(path.relative());
        let base = base(&request);
        if let Some(relative) = wtml::relative_twin(&file).filter(|_| !path.folder)
            && tokio::fs::try_exists(&relative).await?
        {
            return made_absolute(relative, base?).await;
        }
        let is_folder = tokio::fs::metadata(&file).await?.is_dir();
        match (is_folder, path.folder) {
            (true, true) => self.page(file, path, base?).await,
            (true, false) => Ok(Redirect::permanent(&format!("{}/", request.uri().path())).into_response()),
            (false, true) => Ok(not_found()),
            (false, false) => self.file(&file, request).await,
        }
    }

    async fn file(&self, file: &Path, request: Request) -> io::Result<Response> {
        let mut files = ServeDir::new(&self.root).append_index_html_on_directories(false);
        let mut response = files.try_call(request).await?.map(Body::new);
        if let Some(content_type) = content_type(file).filter(|_| response.status().is_success()) {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(response)
    }

    async fn page(&self, folder: PathBuf, path: &ServedPath, base: Base) -> io::Result<Response> {
        let top = path.names.is_empty();
        let title = path.names.last().cloned().unwrap_or_else(|| {
            let name = std::path::absolute(&self.root).ok().and_then(|root| root.file_name().map(ToOwned::to_owned));
            name.map_or_else(|| "Feed".to_owned(), |name| name.to_string_lossy().into_owned())
        });
        let page = tokio::task::spawn_blocking(move || {
            Listing::read(&folder).map(|listing| index_page::render(&title, top, &base, &listing))
        });
        let page = page.await.map_err(io::Error::other)??;
        let policy = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'";
        Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response())
    }
}

async fn made_absolute(relative: PathBuf, base: Base) -> io::Result<Response> {
    let document = tokio::task::spawn_blocking(move || wtml::read_absolutized(&relative, &base));
    let document = document.await.map_err(io::Error::other)??;
    Ok(([(header::CONTENT_TYPE, wtml::CONTENT_TYPE)], document).into_response())
}

fn base(request: &Request) -> io::Result<Base> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    host.and_then(|host| Base::new(host, request.uri().path()))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the Host header is missing or malformed"))
}

fn content_type(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "wtml" => Some(wtml::CONTENT_TYPE),
        "fits" | "fts" => Some("application/fits"),
        // Other types follow from the extension by the server's own table.
        _ => None,
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "there is no such file here\n").into_response()
}
