//! Reading sources to their end.

use std::path::Path;

use futures::StreamExt;
use skyfeed_pipeline::{
    record::Candidate,
    source::{Fetched, ImageSource, Offer, SourceError},
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

/// Why a candidate turned out to be unusable.
pub(crate) async fn reason(source: &dyn ImageSource, candidate: &Candidate, folder: &Path) -> String {
    match source.fetch(candidate, folder).await.unwrap() {
        Fetched::Unusable(unusable) => unusable.reason,
        image => panic!("{image:?} is usable"),
    }
}
