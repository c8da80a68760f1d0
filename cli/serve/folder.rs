//! A folder or a store on the web.

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
use skyfeed_ports::store::Store;
use tower_http::services::{
    ServeDir,
    fs::{Metadata, TokioBackend},
};

use super::{
    files::Files,
    index_page,
    listing::Listing,
    objects::Objects,
    path::ServedPath,
    wtml::{self, Base},
};

/// Files that are served as they are, but for WTML that is made absolute and for pages that list a folder.
#[derive(Clone, Debug)]
struct Folder<F> {
    files: F,
    root: Arc<Path>,
    title: Arc<str>,
}

/// Answers any path by the files below `root`. Links are followed.
///
/// # Errors
/// `root` is not a folder, or it cannot be read.
pub(crate) fn folder(root: &Path) -> io::Result<Router> {
    std::fs::read_dir(root)?;
    let name = std::path::absolute(root).ok().and_then(|root| root.file_name().map(ToOwned::to_owned));
    let title = name.map_or_else(|| "Feed".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(router(Folder { files: TokioBackend, root: root.into(), title: title.into() }))
}

/// Answers any path by the objects of a store.
pub(crate) fn store(store: Arc<dyn Store>, title: &str) -> Router {
    router(Folder { files: Objects(store), root: Path::new("").into(), title: title.into() })
}

fn router<F: Files>(folder: Folder<F>) -> Router {
    Router::new().fallback(answer::<F>).with_state(folder)
}

async fn answer<F: Files>(State(folder): State<Folder<F>>, request: Request) -> Response {
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

impl<F: Files> Folder<F> {
    async fn find(&self, path: &ServedPath, request: Request) -> io::Result<Response> {
        let file = self.root.join(path.relative());
        let base = base(&request);
        if let Some(relative) = wtml::relative_twin(&file).filter(|_| !path.folder)
            && wtml::is_there(&self.files, &relative).await?
        {
            let document = wtml::read_absolutized(&self.files, &relative, &base?).await?;
            return Ok(([(header::CONTENT_TYPE, wtml::CONTENT_TYPE)], document).into_response());
        }
        let is_folder = self.files.metadata(file.clone()).await?.is_dir();
        match (is_folder, path.folder) {
            (true, true) => self.page(file, path, &base?).await,
            (true, false) => Ok(Redirect::permanent(&format!("{}/", request.uri().path())).into_response()),
            (false, true) => Ok(not_found()),
            (false, false) => self.file(&file, request).await,
        }
    }

    async fn file(&self, file: &Path, request: Request) -> io::Result<Response> {
        let files = ServeDir::with_backend(&self.root, self.files.clone());
        let mut response = files.append_index_html_on_directories(false).try_call(request).await?.map(Body::new);
        if let Some(content_type) = content_type(file).filter(|_| response.status().is_success()) {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(response)
    }

    async fn page(&self, folder: PathBuf, path: &ServedPath, base: &Base) -> io::Result<Response> {
        let listing = Listing::read(&self.files, folder).await?;
        let title = path.names.last().map_or(&*self.title, String::as_str);
        let page = index_page::render(title, path.names.is_empty(), base, &listing);
        let policy = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'";
        Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response())
    }
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
