//! Downloads, which go on where they broke off.

use std::time::Instant;

use bytes::Bytes;
use reqwest::{
    StatusCode,
    header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_RANGE, RANGE},
};
use url::Url;

use super::{
    Client, Content, HttpError, Validators,
    client::{Answer, conditions},
    retry, rules,
};

/// So many bytes without a break, and the attempts and small parts before are forgotten.
const PROGRESS_BYTES: u64 = 1 << 20;

/// So many parts in a row may each be less than that. A server that gives a byte at a time would be asked for ever.
const MAX_SMALL_PARTS: u32 = 16;

/// What comes of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// What follows is of this content, from byte `from` on. Bytes of another content that came before are void.
    Begin {
        /// The content.
        content: Content,
        /// The place of the first byte that follows.
        from: u64,
    },
    /// The next bytes.
    Bytes(Bytes),
}

/// A download under way.
#[derive(Debug)]
pub struct Download {
    client: Client,
    url: Url,
    content: Content,
    /// Bytes of the content that are here, with those from before this download.
    received_bytes: u64,
    /// What answers at present, and the byte behind the last that it brings, if that is known.
    answer: Option<(Answer, Option<u64>)>,
    /// Whether `content` is still to be told.
    begins: bool,
    ended: bool,
    tried: u32,
    /// Parts in a row that were hardly worth asking for.
    small_parts: u32,
    /// Bytes since the last break, or the end of the last part.
    progress_bytes: u64,
    /// When it has to be here; known from the first answer on.
    deadline: Option<Instant>,
}

impl Client {
    /// Begins a download, or goes on with one of which `begun` is here: its content, and how many of its bytes. Answers `None` if the file is still what `known` came with.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub async fn download(
        &self,
        url: &Url,
        known: Option<&Validators>,
        begun: Option<(Content, u64)>,
    ) -> Result<Option<Download>, HttpError> {
        let (content, received_bytes) = begun.unwrap_or_default();
        let mut download = Download {
            client: self.clone(),
            url: url.clone(),
            content,
            received_bytes,
            answer: None,
            begins: true,
            ended: false,
            tried: 0,
            small_parts: 0,
            progress_bytes: 0,
            deadline: None,
        };
        let is_here = download.content.total_bytes == Some(received_bytes);
        if is_here && received_bytes > 0 && known.is_none() {
            return Ok(Some(download));
        }
        loop {
            match download.ask(known).await {
                Ok(true) => return Ok(Some(download)),
                Ok(false) => return Ok(None),
                Err(error) => download.pause(error).await?,
            }
        }
    }
}

impl Download {
    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// See [`HttpError`]. It was tried often enough, or its time is over; what came so far is good.
    pub async fn next(&mut self) -> Result<Option<Arrival>, HttpError> {
        loop {
            if std::mem::take(&mut self.begins) {
                return Ok(Some(Arrival::Begin { content: self.content.clone(), from: self.received_bytes }));
            }
            if self.ended || self.content.total_bytes == Some(self.received_bytes) {
                return Ok(None);
            }
            let came = match &mut self.answer {
                Some((answer, end)) => answer.chunk().await.map(|chunk| (chunk, *end)),
                None => match self.ask(None).await {
                    Ok(_) => continue,
                    Err(error) => Err(error),
                },
            };
            match came {
                // More than was announced: all of it is in doubt.
                Ok((Some(chunk), Some(end))) if self.received_bytes + chunk.len() as u64 > end => {
                    let error = self.incomplete(end);
                    self.forget();
                    self.pause(error).await?;
                }
                Ok((Some(chunk), _)) => {
                    self.received_bytes += chunk.len() as u64;
                    self.progress_bytes += chunk.len() as u64;
                    self.check_size(self.received_bytes)?;
                    return Ok(Some(Arrival::Bytes(chunk)));
                }
                Ok((None, Some(end))) if self.received_bytes < end => self.pause(self.incomplete(end)).await?,
                Ok((None, Some(_))) => self.end_part()?,
                Ok((None, None)) => self.ended = true,
                Err(error) => self.pause(error).await?,
            }
        }
    }

