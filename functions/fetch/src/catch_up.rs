//! Messages for what events should have moved on and did not.

use serde::Serialize;
use skyfeed_aws::{
    function::{InvocationError, Queues},
    sqs::Queue,
};
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    standing::Standings,
    walk::{Overdue, Slice},
};

/// For what messages were sent.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CaughtUp {
    tile: Vec<ImageId>,
    publish: Vec<ImageId>,
    look: Vec<ImageId>,
}

/// Sends messages to `tile` and `publish` for the images that wait for them longer than any message takes, and one to `reindex`, which sees for itself. `publish` is also sent the next
/// slice of what is on the site: it looks whether that is whole, and makes again what lacks.
pub(crate) async fn catch_up(
    env: &Environment,
    standings: &Standings,
    queues: &Queues,
) -> Result<CaughtUp, InvocationError> {
    let stages = &queues.stages;
    let overdue = Overdue::of(env, standings, queues.catch_up_after).await?;
    let tile = send("tile", stages.tile.as_ref(), overdue.tile).await?;
    let publish = send("publish", stages.publish.as_ref(), overdue.publish).await?;
    let look = look(env, standings, stages.publish.as_ref()).await?;
    if let Some(reindex) = &stages.reindex {
        reindex.send_catch_up().await?;
    }
    Ok(CaughtUp { tile, publish, look })
}

/// While messages still wait there, those of these images may be among them.
async fn send(stage: &str, queue: Option<&Queue>, ids: Vec<ImageId>) -> Result<Vec<ImageId>, InvocationError> {
    let Some(queue) = free(stage, queue, &ids).await? else { return Ok(Vec::new()) };
    queue.send_images(&ids).await?;
    tracing::warn!(stage, images = ids.len(), first = ids[0].as_str(), "their events were lost: sent again");
    Ok(ids)
}

async fn look(
    env: &Environment,
    standings: &Standings,
    queue: Option<&Queue>,
) -> Result<Vec<ImageId>, InvocationError> {
    let slice = Slice::next(env, standings).await?;
    let Some(queue) = free("look", queue, &slice.ids).await? else { return Ok(Vec::new()) };
    queue.send_images(&slice.ids).await?;
    slice.note(env, "sent to `publish`").await;
    Ok(slice.ids)
}

/// The queue, if there is something to send and nothing waits there.
async fn free<'a>(what: &str, queue: Option<&'a Queue>, ids: &[ImageId]) -> Result<Option<&'a Queue>, InvocationError> {
    let Some(queue) = queue.filter(|_| !ids.is_empty()) else { return Ok(None) };
    if queue.has_waiting().await? {
        tracing::info!(what, images = ids.len(), "they wait, and so do messages");
        return Ok(None);
    }
    Ok(Some(queue))
}
