//! Which images stand in the index.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
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
    objects::read_json,
    record::{Published, PublishedState},
};

/// Reads under way at a time.
const IN_FLIGHT: usize = 32;

/// The entries that the index should have, in no particular order, and the images that could not be read.
pub(super) async fn collect(
    env: &Environment,
    command: &Reindex,
    index: Option<&Bytes>,
) -> Result<(Vec<Entry>, Vec<Skipped>), StepError> {
    let Some(mut entries) = indexed(env, command, index).await? else {
        let ids = images_on_site(env).await?;
        return read_all(env, ids, BTreeMap::new()).await;
    };
    let changed = match command {
        Reindex::Changed(ids) => ids.clone(),
        Reindex::CatchUp | Reindex::Rebuild => unlike_their_record(env, &entries).await?,
    };
    for id in &changed {
        entries.remove(id);
    }
    read_all(env, changed, entries).await
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
    for item in folder.children {
        let Item::Place(place) = item else { return Ok(None) };
        let Some(entry) = entry::of_indexed(env, place).await? else { return Ok(None) };
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

/// The images whose published record says something else than the index.
async fn unlike_their_record(env: &Environment, entries: &BTreeMap<ImageId, Entry>) -> Result<Vec<ImageId>, StepError> {
    let listing = env.work.list(layout::PUBLISHED, true).await?;
    let ids = listing.objects.iter().filter_map(|object| layout::id_of_json(layout::PUBLISHED, &object.key));
    futures::stream::iter(ids.collect::<Vec<_>>())
        .map(|id| async move {
            let record: Option<Published> = read_json(&*env.work, &layout::published(&id)).await?;
            let agrees = match (record.map(|record| record.state), entries.get(&id)) {
                (Some(PublishedState::Live { index_sha256, .. }), Some(entry)) => {
                    entry::digest(&entry.place) == index_sha256
                }
                (Some(PublishedState::Retracted { .. }) | None, None) => true,
                _ => false,
            };
            Ok::<_, StepError>((!agrees).then_some(id))
        })
        .buffered(IN_FLIGHT)
        .try_filter_map(|changed| async { Ok(changed) })
        .try_collect()
        .await
}

/// Adds what the site has of `ids` to `entries`.
async fn read_all(
    env: &Environment,
    ids: Vec<ImageId>,
    mut entries: BTreeMap<ImageId, Entry>,
) -> Result<(Vec<Entry>, Vec<Skipped>), StepError> {
    let mut skipped = Vec::new();
    let mut reads = futures::stream::iter(ids).map(|id| entry::read(env, id)).buffered(IN_FLIGHT);
    while let Some(found) = reads.try_next().await? {
        match found {
            OnSite::Listed(entry) => {
                entries.insert(entry.id.clone(), *entry);
            }
            OnSite::Absent => {}
            OnSite::Bad(bad) => skipped.push(bad),
        }
    }
    Ok((entries.into_values().collect(), skipped))
}
