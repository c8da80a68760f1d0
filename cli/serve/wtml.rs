//! WTML files that are made absolute for whoever asks.

use std::{
    io,
    path::{Path, PathBuf},
};

use axum::http::uri::Authority;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use skyfeed_wtml::{Folder, WtmlError};
use tokio::io::AsyncReadExt;
use tower_http::services::fs::Metadata;

use super::files::Files;

/// The content type of WTML.
pub(crate) const CONTENT_TYPE: &str = "application/x-wtml";

/// No document of this size or above is read into memory; the reader of WTML refuses it anyway.
const MAX_BYTES: u64 = 65 << 20;

/// The URL that a page or document was asked for by.
#[derive(Clone, Debug)]
pub(crate) struct Base(String);

impl Base {
    /// Puts together the `Host` header and the path of a request; `None` if the former is not a host with an optional port.
    pub(crate) fn new(host: &str, path: &str) -> Option<Self> {
        let authority: Authority = host.parse().ok()?;
        let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
        plain.then(|| Self(format!("http://{authority}{path}")))
    }

    /// The URL of a file beside the document, or in the folder if the path is one. `name` must not need encoding.
    pub(crate) fn join(&self, name: &str) -> String {
        let folder = self.0.rfind('/').map_or(self.0.as_str(), |slash| &self.0[..=slash]);
        format!("{folder}{name}")
    }
}

/// What of any text may stand in a URL as it is.
pub(super) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The URL that shows a WTML collection in the web client of WorldWide Telescope.
pub(crate) fn web_client_url(wtml_url: &str) -> String {
    format!("https://worldwidetelescope.org/webclient/?wtml={}", utf8_percent_encode(wtml_url, UNRESERVED))
}

/// `x_rel.wtml` for `x.wtml`; `None` for other files.
pub(super) fn relative_twin(file: &Path) -> Option<PathBuf> {
    let stem = file.file_name()?.to_str()?.strip_suffix(".wtml")?;
    (!stem.ends_with("_rel")).then(|| file.with_file_name(format!("{stem}_rel.wtml")))
}

/// Whether there is a file.
pub(super) async fn is_there<F: Files>(files: &F, file: &Path) -> io::Result<bool> {
    match files.metadata(file.to_owned()).await {
        Ok(found) => Ok(!found.is_dir()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a document.
pub(super) async fn read<F: Files>(files: &F, file: &Path) -> Result<Folder, ReadError> {
    let mut document = Vec::new();
    files.open(file.to_owned()).await?.take(MAX_BYTES).read_to_end(&mut document).await?;
    let parsed = tokio::task::spawn_blocking(move || Folder::parse(document)).await;
    Ok(parsed.map_err(io::Error::other)??)
}

/// Reads a document and makes its URLs absolute.
pub(super) async fn read_absolutized<F: Files>(files: &F, file: &Path, base: &Base) -> io::Result<String> {
    match read(files, file).await {
        Ok(folder) => Ok(absolutized(folder, base)),
        Err(ReadError::Io(error)) => Err(error),
        Err(ReadError::Wtml(error)) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

/// Writes a document with absolute URLs.
pub(crate) fn absolutized(mut folder: Folder, base: &Base) -> String {
    folder.absolutize(&base.0);
    folder.to_xml()
}

/// Why a document cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Wtml(#[from] WtmlError),
}
