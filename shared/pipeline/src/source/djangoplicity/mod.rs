//! Djangoplicity: the archive software of ESA/Hubble, ESA/Webb, ESO and NOIRLab.

use std::collections::HashSet;

use async_trait::async_trait;
use futures::{StreamExt, stream, stream::BoxStream};
use reqwest::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::{
    Ask, Fetched, ImageSource, Offer, SourceError,
    few_bad::few_bad,
    image_file,
    nonsense::no_image,
    spatial::{self, Names, text},
    web::{self, transport, url_quote},
};
use crate::{
    http::{Client, HttpError},
    id::ImageId,
    record::{Candidate, FORMAT, Publication, SourceRecord, Unusable},
};

mod bytes_repr;
mod date;
mod list;
mod literal;

const NAMES: Names = Names {
    projection: "Spatial.CoordsystemProjection",
    frame: "Spatial.CoordinateFrame",
    equinox: "Spatial.Equinox",
    reference_value: "Spatial.ReferenceValue",
    reference_dimension: "Spatial.ReferenceDimension",
    reference_pixel: "Spatial.ReferencePixel",
    scale: "Spatial.Scale",
    rotation: "Spatial.Rotation",
    quality: "Spatial.Quality",
};

/// The largest archives have some hundred pages.
const MAX_PAGES: u32 = 5_000;

/// One page that cannot be read does not hide the others; two in a row are no accident.
const MAX_BAD_PAGES: u32 = 2;

/// The observations in the archive of a Djangoplicity site.
#[derive(Debug)]
pub struct Djangoplicity {
    client: Client,
    base: String,
    channel_name: String,
    search_page_name: String,
}

/// How far the list has been read.
#[derive(Default)]
struct Walk {
    page: u32,
    bad_pages: u32,
    seen: HashSet<ImageId>,
    ended: bool,
}

impl Djangoplicity {
    /// Reads the archive at `base_url`, such as `https://esahubble.org/images/`. `channel_name` names the site in the annotations;
    /// `search_page_name` is the site's word for a page of its list, mostly `page`.
    pub fn new(
        client: Client,
        base_url: &Url,
        channel_name: impl Into<String>,
        search_page_name: impl Into<String>,
    ) -> Self {
        let mut base = base_url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let base = format!("{}/", base.as_str().trim_end_matches('/'));
        Self { client, base, channel_name: channel_name.into(), search_page_name: search_page_name.into() }
    }

    fn url(&self, path: &str) -> Result<Url, SourceError> {
        Url::parse(&format!("{}{path}", self.base)).map_err(|source| SourceError::Record {
            item: path.to_owned(),
            problem: "it makes no URL; check `djangoplicity.base_url`".to_owned(),
            source: Some(source.into()),
        })
    }

    /// The entries of one page of the list; `None` after the last page.
    async fn entries(&self, page: u32) -> Result<Option<Vec<Value>>, SourceError> {
        let path = format!("archive/search/{}/{page}/?type=Observation", url_quote(&self.search_page_name));
        let url = self.url(&path)?;
        let html = match self.client.get(&url).await {
            Ok(document) => document.bytes,
            Err(HttpError::Status { status: StatusCode::NOT_FOUND, .. }) if page > 1 => return Ok(None),
            Err(error) => return Err(transport(&url, error)),
        };
        let entries = list::entries(&String::from_utf8_lossy(&html)).map_err(|source| SourceError::Record {
            item: format!("page {page} of the list"),
            problem: "it has no list of images that can be read".to_owned(),
            source: Some(source.into()),
        })?;
        Ok(Some(entries))
    }

    /// The offers of the next page, or `None` at the end of the list.
    async fn next_page(&self, walk: &mut Walk) -> Option<Vec<Result<Offer, SourceError>>> {
        if walk.ended {
            return None;
        }
        walk.page += 1;
        if walk.page > MAX_PAGES {
            walk.ended = true;
            return Some(vec![Err(problem("the list", &format!("it has more than {MAX_PAGES} pages")))]);
        }
        let entries = match self.entries(walk.page).await {
            Ok(entries) => entries?,
            Err(error) => {
                walk.bad_pages += 1;
                walk.ended = walk.bad_pages >= MAX_BAD_PAGES;
                return Some(vec![Err(error)]);
            }
        };
        walk.bad_pages = 0;
        let known = walk.seen.len();
        let offers = walk.offers(entries);
        // Some sites repeat the last page for every higher number.
        walk.ended = walk.seen.len() == known;
        Some(offers)
    }

