//! Downloads to files.

use std::path::Path;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use tempfile::TempPath;
use tokio::io::{AsyncWriteExt, BufWriter};
use url::Url;

use super::{Client, HttpError, retry, rules};

const WRITE_BYTES: usize = 256 << 10;

impl Client {
    /// Downloads to `file` and answers how many bytes it has. The file appears when it is complete, never before; it is replaced if it is there.
    ///
    /// # Errors
    /// See [`HttpError`]; nothing is left behind then, nor if the future is dropped.
    pub async fn download(&self, url: &Url, file: &Path) -> Result<u64, HttpError> {
        retry::retrying(&self.options, async || self.try_download(url, file).await).await
    }

    async fn try_download(&self, url: &Url, file: &Path) -> Result<u64, HttpError> {
        let limit_bytes = self.options.max_image_bytes;
        // Images are compressed already, and only an answer as it is has a length that can be checked.
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
        let mut answer = self.request(url, &headers, self.options.download_deadline).await?;
        let encoded = answer.response.headers().contains_key(CONTENT_ENCODING);
        let announced = answer.response.content_length().filter(|_| !encoded);
        let too_large = || HttpError::TooLarge { url: rules::redacted(url), limit_bytes };
        if announced.is_some_and(|bytes| bytes > limit_bytes) {
            return Err(too_large());
        }

        let failed = |source| HttpError::File { path: file.to_owned(), source };
        let part = file.with_added_extension("part");
        let mut out = BufWriter::with_capacity(WRITE_BYTES, tokio::fs::File::create(&part).await.map_err(failed)?);
        let part = TempPath::try_from_path(part).map_err(failed)?;
        let mut received_bytes = 0;
        while let Some(chunk) = answer.chunk().await? {
            received_bytes += chunk.len() as u64;
            if received_bytes > limit_bytes {
                return Err(too_large());
            }
            out.write_all(&chunk).await.map_err(failed)?;
        }
        out.flush().await.map_err(failed)?;
        if let Some(announced_bytes) = announced.filter(|announced| *announced != received_bytes) {
            return Err(HttpError::Incomplete { url: rules::redacted(url), announced_bytes, received_bytes });
        }
        drop(out);
        part.persist(file).map_err(|error| failed(error.error))?;
        Ok(received_bytes)
    }
}
