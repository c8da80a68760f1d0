//! AstroPix: a saved search of `astropix.org` as one JSON array.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};
use serde_json::{Map, Value};
use skyfeed_tiling::sky::SpatialMetadata;
use tokio::sync::Mutex;
use url::Url;

use super::{
    Ask, Fetched, ImageSource, Offer, SourceError, array,
    few_bad::few_bad,
    image_file,
    spatial::{self, Names, text},
    web::{self, transport, url_quote},
};
use crate::{
    http::{Client, Conditional, Validators},
    id::ImageId,
    record::{Candidate, FORMAT, SourceRecord, Unusable},
};

const NAMES: Names = Names {
    projection: "wcs_projection",
    frame: "wcs_coordinate_frame",
    equinox: "wcs_equinox",
    reference_value: "wcs_reference_value",
    reference_dimension: "wcs_reference_dimension",
    reference_pixel: "wcs_reference_pixel",
    scale: "wcs_scale",
    rotation: "wcs_rotation",
    quality: "wcs_quality",
};

/// Where AstroPix itself keeps images and pages.
const HOME: &str = "http://astropix.ipac.caltech.edu";

/// The images of an AstroPix search.
///
/// An image id is the publisher's id and the lower-case image id, joined by `_`, with every `/` made `_` (as toasty 0.20 does).
#[derive(Debug)]
pub struct Astropix {
    client: Client,
    query: Url,
    known: Mutex<Option<Known>>,
}

/// The feed as it was last seen, for servers that answer that nothing changed.
#[derive(Debug)]
struct Known {
    validators: Validators,
    records: Arc<[Bytes]>,
}

impl Astropix {
    /// Reads the search at `json_query_url`, such as `https://www.astropix.org/link/c60?format=json`.
    pub fn new(client: Client, json_query_url: Url) -> Self {
        Self { client, query: json_query_url, known: Mutex::new(None) }
    }

    /// The records of the feed as they are written there.
    async fn records(&self) -> Result<Arc<[Bytes]>, SourceError> {
        let mut known = self.known.lock().await;
        let previous = known.as_ref().map(|known| &known.validators);
        let answer = self.client.get_if_changed(&self.query, previous).await;
        let document = match (answer.map_err(|error| transport(&self.query, error))?, known.as_ref()) {
            (Conditional::Changed(document), _) => document,
            (Conditional::NotModified, Some(known)) => return Ok(Arc::clone(&known.records)),
            (Conditional::NotModified, None) => return Ok(Arc::default()),
        };
        let records: Arc<[Bytes]> = array::records(&document.bytes)
            .map_err(|source| SourceError::Record {
                item: self.query.path().to_owned(),
                problem: "it is not a JSON array; check `astropix.json_query_url`".to_owned(),
                source: Some(source.into()),
            })?
            .into();
        if records.len() > array::MAX_RECORDS {
            let problem_is =
                format!("it has more than {} records; check `astropix.json_query_url`", array::MAX_RECORDS);
            return Err(problem(self.query.path(), &problem_is));
        }
        *known = Some(Known { validators: document.validators, records: Arc::clone(&records) });
        Ok(records)
    }
}

#[async_trait]
impl ImageSource for Astropix {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        let all = async {
            match self.records().await {
                Ok(records) => stream::iter(offers(records)).left_stream(),
                Err(error) => stream::iter([Err(error)]).right_stream(),
            }
        };
        few_bad(stream::once(all).flatten())
    }

    async fn fetch(&self, candidate: &Candidate, ask: &Ask) -> Result<Fetched, SourceError> {
        let id = candidate.id.clone();
        let record = candidate.record.as_object().ok_or_else(|| problem(id.as_str(), "it is not an object"))?;
        let spatial = match coordinates(record) {
            Ok(spatial) => spatial,
            Err(reason) => return Ok(Fetched::Unusable(Unusable { format: FORMAT, id, reason })),
        };
        let names = ids(record).ok_or_else(|| problem(id.as_str(), NO_IDS))?;
        let url = image_url(record, &names, &self.query)
            .ok_or_else(|| problem(id.as_str(), "its `resource_url` is not a URL"))?;
        let record = SourceRecord {
            format: FORMAT,
            id,
            title: text(record, "title"),
            description: text(record, "description"),
            credits: text(record, "image_credit"),
            credits_url: credits_url(record, &names),
            last_updated: spatial::optional_text(record, "last_updated"),
            publication: None,
            spatial: Some(spatial),
        };
        image_file::download(&self.client, &url, ask, Some(record)).await
    }

    fn changes_in_silence(&self) -> bool {
        true
    }
}

/// How AstroPix names an image.
struct Ids {
    publisher: String,
    image: String,
}

const NO_IDS: &str = "it has no `image_id` or no `publisher_id`";