    /// The record of one image, as the site has it.
    async fn item(&self, id: &ImageId) -> Result<(Url, Map<String, Value>), SourceError> {
        let url = self.url(&format!("{}/api/json/", url_quote(id.as_str())))?;
        let document = self.client.get(&url).await.map_err(|error| transport(&url, error))?;
        let mut item = web::record(&document.bytes).map_err(|source| match no_image(&document.bytes) {
            Some(came) if !source.is_data() && !came.starts_with("a JSON") => {
                SourceError::nothing_of_use(&url, came, "a record")
            }
            _ => SourceError::Record {
                item: id.to_string(),
                problem: "the site's record is not a JSON object".to_owned(),
                source: Some(source.into()),
            },
        })?;
        bytes_repr::decode_all(&mut item);
        Ok((url, item))
    }
}

impl Walk {
    fn offers(&mut self, entries: Vec<Value>) -> Vec<Result<Offer, SourceError>> {
        let mut offers = Vec::with_capacity(entries.len());
        for (index, record) in entries.into_iter().enumerate() {
            match entry_id(&record, self.page, index) {
                Ok(id) if self.seen.contains(&id) => {}
                Ok(id) => {
                    self.seen.insert(id.clone());
                    offers.push(Ok(Offer::Candidate(Candidate { format: FORMAT, id, record })));
                }
                Err(error) => offers.push(Err(error)),
            }
        }
        offers
    }
}

#[async_trait]
impl ImageSource for Djangoplicity {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        let pages = stream::unfold(Walk::default(), async |mut walk| {
            let offers = self.next_page(&mut walk).await?;
            Some((offers, walk))
        });
        few_bad(pages.flat_map(stream::iter))
    }

    async fn fetch(&self, candidate: &Candidate, ask: &Ask) -> Result<Fetched, SourceError> {
        let id = candidate.id.clone();
        let (item_url, item) = self.item(&id).await?;
        let spatial = match spatial::read(&item, &NAMES) {
            Ok(spatial) => spatial,
            Err(reason) => return Ok(Fetched::Unusable(Unusable { format: FORMAT, id, reason })),
        };
        let original = original(&item).ok_or_else(|| problem(id.as_str(), "it has no resource of type `Original`"))?;
        let url = item_url.join(original).map_err(|source| SourceError::Record {
            item: id.to_string(),
            problem: "the URL of its original is not a URL".to_owned(),
            source: Some(source.into()),
        })?;
        let publication = date::with_offset(&text(&item, "Date")).map(|published| Publication {
            channel: self.channel_name.clone(),
            item: id.to_string(),
            published,
        });
        let record = SourceRecord {
            format: FORMAT,
            id,
            title: text(&item, "Title"),
            description: text(&item, "Description"),
            credits: text(&item, "Credit"),
            credits_url: text(&item, "ReferenceURL"),
            last_updated: None,
            publication,
            spatial: Some(spatial),
        };
        image_file::download(&self.client, &url, ask, Some(record)).await
    }

    fn changes_in_silence(&self) -> bool {
        true
    }
}

/// The URL of the image in its full size.
fn original(item: &Map<String, Value>) -> Option<&str> {
    let resources = item.get("Resources")?.as_array()?;
    let original = resources.iter().find(|resource| resource["ResourceType"] == "Original")?;
    original["URL"].as_str().map(str::trim).filter(|url| !url.is_empty())
}

fn entry_id(record: &Value, page: u32, index: usize) -> Result<ImageId, SourceError> {
    let place = || format!("image {} on page {page} of the list", index + 1);
    let id = record.get("id").and_then(Value::as_str).ok_or_else(|| problem(&place(), "it has no `id`"))?;
    ImageId::new(id).map_err(|source| SourceError::Record {
        item: place(),
        problem: "its id is not safe".to_owned(),
        source: Some(source.into()),
    })
}

fn problem(item: &str, problem: &str) -> SourceError {
    SourceError::Record { item: item.to_owned(), problem: problem.to_owned(), source: None }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, bytes_repr, date, original, spatial};
    use crate::source::{mutation::mutants, spatial::text};

    #[test]
    fn no_record_is_so_broken_that_reading_it_panics() {
        let record = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/oracle/11_pipeline_djangoplicity/input/site/syn-2405a/api/json/index.html"
        ));
        let (mut placed, mut refused) = (0, 0);
        for mut item in mutants(record, 20_000).filter_map(|record| serde_json::from_str(&record).ok()) {
            bytes_repr::decode_all(&mut item);
            original(&item);
            date::with_offset(&text(&item, "Date"));
            *if spatial::read(&item, &NAMES).is_ok() { &mut placed } else { &mut refused } += 1;
        }
        assert!(placed > 0 && refused > 0);
    }
}
