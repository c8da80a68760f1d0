//! Which images stand in the index.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::{StreamExt, future::try_join};
use skyfeed_ports::store::ObjectMeta;
use skyfeed_wtml::{Folder, Item};

use super::{
    Reindex,
    entry::{self, Entry, OnSite, Skipped},
};
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::parse_json,
    record::{Published, PublishedState},
};

/// Reads under way at a time.
const IN_FLIGHT: usize = 64;

/// What the index should have.
pub(super) struct Collected {
    /// In no particular order.
    pub(super) entries: Vec<Entry>,
    /// The images that could not be read.
    pub(super) skipped: Vec<Skipped>,
    /// The images that were looked at.
    pub(super) looked_at: Vec<ImageId>,
}

/// The entries that the index should have.
pub(super) async fn collect(
    env: &Environment,
    command: &Reindex,
    index: Option<&Bytes>,
) -> Result<Collected, StepError> {
    let present = indexed(env, command, index).await?;
    let rebuilt = present.is_none();
    let mut entries = present.unwrap_or_default();
    let Changed { ids, of_others, mut skipped } = match command {
        Reindex::Changed(ids) => Changed { ids: ids.clone(), of_others: Vec::new(), skipped: Vec::new() },
        Reindex::CatchUp | Reindex::Rebuild => unlike_their_record(env, &entries).await?,
    };
    let mut ids = if rebuilt { images_on_site(env).await? } else { ids };
    read_all(env, ids.clone(), rebuilt, &mut entries, &mut skipped).await?;
    if !rebuilt {
        // A folder that is nobody's and holds no image may lie there for whatever reason.
        read_all(env, of_others.clone(), rebuilt, &mut entries, &mut Vec::new()).await?;
        ids.extend(of_others);
    }
    Ok(Collected { entries: entries.into_values().collect(), skipped, looked_at: ids })
}

/// The entries of the present index, to fold changes into; `None` if everything has to be read: when asked so, when there is no index, or when it is not of this feed.
async fn indexed(
    env: &Environment,
    command: &Reindex,
    index: Option<&Bytes>,
) -> Result<Option<BTreeMap<ImageId, Entry>>, StepError> {
    let (Some(index), false) = (index, *command == Reindex::Rebuild) else { return Ok(None) };
    let Ok(folder) = Folder::parse(index) else { return Ok(None) };
    let mut entries = BTreeMap::new();
    // Many at a time: an index that does not know the dates of undated images yet asks for each.
    let items = futures::stream::iter(folder.children).map(|item| async {
        match item {
            Item::Place(place) => entry::of_indexed(env, place).await,
            _ => Ok(None),
        }
    });
    let mut items = std::pin::pin!(items.buffered(IN_FLIGHT));
    while let Some(entry) = items.next().await {
        let Some(entry) = entry? else { return Ok(None) };
        if entries.insert(entry.id.clone(), entry).is_some() {
            return Ok(None);
        }
    }
    Ok(Some(entries))
}

/// Every folder of the site; listed by delimiter, never tile by tile.
async fn images_on_site(env: &Environment) -> Result<Vec<ImageId>, StepError> {
    let listing = env.site.list("", true).await?;
    Ok(listing.prefixes.iter().filter_map(|prefix| layout::id_of_folder("", prefix)).collect())
}

/// What a look at all records finds.
struct Changed {
    /// The images whose published record says something else than the index.
    ids: Vec<ImageId>,
    /// The folders without a record or an entry: images that another program published, perhaps.
    of_others: Vec<ImageId>,
    /// Those whose record cannot be read: their entries stay as they are.
    skipped: Vec<Skipped>,
}

async fn unlike_their_record(env: &Environment, entries: &BTreeMap<ImageId, Entry>) -> Result<Changed, StepError> {
    let (listing, on_site) = try_join(env.work.list(layout::PUBLISHED, true), env.site.list("", true)).await?;
    let of_images = |meta: ObjectMeta| Some((layout::id_of_json(layout::PUBLISHED, &meta.key)?, meta));
    let records: Vec<(ImageId, ObjectMeta)> = listing.objects.into_iter().filter_map(of_images).collect();
    let recorded: BTreeSet<ImageId> = records.iter().map(|(id, _)| id.clone()).collect();
    let mut reads = futures::stream::iter(records)
        .map(|(id, meta)| async move { (record(env, &meta).await, id) })
        .buffered(IN_FLIGHT);
    // An image that another program published has no record. Of one that has no folder either nothing is left.
    let folders: BTreeSet<ImageId> =
        on_site.prefixes.iter().filter_map(|prefix| layout::id_of_folder("", prefix)).collect();
    let is_gone = |id: &&ImageId| !recorded.contains(*id) && !folders.contains(*id);
    let (mut ids, mut skipped) = (entries.keys().filter(is_gone).cloned().collect::<Vec<_>>(), Vec::new());
    let is_of_others = |id: &&ImageId| !recorded.contains(*id) && !entries.contains_key(*id);
    let of_others = folders.iter().filter(is_of_others).cloned().collect();
    while let Some((record, id)) = reads.next().await {
        match record {
            Ok(record) if agree(record.as_ref(), entries.get(&id)) => {}
            Ok(_) => ids.push(id),
            Err(error) => skipped.push(Skipped::after(&id, error)?),
        }
    }
    Ok(Changed { ids, of_others, skipped })
}

async fn record(env: &Environment, meta: &ObjectMeta) -> Result<Option<Published>, StepError> {
    let bytes = env.records.get(&*env.work, meta).await?;
    bytes.map(|bytes| parse_json(&meta.key, &bytes)).transpose()
}

fn agree(record: Option<&Published>, entry: Option<&Entry>) -> bool {
    match (record.map(|record| &record.state), entry) {
        (Some(PublishedState::Live(live)), Some(entry)) => entry::digest(&entry.place) == live.index_sha256,
        (Some(PublishedState::Retracting(_) | PublishedState::Retracted(_)) | None, None) => true,
        // What is on its way changes nothing yet.
        (Some(PublishedState::Publishing { .. }), _) => true,
        _ => false,
    }
}

/// Brings `entries` to what the site has of `ids`. An image that cannot be looked at keeps the entry that it has.
async fn read_all(
    env: &Environment,
    ids: Vec<ImageId>,
    rebuilt: bool,
    entries: &mut BTreeMap<ImageId, Entry>,
    skipped: &mut Vec<Skipped>,
) -> Result<(), StepError> {
    let read = |id: ImageId| async move {
        match entry::read(env, id.clone()).await {
            Ok(OnSite::Unfinished) if rebuilt => (entry::read_before(env, id.clone()).await, id),
            found => (found, id),
        }
    };
    let mut reads = futures::stream::iter(ids).map(read).buffered(IN_FLIGHT);
    while let Some((found, id)) = reads.next().await {
        match found {
            Ok(OnSite::Listed(entry)) => {
                entries.insert(id, *entry);
            }
            Ok(OnSite::Unfinished) => {}
            Ok(OnSite::Absent) => {
                entries.remove(&id);
            }
            Ok(OnSite::Bad(bad)) => {
                entries.remove(&id);
                skipped.push(bad);
            }
            Err(error) => skipped.push(Skipped::after(&id, error)?),
        }
    }
    Ok(())
}
