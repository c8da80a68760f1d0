//! Sources in which much is bad.

use std::future;

use futures::{Stream, StreamExt, stream, stream::BoxStream};

use super::{Offer, SourceError};

/// So many bad records are told one by one.
const MAX_TOLD: usize = 1_000;

/// The offers, of the bad records only the first, and at the end how many more there were: whoever keeps what is told would need a hundred times the memory
/// of a document of nothing but bad records. What is wrong with the source itself is always told.
pub(super) fn few_bad<'a>(
    offers: impl Stream<Item = Result<Offer, SourceError>> + Send + 'a,
) -> BoxStream<'a, Result<Offer, SourceError>> {
    let mut bad = 0_usize;
    let told = move |offer| {
        future::ready(match offer {
            Some(Err(SourceError::Record { .. })) if bad >= MAX_TOLD => {
                bad += 1;
                None
            }
            Some(offer) => {
                bad += usize::from(matches!(offer, Err(SourceError::Record { .. })));
                Some(offer)
            }
            None => (bad > MAX_TOLD).then(|| Err(more(bad - MAX_TOLD))),
        })
    };
    offers.map(Some).chain(stream::iter([None])).filter_map(told).boxed()
}

fn more(count: usize) -> SourceError {
    SourceError::Record {
        item: format!("{count} more"),
        problem: format!("the source has more than {MAX_TOLD} bad records, of which only the first are told"),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, executor::block_on, stream};
    use serde_json::json;

    use super::{MAX_TOLD, few_bad};
    use crate::{
        record::{Candidate, FORMAT},
        source::{Offer, SourceError},
    };

    fn bad(n: usize) -> Result<Offer, SourceError> {
        Err(SourceError::Record { item: n.to_string(), problem: "bad".to_owned(), source: None })
    }

    fn lines(offers: Vec<Result<Offer, SourceError>>) -> Vec<String> {
        let line = |offer| match offer {
            Ok(_) => "good".to_owned(),
            Err(SourceError::Record { item, .. }) => item,
            Err(_) => "the source".to_owned(),
        };
        block_on(few_bad(stream::iter(offers)).map(line).collect())
    }

    #[test]
    fn as_many_as_can_be_told_are_told_and_nothing_else() {
        let all: Vec<String> = (0..MAX_TOLD).map(|n| n.to_string()).collect();
        assert_eq!(lines((0..MAX_TOLD).map(bad).collect()), all);
    }

    #[test]
    fn of_more_only_the_number_is_told_and_what_is_good_is_still_offered() {
        let candidate = Candidate { format: FORMAT, id: "a".parse().unwrap(), record: json!({}) };
        let mut offers: Vec<_> = (0..MAX_TOLD + 2).map(bad).collect();
        offers.push(Ok(Offer::Candidate(candidate)));
        offers.push(bad(0));
        offers.push(Err(SourceError::Transport { what: "it".to_owned(), transient: true, source: "gone".into() }));
        let lines = lines(offers);
        assert_eq!(lines.len(), MAX_TOLD + 3);
        assert_eq!(lines[MAX_TOLD - 1..], ["999", "good", "the source", "3 more"]);
    }
}
