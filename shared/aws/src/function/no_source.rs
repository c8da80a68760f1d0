//! The source of functions that ask for no images.

use async_trait::async_trait;
use futures::{StreamExt, stream, stream::BoxStream};
use skyfeed_pipeline::{
    record::Candidate,
    source::{Ask, Fetched, ImageSource, Offer, SourceError},
};

/// Offers nothing: only `fetch` asks a source, and only `fetch` is built with what that takes.
#[derive(Debug)]
pub(super) struct NoSource;

#[async_trait]
impl ImageSource for NoSource {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        stream::empty().boxed()
    }

    async fn fetch(&self, candidate: &Candidate, _: &Ask) -> Result<Fetched, SourceError> {
        let problem = "this function does not fetch images".to_owned();
        Err(SourceError::Record { item: candidate.id.to_string(), problem, source: None })
    }
}
