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
    layout::site,
    names::Pixels,
    outcome::Outcome,
    record::PublishedState,
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
            if documents.is_on_site(&env, id).await? {
                let objects = site_folder::list_pixels(&env, id, &tiles::folder(&env, &study)).await?;
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

/// Takes everything of an unfinished publication off the site. Its `index.wtml` is not there yet, so what was live before still is.
///
/// # Errors
/// A store failed, or somebody wrote the record meanwhile.
pub(crate) async fn undo(env: &Environment, record: &mut RecordInTurn) -> Result<(), StepError> {
    let Some(PublishedState::Publishing { before, .. }) = record.state().cloned() else { return Ok(()) };
    let id = record.id().clone();
    clear_pixels(env, &id, record, None).await?;
    let Some(mut live) = before else { return record.forget(env).await };
    if env.config.site_layout == SiteLayout::Toasty
        && let Some(study) = Study::find(env, &id, &live.revision).await?
    {
        // The revisions share a folder, so tiles of what was live were overwritten.
        let objects = tiles::copy_tiles(env, &study, site_folder::Objects::new()).await?;
        tiles::delete_stale(env, &id, &objects).await?;
        live.listing_sha256 = Some(site_folder::digest(&objects));
    }
    record.write(env, PublishedState::Live(live)).await
}

/// Deletes the tiles that an unfinished publication left, unless they are those of `keep` or of what is live.
pub(super) async fn clear_pixels(
    env: &Environment,
    id: &ImageId,
    record: &RecordInTurn,
    keep: Option<&Pixels>,
) -> Result<(), StepError> {
    let Some(PublishedState::Publishing { pixels: Some(pixels), before, .. }) = record.state() else { return Ok(()) };
    let live = before.as_ref().and_then(|live| live.pixels.as_ref());
    if Some(pixels) == keep || Some(pixels) == live {
        return Ok(());
    }
    let folder = site::folder(id);
    let mut prefixes = vec![format!("{folder}{}", site::tile_prefix(SiteLayout::Skyfeed, pixels))];
    if env.config.site_layout == SiteLayout::Toasty && env.site.head(&site::index(id)).await?.is_none() {
        prefixes.push(folder);
    }
    for prefix in prefixes {
        let keys: Vec<String> = site_folder::list_pixels(env, id, &prefix).await?.into_keys().collect();
        env.site.delete(&keys).await?;
    }
    Ok(())
}
