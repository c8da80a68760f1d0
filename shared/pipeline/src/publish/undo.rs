//! What to do with a publication that nobody wants any more, or that its worker did not finish.

use super::{
    documents::{Documents, mend_relative},
    live_record, tiles,
};
use crate::{
    claim::{Settled, in_turn},
    config::SiteLayout,
    environment::Environment,
    error::StepError,
    id::ImageId,
    kept,
    layout::site,
    names::Pixels,
    outcome::Outcome,
    record::{Live, PublishedState, Takedown},
    site_folder,
    stage::Stage,
    staged::Study,
    turn::RecordInTurn,
};

/// Clears away what an attempt to publish left that is not approved any more: finished if its document is on the site, for then it was published and only the record lacks; else
/// undone to the last tile.
///
/// # Errors
/// A store failed.
pub async fn settle_unfinished(env: &Environment, id: &ImageId) -> Result<Outcome<()>, StepError> {
    in_turn(env, Stage::Publish.turn(id), |env, _| async move {
        let mut record = RecordInTurn::read(&env, id).await?;
        let done = |receipt: &str| Ok(Settled::Done { receipt: receipt.to_owned(), value: () });
        let Some(PublishedState::Publishing { revision, .. }) = record.state() else {
            return done("nothing was left");
        };
        if let Some(study) = Study::find(&env, id, &revision.clone()).await? {
            let documents = Documents::of(&env, &study).await?;
            if !is_as_before(&record, &documents) && documents.is_on_site(&env, id).await? {
                let objects =
                    site_folder::list_pixels(&env, id, &tiles::folder(env.config.site_layout, &study)).await?;
                let date = record.sort_date();
                let live = live_record(&env, &study, &documents, &objects, date, Vec::new()).await?;
                record.write(&env, PublishedState::Live(live)).await?;
                return done("finished");
            }
        }
        mend_relative(&env, id).await?;
        undo(&env, &mut record).await?;
        done("undone")
    })
    .await
}

/// Whether its document is that of what was live before, so that it does not tell how far the publication came.
fn is_as_before(record: &RecordInTurn, documents: &Documents) -> bool {
    record.live().is_some_and(|live| live.index_sha256 == documents.sha256)
}

/// Takes everything of an unfinished publication off the site. Its `index.wtml` is not there yet, so what was live before still is.
///
/// # Errors
/// A store failed, or somebody wrote the record meanwhile.
pub(crate) async fn undo(env: &Environment, record: &mut RecordInTurn) -> Result<(), StepError> {
    let Some(PublishedState::Publishing { before, layout, .. }) = record.state().cloned() else { return Ok(()) };
    clear_pixels(env, record, None).await?;
    let Some(live) = before else { return record.forget(env).await };
    let began = layout.unwrap_or(env.config.site_layout);
    if began == SiteLayout::Toasty && is_in_toastys_layout(&live) {
        return put_back(env, record, live).await;
    }
    record.write(env, PublishedState::Live(live)).await
}

/// In toasty's layout the revisions share a folder, so tiles of what was live were overwritten: they are copied again, from what is staged or was kept.
async fn put_back(env: &Environment, record: &mut RecordInTurn, live: Live) -> Result<(), StepError> {
    let id = record.id().clone();
    if let Some(study) = Study::find(env, &id, &live.revision).await? {
        let objects = tiles::copy_tiles(env, SiteLayout::Toasty, &study, site_folder::Objects::new()).await?;
        tiles::delete_stale(env, SiteLayout::Toasty, &id, &objects).await?;
        let listing_sha256 = Some(site_folder::digest(&objects));
        return record.write(env, PublishedState::Live(Live { listing_sha256, ..live })).await;
    }
    let kept = kept::list(env, &id, Some(&live.revision)).await?;
    if kept.is_empty() {
        // Nobody can tell whose tiles these are by now.
        let takedown =
            Takedown { revision: Some(live.revision), sort_date: Some(live.sort_date), ..Takedown::default() };
        return record.write(env, PublishedState::Retracting(takedown)).await;
    }
    let objects = kept::bring_back(env, &id, Some(&live.revision), &kept).await?;
    tiles::delete_stale(env, SiteLayout::Toasty, &id, &objects).await?;
    record.write(env, PublishedState::Live(Live { listing_sha256: None, ..live })).await?;
    Ok(kept::forget(env, &kept).await?)
}

/// Whether its tiles lie directly in the image's folder, as far as anybody noted it.
pub(super) fn is_in_toastys_layout(live: &Live) -> bool {
    live.to.as_ref().is_none_or(|to| to.layout == SiteLayout::Toasty)
}

/// Deletes the tiles that an unfinished publication left, unless they are those of what is live, or `keep`: pixels in a layout.
pub(super) async fn clear_pixels(
    env: &Environment,
    record: &RecordInTurn,
    keep: Option<(&Pixels, SiteLayout)>,
) -> Result<(), StepError> {
    let Some(PublishedState::Publishing { pixels: Some(pixels), before, layout, .. }) = record.state() else {
        return Ok(());
    };
    let began = layout.unwrap_or(env.config.site_layout);
    if keep == Some((pixels, began)) {
        return Ok(());
    }
    let folder = site::folder(record.id());
    let mut prefixes = Vec::new();
    let is_kept = keep.is_some_and(|(kept, layout)| kept == pixels && layout == SiteLayout::Skyfeed);
    if !is_kept && before.as_ref().and_then(|live| live.pixels.as_ref()) != Some(pixels) {
        prefixes.push(format!("{folder}{}", site::tile_prefix(SiteLayout::Skyfeed, pixels)));
    }
    let shares_folder = match before {
        Some(live) => is_in_toastys_layout(live),
        // Of another program, perhaps.
        None => env.site.head(&site::index(record.id())).await?.is_some(),
    };
    if began == SiteLayout::Toasty && !shares_folder {
        prefixes.push(folder);
    }
    for prefix in prefixes {
        let keys: Vec<String> = site_folder::list_pixels(env, record.id(), &prefix).await?.into_keys().collect();
        env.site.delete(&keys).await?;
    }
    Ok(())
}
