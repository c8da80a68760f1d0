//! Images and sources that are broken.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use skyfeed_pipeline::stage::Stage;
use skyfeed_pipeline::{id::ImageId, layout, record::Unusable};
use skyfeed_ports::{ledger::AttemptOutcome, store::Store};
use skyfeed_tests_aws::poll;

use crate::feed::Feed;

pub(crate) async fn of_ten_messages_the_two_bad_ones_harm_no_other(feed: &Feed) -> Result<()> {
    let good: Vec<String> = (1..=8).map(|number| format!("good{number}")).collect();
    offer(feed, &good)?;
    feed.source.fail("/flaky.png");
    let schedule = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/fetch/schedule.json"));
    let answer = feed.invoke("fetch", &serde_json::from_str(schedule)?).await?;
    ensure!(answer["due"].as_array().is_some_and(|due| due.len() == 10), "{answer}");

    for name in good {
        feed.staged(&format!("synth_{name}")).await?;
    }

    // A broken file may be a broken download: it is downloaded once more, later or when somebody says so. If it comes the same again, nothing cures it, and it is never tried again.
    let id = ImageId::new("synth_corrupt")?;
    poll("the record of a broken download", async || Ok(feed.work.get(&layout::put_off(&id)).await?)).await?;
    feed.drained("tile").await?;
    // It is newer by the store's clock, which tells whole seconds.
    tokio::time::sleep(Duration::from_secs(2)).await;
    feed.invoke("fetch", &json!({"image": id})).await?;
    let unusable =
        poll("the record of a broken file", async || Ok(feed.work.get(&layout::unusable(&id)).await?)).await?;
    let unusable: Unusable = serde_json::from_slice(&unusable.bytes)?;
    feed.drained("tile").await?;
    ensure!(feed.messages("tile-dead").await? == (0, 0), "a broken file is among the dead letters");
    let attempts = feed.attempts(Stage::Tile, id.as_str()).await?;
    let [first, last] = &attempts[..] else { anyhow::bail!("it was not tried twice: {attempts:?}") };
    ensure!(matches!(&first.outcome, Some(AttemptOutcome::Failed { class, .. }) if class == "transient"), "{first:?}");
    let reason = unusable.reason;
    ensure!(last.outcome == Some(AttemptOutcome::Unusable { reason: reason.clone() }), "{last:?}, not {reason}");

    // A source that does not answer may come back: it is put off, and keeps nobody waiting.
    let id = ImageId::new("synth_flaky")?;
    poll("the record of what is put off", async || Ok(feed.work.get(&layout::put_off(&id)).await?)).await?;
    feed.drained("fetch").await?;
    ensure!(feed.messages("fetch-dead").await? == (0, 0), "what is put off is among the dead letters");
    let attempts = feed.attempts(Stage::Fetch, id.as_str()).await?;
    let [attempt] = &attempts[..] else { anyhow::bail!("it was tried more than once: {attempts:?}") };
    let Some(AttemptOutcome::Failed { class, chain }) = &attempt.outcome else { anyhow::bail!("{attempt:?}") };
    ensure!(class == "transient" && chain.join(": ").contains("503"), "{class}: {chain:?}");

    feed.source.mend();
    let told = feed.invoke("fetch", &json!({"image": id})).await?;
    feed.staged(id.as_str()).await.context(told)?;
    Ok(())
}

/// Lets the source offer sound images and two others.
fn offer(feed: &Feed, good: &[String]) -> Result<()> {
    let archive = feed.archive();
    let feed_json = archive.join("feed.json");
    let known: Vec<Value> = serde_json::from_slice(&fs::read(&feed_json)?)?;
    let record = |name: &str, file: &str| {
        let mut record = known[0].clone();
        record["image_id"] = json!(name);
        record["resource_url"] = json!(format!("http://SITE/{file}"));
        record
    };
    let mut records = known.clone();
    records.extend(good.iter().map(|name| record(name, "img0.png")));
    records.extend([record("corrupt", "corrupt.png"), record("flaky", "flaky.png")]);
    fs::write(feed_json, serde_json::to_vec(&records)?)?;
    let image = fs::read(archive.join("img0.png"))?;
    fs::write(archive.join("flaky.png"), &image)?;
    fs::write(archive.join("corrupt.png"), &image[..image.len() / 2])?;
    Ok(())
}
