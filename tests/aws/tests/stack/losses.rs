//! Events that get lost, messages that nobody can read, and a source that goes wrong.

use std::{cell::RefCell, collections::BTreeSet, fs, time::Duration};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use serde_json::{Value, json};
use skyfeed_pipeline::{
    id::ImageId,
    layout::{self, site},
    stage::Stage,
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};
use skyfeed_tests_aws::{Emulator, poll};

use crate::{
    feed::{Feed, STACK},
    repeats::put,
};

const FILE: Headers = Headers { content_type: "application/octet-stream", cache_control: "no-store" };

pub(crate) async fn what_was_lost_while_notifications_were_off_is_found_by_the_schedule(feed: &Feed) -> Result<()> {
    let bucket = ["--bucket", feed.work.bucket()];
    let notifications = feed.aws.aws(&[&["s3api", "get-bucket-notification-configuration"], &bucket[..]].concat())?;
    let set = |configuration: &str| {
        let command = ["s3api", "put-bucket-notification-configuration", "--notification-configuration", configuration];
        feed.aws.aws_quiet(&[&command[..], &bucket[..]].concat())
    };
    set("{}")?;
    // An upload, an approval, and a takedown that broke off.
    put(feed, "unheard", 600, 400).await?;
    feed.skyfeed(&["approve", "my picture+1"])?;
    let down = ImageId::new("half-down")?;
    for name in ["0/0/0_0.png", "thumb.jpg", "index.wtml"] {
        let key = format!("{}{name}", site::folder(&down));
        feed.site.put(&key, Body::Bytes(&Bytes::from_static(b"left")), FILE, Condition::Always).await?;
    }
    let record = Bytes::from(json!({"format": 2, "id": down, "state": "retracting"}).to_string());
    feed.work.put(&layout::published(&down), Body::Bytes(&record), FILE, Condition::Always).await?;
    // Notifications are told a moment after the write.
    tokio::time::sleep(Duration::from_secs(2)).await;
    set(&notifications.to_string())?;
    // S3 tries each notification that is set.
    feed.drained("tile").await?;
    ensure!(feed.attempts(Stage::Tile, "unheard").await?.is_empty(), "it was told after all");

    let picture = ImageId::new("my picture+1")?;
    // Each rests for its minute.
    let (caught_up, wanted) = (RefCell::new(BTreeSet::new()), ["half-down", "my picture+1", "unheard"]);
    poll("the catch-up", async || {
        let answer = feed.invoke("fetch", &json!({"catch-up": true})).await?;
        let sent = [("tile", &answer["tile"]), ("publish", &answer["publish"])];
        for (stage, ids) in sent {
            for id in ids.as_array().context("no list")? {
                let id = id.as_str().context("no id")?.to_owned();
                ensure!((id == "unheard") == (stage == "tile"), "{id} was sent to {stage}");
                caught_up.borrow_mut().insert(id);
            }
        }
        let all = caught_up.borrow().iter().map(String::as_str).eq(wanted);
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(all.then_some(()))
    })
    .await
    .with_context(|| format!("{caught_up:?}"))?;
    feed.staged("unheard").await?;
    poll("the approved picture in the index", async || {
        let index = feed.site.get(layout::INDEX).await?.context("there is no index")?.bytes;
        Ok(String::from_utf8(index.to_vec())?.contains(picture.as_str()).then_some(()))
    })
    .await?;
    poll("the end of the takedown", async || {
        let left = feed.site.list(&site::folder(&down), false).await?.objects;
        Ok((left.len() == 1 && left[0].key == site::skip_flag(&down)).then_some(()))
    })
    .await?;
    feed.drained("reindex").await
}

