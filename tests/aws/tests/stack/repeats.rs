//! Events that come more than once, and functions that do not get to the end.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use bytes::Bytes;
use futures::future::join_all;
use serde_json::Value;
use skyfeed_pipeline::{layout, record::Manifest, stage::Stage};
use skyfeed_ports::{
    ledger::AttemptOutcome,
    store::{Body, Condition, Headers, Store},
};
use skyfeed_tests_aws::{pictures::draw, poll};

use crate::feed::{Feed, STACK};

pub(crate) async fn the_same_event_five_times_at_once_makes_one_pyramid(feed: &Feed) -> Result<()> {
    let id = "five-times";
    let key = put(feed, id, 2000, 1500).await?;
    let event = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/tile/object-created.json"));
    let event = event.replace("skyfeed-work", feed.work.bucket()).replace("inbox/eso1907a/image.tif", &key);
    let event: Value = serde_json::from_str(&event)?;
    // Five and that of the bucket itself.
    let answers = join_all((0..5).map(|_| feed.invoke("tile", &event))).await;
    let manifest = feed.staged(id).await?;
    feed.drained("tile").await?;

    let mut done = 0;
    for answer in answers {
        match answer?["events"][0]["outcome"].as_str() {
            Some("done") => done += 1,
            Some("already-done") => {}
            other => anyhow::bail!("a function answered {other:?}"),
        }
    }
    ensure!(done <= 1, "{done} functions say that they did it");
    let attempts = feed.attempts(Stage::Tile, id).await?;
    let [attempt] = &attempts[..] else { anyhow::bail!("more than one did it: {attempts:?}") };
    ensure!(matches!(attempt.outcome, Some(AttemptOutcome::Done { .. })), "{attempt:?}");

    complete(feed, id, &manifest).await
}

pub(crate) async fn what_a_killed_function_left_is_finished_soon(feed: &Feed) -> Result<()> {
    let id = "killed";
    put(feed, id, 6000, 5000).await?;
    poll("an attempt", async || Ok((!feed.attempts(Stage::Tile, id).await?.is_empty()).then_some(()))).await?;
    ensure!(feed.aws.kill(&format!("{STACK}-tile"))? > 0, "no process was there to kill");
    let killed = Instant::now();
    ensure!(objects(feed, layout::STAGED, id).await?.is_empty(), "the function was too fast to be killed");

    let manifest = feed.staged(id).await?;
    let took = killed.elapsed();
    // The visibility timeout of the queue is an hour and a half.
    ensure!(took < Duration::from_secs(100), "it took {took:?}");
    println!("{:6.1} s  from the end of the function to that of its work", took.as_secs_f64());
    complete(feed, id, &manifest).await?;
    // The ledger hears of it last.
    feed.drained("tile").await?;
    let attempts = feed.attempts(Stage::Tile, id).await?;
    let outcomes: Vec<_> = attempts.into_iter().map(|attempt| attempt.outcome).collect();
    ensure!(matches!(&outcomes[..], [None, Some(AttemptOutcome::Done { .. })]), "{outcomes:?}");
    Ok(())
}

/// That there is one pyramid with one revision, and nothing beside.
async fn complete(feed: &Feed, id: &str, manifest: &Manifest) -> Result<()> {
    let pixels = [layout::PREVIEW, layout::THUMBNAIL, layout::DIGESTS, layout::ARCHIVE];
    let pixels = pixels.map(|name| format!("{}{id}/{}/{name}", layout::PIXELS, manifest.pixels));
    let staged = [layout::INDEX_REL, layout::MANIFEST];
    let staged = staged.map(|name| format!("{}{id}/{}/{name}", layout::STAGED, manifest.revision));
    ensure!(objects(feed, layout::PIXELS, id).await? == pixels, "not one pyramid");
    ensure!(objects(feed, layout::STAGED, id).await? == staged, "not one revision");
    Ok(())
}

/// Puts a picture into the inbox and answers its key.
pub(crate) async fn put(feed: &Feed, id: &str, width: u32, height: u32) -> Result<String> {
    let bytes = Bytes::from(fs::read(draw(&feed.folder("pictures"), id, width, height)?)?);
    let key = format!("{}{id}/image.png", layout::INBOX);
    let headers = Headers { content_type: "image/png", cache_control: "no-store" };
    feed.work.put(&key, Body::Bytes(&bytes), headers, Condition::Always).await?;
    Ok(key)
}

/// The keys of an image in a folder of the work store.
pub(crate) async fn objects(feed: &Feed, folder: &str, id: &str) -> Result<Vec<String>> {
    let objects = feed.work.list(&format!("{folder}{id}/"), false).await?.objects;
    Ok(objects.into_iter().map(|object| object.key).collect())
}
