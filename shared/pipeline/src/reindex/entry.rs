//! One image of the index.

use jiff::Timestamp;
use serde::Serialize;
use skyfeed_wtml::{Folder, ImageSet, Item, Place};

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{self, site},
    objects::{read_json, sha256_hex},
    record::{Published, PublishedState},
    sort_date::place_date,
};

/// An image with the place that the index shows.
pub(super) struct Entry {
    pub(super) id: ImageId,
    pub(super) date: Timestamp,
    pub(super) place: Place,
}

/// The name under which the index keeps the date of a place that has none of its own: `XSortDate`. So a fold need not read the records of all the others. Clients ignore it, and only the
/// index of the feed has it.
const SORT_DATE: &str = "SortDate";

impl Entry {
    /// The place as the index has it.
    pub(super) fn into_place(self) -> Place {
        let mut place = self.place;
        if place_date(&place).is_none() {
            place.metadata.push((SORT_DATE.to_owned(), self.date.to_string()));
        }
        place
    }
}

/// Takes the date away that [`Entry::into_place`] added.
fn take_sort_date(place: &mut Place) -> Option<Timestamp> {
    let at = place.metadata.iter().position(|(name, _)| name == SORT_DATE)?;
    let (_, text) = place.metadata.remove(at);
    text.parse().ok()
}

/// The largest `index.wtml` of one image that goes into the index, which has to stay readable: far more than `tile` writes.
const LARGEST_BYTES: usize = 1 << 20;

/// An image that could not be looked at or listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The image, or the folder's name if that is no image id.
    pub id: String,
    /// Why.
    pub reason: String,
}

impl Skipped {
    /// An image that failed; what may pass is an error of the whole, to be tried again.
    pub(super) fn after(id: &ImageId, error: StepError) -> Result<Self, StepError> {
        if error.is_transient() {
            Err(error)
        } else {
            Ok(Self { id: id.to_string(), reason: error.chain().join(": ") })
        }
    }
}

/// What the site has of an image.
pub(super) enum OnSite {
    Listed(Box<Entry>),
    /// Nothing that belongs into the index: not published, or taken down.
    Absent,
    /// Somebody is publishing it: it stays as the index has it until that is done.
    Unfinished,
    Bad(Skipped),
}

/// Reads an image's own `index.wtml`.
pub(super) async fn read(env: &Environment, id: ImageId) -> Result<OnSite, StepError> {
    if env.site.head(&site::skip_flag(&id)).await?.is_some() {
        return Ok(OnSite::Absent);
    }
    let record = record(env, &id).await?;
    match record.as_ref().map(|record| &record.state) {
        // What was taken down and is on its way again is not there yet, whatever the index says of it.
        Some(PublishedState::Publishing { before: None, .. }) if env.site.head(&site::index(&id)).await?.is_none() => {
            return Ok(OnSite::Absent);
        }
        Some(PublishedState::Publishing { .. }) => return Ok(OnSite::Unfinished),
        Some(PublishedState::Retracting(_)) => return Ok(OnSite::Absent),
        _ => {}
    }
    read_document(env, id, record).await
}

/// Reads the `index.wtml` of an image that was live before somebody began to publish something newer of it, for an index that has no entry of it to keep.
pub(super) async fn read_before(env: &Environment, id: ImageId) -> Result<OnSite, StepError> {
    match record(env, &id).await? {
        Some(record) if record.live().is_some() => read_document(env, id, Some(record)).await,
        _ => Ok(OnSite::Unfinished),
    }
}

async fn read_document(env: &Environment, id: ImageId, record: Option<Published>) -> Result<OnSite, StepError> {
    let Some(object) = env.site.get(&site::index(&id)).await? else { return Ok(OnSite::Absent) };
    let bad = |reason: String| Ok(OnSite::Bad(Skipped { id: id.to_string(), reason }));
    if object.bytes.is_empty() {
        return bad("its index.wtml is empty".to_owned());
    }
    if object.bytes.len() > LARGEST_BYTES {
        return bad(format!("its index.wtml has {} bytes, more than {LARGEST_BYTES}", object.bytes.len()));
    }
    let mut folder = match Folder::parse(&object.bytes) {
        Ok(folder) => folder,
        Err(error) => return bad(format!("its index.wtml cannot be read: {error}")),
    };
    // Another program may have written relative ones; those that are absolute stay as they are.
    folder.absolutize(&format!("{}{id}/", env.config.publish_url_prefix));
    let Some(Item::Place(place)) = folder.children.into_iter().next() else {
        return bad("its index.wtml does not begin with a place".to_owned());
    };
    let date = place_date(&place).or_else(|| Some(record?.live()?.sort_date)).unwrap_or(object.meta.modified);
    Ok(OnSite::Listed(Box::new(Entry { id, date, place })))
}

/// The published record; one that cannot be read does not hide the image.
async fn record(env: &Environment, id: &ImageId) -> Result<Option<Published>, StepError> {
    match read_json(&*env.work, &layout::published(id)).await {
        Err(StepError::Json { .. }) => Ok(None),
        read => read,
    }
}

/// The entry of a place that stands in the index already; `None` if its URLs do not tell whose it is.
pub(super) async fn of_indexed(env: &Environment, mut place: Place) -> Result<Option<Entry>, StepError> {
    let Some(id) = id_of(&place, &env.config.publish_url_prefix) else { return Ok(None) };
    let noted = take_sort_date(&mut place);
    let date = match place_date(&place).or(noted) {
        Some(date) => date,
        None => match record(env, &id).await?.as_ref().and_then(Published::live) {
            Some(live) => live.sort_date,
            None => match env.site.head(&site::index(&id)).await? {
                Some(meta) => meta.modified,
                None => return Ok(None),
            },
        },
    };
    Ok(Some(Entry { id, date, place }))
}

/// Whose place it is, as its URLs tell.
pub(super) fn id_of(place: &Place, prefix: &str) -> Option<ImageId> {
    let sets = [&place.foreground, &place.image_set, &place.background];
    let urls = sets.into_iter().flatten().map(|set: &ImageSet| set.url.as_str());
    urls.chain([place.thumbnail.as_str()]).find_map(|url| {
        let (id, _) = url.strip_prefix(prefix)?.split_once('/')?;
        ImageId::new(id).ok()
    })
}

/// The digest of the `index.wtml` that an image with this place has, as `publish` writes it.
pub(super) fn digest(place: &Place) -> String {
    let folder = Folder { name: place.name.clone(), children: vec![Item::Place(place.clone())], ..Folder::default() };
    sha256_hex(folder.to_xml().as_bytes())
}