pub(crate) async fn a_tile_that_got_lost_on_the_site_is_made_again(feed: &Feed) -> Result<()> {
    let index = feed.site.get(layout::INDEX).await?.context("there is no index")?.bytes;
    let index = String::from_utf8(index.to_vec())?;
    let on_site = feed.site.list("", false).await?.objects;
    let is_listed = |key: &str| key.split_once('/').is_some_and(|(id, _)| index.contains(id));
    let tile = on_site.into_iter().find(|object| object.key.ends_with("L0X0Y0.png") && is_listed(&object.key));
    let tile = tile.context("no tile is on the site")?;
    feed.site.delete(std::slice::from_ref(&tile.key)).await?;
    poll("the tile", async || {
        feed.invoke("fetch", &json!({"catch-up": true})).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(feed.site.head(&tile.key).await?.filter(|there| there.size_bytes == tile.size_bytes))
    })
    .await
    .map(drop)
}

pub(crate) async fn a_message_that_cannot_be_read_is_a_dead_letter_with_its_body(feed: &Feed) -> Result<()> {
    let sqs = aws_sdk_sqs::Client::new(&feed.aws.config());
    let url = |name: &str| sqs.get_queue_url().queue_name(format!("{STACK}-{name}")).send();
    let event = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/bad/later-version.json"));
    sqs.send_message().set_queue_url(url("tile").await?.queue_url).message_body(event).send().await?;
    poll("a dead letter", async || Ok((feed.messages("tile-dead").await? == (1, 0)).then_some(()))).await?;

    let log = feed.aws.output_of(&format!("{STACK}-tile"))?;
    let told = log.lines().filter(|line| line.contains("a message cannot be understood")).collect::<Vec<_>>();
    ensure!(told.len() == 1 && told[0].contains("inbox/eso1907a/image.tif") && told[0].contains("3.0"), "{told:?}");
    let told = feed.skyfeed(&["redrive", "--stack", STACK, "--dry-run", "tile"])?;
    ensure!(told.contains("cannot be read") && told.contains("knows 2.x"), "{told}");
    let dead = url("tile-dead").await?.queue_url;
    let received = sqs.receive_message().set_queue_url(dead.clone()).wait_time_seconds(5).send().await?;
    let [letter] = received.messages() else { anyhow::bail!("not one letter: {received:?}") };
    ensure!(letter.body() == Some(event), "{letter:?}");
    sqs.delete_message().set_queue_url(dead).set_receipt_handle(letter.receipt_handle.clone()).send().await?;
    Ok(())
}

pub(crate) async fn a_source_that_breaks_fails_the_refresh_until_it_is_mended(feed: &Feed) -> Result<()> {
    let schedule = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/fetch/schedule.json"));
    let schedule: Value = serde_json::from_str(schedule)?;
    let file = feed.archive().join("feed.json");
    let good = fs::read(&file)?;
    for (bad, why) in [
        (&b"<html>Please log in</html>"[..], "not a JSON array"),
        (b"{\"message\": \"moved\"}", "not a JSON array"),
        (b"[]", "offers nothing"),
    ] {
        fs::write(&file, bad)?;
        let failed = feed.invoke("fetch", &schedule).await.err().context("a refresh of a broken source succeeded")?;
        ensure!(failed.to_string().contains(why), "{failed}");
        ensure!(refreshes(feed)?.last() == Some(&0.0), "{:?}", refreshes(feed)?);
    }
    fs::remove_file(&file)?;
    let failed = feed.invoke("fetch", &schedule).await.err().context("a refresh of no source succeeded")?;
    ensure!(failed.to_string().contains("404"), "{failed}");
    fs::write(&file, good)?;
    feed.invoke("fetch", &schedule).await?;
    ensure!(refreshes(feed)?.last() == Some(&1.0), "{:?}", refreshes(feed)?);
    Ok(())
}

/// What the metrics tell of each refresh.
fn refreshes(feed: &Feed) -> Result<Vec<f64>> {
    let output = feed.aws.output_of(&format!("{STACK}-fetch"))?;
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(lines.filter_map(|line| line.get("_aws").and(line["Refreshes"].as_f64())).collect())
}