    /// Asks for what lacks. Answers whether it comes: `false` if nothing changed since `known`.
    async fn ask(&mut self, known: Option<&Validators>) -> Result<bool, HttpError> {
        let conditions = known.map(conditions).unwrap_or_default();
        if self.received_bytes > 0 {
            if let Some(resumed) = self.resume(&conditions).await? {
                return Ok(resumed);
            }
            self.forget();
        }
        let answer = self.request(conditions).await?;
        match answer.response.status() {
            StatusCode::NOT_MODIFIED => return Ok(false),
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => {}
            status => return Err(HttpError::NoFile { url: rules::redacted(&answer.url), status }),
        }
        let content = Content::of(&answer);
        if known.is_some_and(|known| known.tell_the_same(&content.validators)) {
            return Ok(false);
        }
        self.check_size(content.total_bytes.unwrap_or(0))?;
        self.answer = Some((answer, content.total_bytes));
        (self.content, self.begins) = (content, true);
        Ok(true)
    }

    /// Asks for the rest of the content of which some is here. `None` if the server has another by now, or does not give parts.
    async fn resume(&mut self, conditions: &HeaderMap) -> Result<Option<bool>, HttpError> {
        let Some(validator) = self.content.validators.for_range().filter(|_| self.content.resumes) else {
            return Ok(None);
        };
        let mut headers = conditions.clone();
        headers.insert(IF_RANGE, validator.clone());
        let Ok(range) = HeaderValue::try_from(format!("bytes={}-", self.received_bytes)) else { return Ok(None) };
        headers.insert(RANGE, range);
        let answer = match self.request(headers).await {
            Err(HttpError::Status {
                status: StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PRECONDITION_FAILED,
                ..
            }) => {
                return Ok(None);
            }
            answer => answer?,
        };
        if answer.response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Some(false));
        }
        let end = self.content.end_of_part(&answer, self.received_bytes);
        Ok(end.map(|end| {
            self.answer = Some((answer, Some(end)));
            true
        }))
    }

    async fn request(&mut self, mut headers: HeaderMap) -> Result<Answer, HttpError> {
        // Images are compressed already, and only an answer as it is has a length that can be checked.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let whole = self.client.options.download_deadline;
        let left = self.deadline.map_or(whole, |deadline| deadline.saturating_duration_since(Instant::now()));
        let answer = self.client.request(&self.url, &headers, left).await?;
        self.deadline = self.deadline.or_else(|| answer.asked.checked_add(left));
        Ok(answer)
    }

    /// A part of what was asked for is here: the rest is asked for next, if it is not for too little each time.
    fn end_part(&mut self) -> Result<(), HttpError> {
        self.answer = None;
        if !self.has_progress() {
            self.small_parts += 1;
        }
        if self.small_parts < MAX_SMALL_PARTS {
            return Ok(());
        }
        Err(self.incomplete(self.content.total_bytes.unwrap_or_default()))
    }

    /// Whether enough came since this was asked last; then what went wrong before is forgotten.
    fn has_progress(&mut self) -> bool {
        let has_progress = std::mem::take(&mut self.progress_bytes) >= PROGRESS_BYTES;
        if has_progress {
            (self.tried, self.small_parts) = (0, 0);
        }
        has_progress
    }

    /// Waits before the next try, or gives up. What cannot go on begins anew.
    async fn pause(&mut self, error: HttpError) -> Result<(), HttpError> {
        self.answer = None;
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(error);
        }
        if !self.content.resumes {
            self.forget();
            self.progress_bytes = 0;
        } else {
            self.has_progress();
        }
        self.tried += 1;
        retry::pause(&self.client.options, self.tried, error).await
    }

    fn forget(&mut self) {
        (self.answer, self.received_bytes, self.content) = (None, 0, Content::default());
    }

    fn incomplete(&self, announced_bytes: u64) -> HttpError {
        let (url, received_bytes) = (rules::redacted(&self.url), self.received_bytes);
        HttpError::Incomplete { url, announced_bytes, received_bytes }
    }

    fn check_size(&self, bytes: u64) -> Result<(), HttpError> {
        let limit_bytes = self.client.options.max_image_bytes;
        if bytes <= limit_bytes {
            return Ok(());
        }
        Err(HttpError::TooLarge { url: rules::redacted(&self.url), limit_bytes })
    }
}
