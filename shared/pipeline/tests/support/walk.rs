//! Reading sources to their end.

use futures::StreamExt;
use skyfeed_pipeline::{
    record::{Candidate, SourceRecord},
    source::{Arrival, Ask, Fetched, Image, ImageSource, Offer, SourceError},
};

pub(crate) async fn offers(source: &dyn ImageSource) -> Vec<Result<Offer, SourceError>> {
    source.offers().collect().await
}

/// The candidates, where nothing but candidates is offered.
pub(crate) async fn candidates(source: &dyn ImageSource) -> Vec<Candidate> {
    let candidate = |offer| match offer {
        Ok(Offer::Candidate(candidate) | Offer::Named { candidate, .. }) => candidate,
        other => panic!("{other:?} is no candidate"),
    };
    offers(source).await.into_iter().map(candidate).collect()
}

/// One line for each offer: its id and what is to be done with it.
pub(crate) async fn summary(source: &dyn ImageSource) -> Vec<String> {
    let line = |offer| match offer {
        Ok(Offer::Candidate(candidate) | Offer::Named { candidate, .. }) => candidate.id.to_string(),
        Ok(Offer::Unusable(unusable)) => format!("{} unusable: {}", unusable.id, unusable.reason),
        Err(error) => format!("error: {}", chain(&error)),
    };
    offers(source).await.into_iter().map(line).collect()
}

pub(crate) fn chain(error: &SourceError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The bytes of an image.
pub(crate) async fn bytes(image: Image) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    let mut arrivals = image.arrivals;
    while let Some(arrival) = arrivals.next().await {
        match arrival? {
            Arrival::Begin { from, .. } => bytes.truncate(usize::try_from(from).unwrap()),
            Arrival::Bytes(more) => bytes.extend_from_slice(&more),
        }
    }
    Ok(bytes)
}

/// Name, bytes and record of a candidate's image.
pub(crate) async fn image(source: &dyn ImageSource, candidate: &Candidate) -> (String, Vec<u8>, Option<SourceRecord>) {
    match source.fetch(candidate, &Ask::default()).await.unwrap() {
        Fetched::Image(mut image) => {
            let (name, record) = (image.name.clone(), image.record.take());
            (name, bytes(image).await.unwrap(), record)
        }
        other => panic!("{other:?} is no image"),
    }
}

/// Why a candidate turned out to be unusable.
pub(crate) async fn reason(source: &dyn ImageSource, candidate: &Candidate) -> String {
    match source.fetch(candidate, &Ask::default()).await.unwrap() {
        Fetched::Unusable(unusable) => unusable.reason,
        other => panic!("{other:?} is usable"),
    }
}
