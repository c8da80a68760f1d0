//! Downloads of images from the web.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use reqwest::header::HeaderValue;
use url::Url;

use super::{Arrival, Ask, Fetched, Image, SourceError, nonsense::no_image, signature::HEAD_BYTES, web::transport};
use crate::{
    http::{self, Client, Content, Download, Validators},
    record::{SourceRecord, Version},
};

/// Begins the download of an image, with what is known of it beside its pixels.
pub(super) async fn download(
    client: &Client,
    url: &Url,
    ask: &Ask,
    record: Option<SourceRecord>,
) -> Result<Fetched, SourceError> {
    let of_this = |version: &&Version| version.from == url.as_str();
    let known = ask.known.as_ref().filter(of_this).map(validators);
    let begun = ask.begun.as_ref().filter(|begun| of_this(&&begun.version));
    let begun = begun.map(|begun| {
        let (validators, total_bytes) = (validators(&begun.version), begun.version.size_bytes);
        (Content { validators, total_bytes, resumes: true, media_type: None }, begun.bytes)
    });
    let download = client.download(url, known.as_ref(), begun).await.map_err(|error| transport(url, error))?;
    let Some(download) = download else { return Ok(Fetched::Unchanged { record }) };
    let name = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
    let looked = Looked { download, url: url.clone(), content: Content::default(), head: None };
    let arrivals = stream::try_unfold(looked, async |mut looked| {
        let next = looked.next().await?;
        Ok(next.map(|arrival| (arrival, looked)))
    });
    Ok(Fetched::Image(Image { name: name.to_owned(), record, arrivals: arrivals.boxed() }))
}

fn validators(version: &Version) -> Validators {
    let header = |text: &Option<String>| text.as_ref().and_then(|text| HeaderValue::try_from(text).ok());
    Validators { etag: header(&version.etag), last_modified: header(&version.last_modified) }
}

/// A download whose first bytes are looked at before any is passed on.
struct Looked {
    download: Download,
    url: Url,
    content: Content,
    /// The first bytes, as long as they are too few.
    head: Option<BytesMut>,
}

impl Looked {
    async fn next(&mut self) -> Result<Option<Arrival>, SourceError> {
        loop {
            let came = self.download.next().await.map_err(|error| transport(&self.url, error))?;
            match (came, &mut self.head) {
                (Some(http::Arrival::Begin { content, from }), _) => {
                    self.head = (from == 0).then(BytesMut::new);
                    let (version, resumes) = (version(&self.url, &content), content.resumes);
                    self.content = content;
                    return Ok(Some(Arrival::Begin { version, from, resumes }));
                }
                (Some(http::Arrival::Bytes(bytes)), None) => return Ok(Some(Arrival::Bytes(bytes))),
                (Some(http::Arrival::Bytes(bytes)), Some(head)) => {
                    head.extend_from_slice(&bytes);
                    if head.len() >= HEAD_BYTES
                        && let Some(head) = self.head.take()
                    {
                        return self.look(head.freeze()).map(Some);
                    }
                }
                (None, _) => {
                    return self.head.take().map(|head| self.look(head.freeze())).transpose();
                }
            }
        }
    }

    fn look(&self, head: Bytes) -> Result<Arrival, SourceError> {
        let Some(mut came) = no_image(&head) else { return Ok(Arrival::Bytes(head)) };
        let Content { media_type, total_bytes, .. } = &self.content;
        let media_type = media_type.as_ref().map(|kind| kind.chars().filter(|c| !c.is_control()).take(60).collect());
        let size = total_bytes.filter(|total| *total > 0).map(|total| format!("{total} bytes"));
        let more: Vec<String> = media_type.into_iter().chain(size).collect();
        if !more.is_empty() {
            came = format!("{came} ({})", more.join(", "));
        }
        Err(SourceError::nothing_of_use(&self.url, came, "an image"))
    }
}

fn version(url: &Url, content: &Content) -> Version {
    let text = |value: &Option<HeaderValue>| value.as_ref().and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Content { validators, total_bytes, .. } = content;
    Version {
        from: url.as_str().to_owned(),
        size_bytes: *total_bytes,
        modified: None,
        etag: text(&validators.etag),
        last_modified: text(&validators.last_modified),
    }
}
