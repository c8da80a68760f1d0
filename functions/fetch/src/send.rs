//! Messages for images that are found one after the other.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use skyfeed_aws::{
    function::InvocationError,
    sqs::{BATCH, Queue},
};
use skyfeed_pipeline::id::ImageId;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, timeout_at},
};

/// Requests to the queue under way at a time.
const SENDS: usize = 8;
/// How long an id waits for others that come slowly.
const PATIENCE: Duration = Duration::from_secs(1);

/// Sends a message for each id that comes, several at a time, and answers how many.
pub(crate) async fn send_each(
    queue: Option<&Queue>,
    ids: UnboundedReceiver<ImageId>,
) -> Result<usize, InvocationError> {
    let Some(queue) = queue else { return Ok(0) };
    let batches = stream::unfold(ids, async |mut ids| Some((next_batch(&mut ids).await?, ids)));
    let sent = batches.map(|batch| async move { queue.send_images(&batch).await.map(|()| batch.len()) });
    let sent: Vec<usize> = sent.buffer_unordered(SENDS).try_collect().await?;
    Ok(sent.iter().sum())
}

/// As many ids as a request takes, or those that came within a second; `None` when no more come.
async fn next_batch(ids: &mut UnboundedReceiver<ImageId>) -> Option<Vec<ImageId>> {
    let mut batch = vec![ids.recv().await?];
    let end = Instant::now() + PATIENCE;
    while batch.len() < BATCH
        && let Ok(Some(id)) = timeout_at(end, ids.recv()).await
    {
        batch.push(id);
    }
    Some(batch)
}