fn ids(record: &Map<String, Value>) -> Option<Ids> {
    let word = |name| match record.get(name)? {
        Value::String(word) if !word.is_empty() => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(Ids { publisher: word("publisher_id")?, image: word("image_id")? })
}

/// What the records offer; each is read when its turn comes, and forgotten.
fn offers(records: Arc<[Bytes]>) -> impl Iterator<Item = Result<Offer, SourceError>> {
    let mut last_with: HashMap<ImageId, usize> = HashMap::new();
    (0..records.len()).filter_map(move |index| {
        let (id, offer) = match offer(index, &records[index]) {
            Ok(offer) => offer,
            Err(error) => return Some(Err(error)),
        };
        match last_with.insert(id.clone(), index) {
            None => Some(Ok(offer)),
            Some(before) if is_same(&records[before], &records[index]) => None,
            Some(_) => Some(Err(problem(id.as_str(), "another record before it has the same id"))),
        }
    })
}

/// Whether two records that can be read say the same.
fn is_same(one: &Bytes, other: &Bytes) -> bool {
    let read = |record| web::record::<Value>(record).ok();
    one == other || read(one) == read(other)
}

fn offer(index: usize, record: &Bytes) -> Result<(ImageId, Offer), SourceError> {
    let place = || format!("record {} of the feed", index + 1);
    let record: Value = web::record(record).map_err(|source| SourceError::Record {
        item: place(),
        problem: "it cannot be read".to_owned(),
        source: Some(source.into()),
    })?;
    let record = record.as_object().ok_or_else(|| problem(&place(), "it is not an object"))?;
    let names = ids(record).ok_or_else(|| problem(&place(), NO_IDS))?;
    let text = format!("{}_{}", names.publisher, names.image.to_lowercase()).replace('/', "_");
    let id = ImageId::new(text).map_err(|source| SourceError::Record {
        item: place(),
        problem: "its id is not safe".to_owned(),
        source: Some(source.into()),
    })?;
    let offer = match coordinates(record) {
        Ok(_) => Offer::Candidate(Candidate { format: FORMAT, id: id.clone(), record: record.clone().into() }),
        Err(reason) => Offer::Unusable(Unusable { format: FORMAT, id: id.clone(), reason }),
    };
    Ok((id, offer))
}

fn coordinates(record: &Map<String, Value>) -> Result<SpatialMetadata, String> {
    if text(record, "image_id").contains('/') {
        return Err("its `image_id` has a slash, which no name of a feed's image may have".to_owned());
    }
    spatial::read(record, &NAMES)
}

/// `resource_url`, else the original in AstroPix's own archive.
fn image_url(record: &Map<String, Value>, ids: &Ids, feed: &Url) -> Option<Url> {
    match spatial::optional_text(record, "resource_url") {
        Some(url) => feed.join(url.trim()).ok(),
        None => {
            let (publisher, image) = (url_quote(&ids.publisher), url_quote(&ids.image.to_lowercase()));
            Url::parse(&format!("{HOME}/archive/{publisher}/{image}/{publisher}_{image}_original.jpg")).ok()
        }
    }
}

/// `reference_url`, else the page of the image on AstroPix.
fn credits_url(record: &Map<String, Value>, ids: &Ids) -> String {
    spatial::optional_text(record, "reference_url")
        .unwrap_or_else(|| format!("{HOME}/image/{}/{}", url_quote(&ids.publisher), url_quote(&ids.image)))
}

fn problem(item: &str, problem: &str) -> SourceError {
    SourceError::Record { item: item.to_owned(), problem: problem.to_owned(), source: None }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::Value;
    use url::Url;

    use super::{credits_url, ids, image_url, offers};
    use crate::source::{array, mutation::mutants};

    #[test]
    fn without_a_reference_the_credits_lead_to_the_page_on_astropix() {
        let vectors = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/vectors/feed_wcs.json"));
        let vectors: Value = serde_json::from_str(vectors).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let record = case["astropix"].as_object().unwrap();
            assert_eq!(credits_url(record, &ids(record).unwrap()), case["astropix_credit_url"].as_str().unwrap());
        }
    }

    #[test]
    fn without_a_resource_the_image_is_in_the_archive_of_astropix() {
        let record = serde_json::json!({"publisher_id": "chandra", "image_id": "M 51"});
        let record = record.as_object().unwrap();
        let feed = Url::parse("https://www.astropix.org/link/c60").unwrap();
        let url = image_url(record, &ids(record).unwrap(), &feed).unwrap();
        let expected = "http://astropix.ipac.caltech.edu/archive/chandra/m%2051/chandra_m%2051_original.jpg";
        assert_eq!(url.as_str(), expected);
    }

    #[test]
    fn no_feed_is_so_broken_that_reading_it_panics() {
        let feed = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/oracle/10_pipeline_astropix/input/site/feed_with_unusable.json"
        ));
        let query = Url::parse("http://example.org/feed").unwrap();
        let (mut usable, mut unusable) = (0, 0);
        for records in mutants(feed, 20_000).filter_map(|feed| array::records(&Bytes::from(feed)).ok()) {
            for record in records.iter().filter_map(|record| serde_json::from_slice::<Value>(record).ok()) {
                let Some(record) = record.as_object() else { continue };
                ids(record).map(|ids| (image_url(record, &ids, &query), credits_url(record, &ids)));
            }
            for offer in offers(records.into()) {
                *if offer.is_ok() { &mut usable } else { &mut unusable } += 1;
            }
        }
        assert!(usable > 0 && unusable > 0);
    }
}
