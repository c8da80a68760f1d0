//! People who change their minds while an image is on its way to the site.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use serde_json::{Value, json};
use skyfeed_pipeline::{
    id::ImageId,
    layout::{self, site},
    names::Revision,
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};
use skyfeed_tests_aws::poll;

use crate::{
    feed::Feed,
    repeats::{objects, put},
};

const IMAGE: &str = "large";
/// So many tiles are there when somebody speaks up, of more than a thousand.
const UNDER_WAY: usize = 20;
const JSON: Headers = Headers { content_type: "application/json", cache_control: "no-store" };

pub(crate) async fn a_reject_in_the_middle_of_a_publication_leaves_nothing_public(feed: &Feed) -> Result<()> {
    put(feed, IMAGE, 9000, 7000).await?;
    let revision = feed.staged(IMAGE).await?.revision;
    decide(feed, &revision, "01-anna", "approve").await?;
    under_way(feed).await?;
    decide(feed, &revision, "01-carl", "reject").await?;
    feed.drained("publish").await?;
    ensure!(on_site(feed).await?.is_empty(), "something is public that was rejected");
    ensure!(feed.work.get(&layout::published(&ImageId::new(IMAGE)?)).await?.is_none(), "there is a record of it");
    not_in_index(feed).await
}

pub(crate) async fn a_takedown_in_the_middle_of_a_publication_leaves_nothing_public(feed: &Feed) -> Result<()> {
    let revision = feed.staged(IMAGE).await?.revision;
    decide(feed, &revision, "02-carl", "approve").await?;
    under_way(feed).await?;
    feed.skyfeed(&["retract", IMAGE, "--by", "carl"])?;
    let flag = [site::skip_flag(&ImageId::new(IMAGE)?)];
    ensure!(on_site(feed).await? == flag, "something was public when the takedown had said that nothing is");
    feed.drained("publish").await?;
    ensure!(on_site(feed).await? == flag, "something became public after the takedown");
    let record = feed.work.get(&layout::published(&ImageId::new(IMAGE)?)).await?.context("there is no record of it")?;
    let record: Value = serde_json::from_slice(&record.bytes)?;
    ensure!(record["state"] == "retracted" && record["by"] == "carl", "{record}");
    not_in_index(feed).await
}

/// Writes a decision as a reviewer's program does.
async fn decide(feed: &Feed, revision: &Revision, name: &str, decision: &str) -> Result<()> {
    let id = ImageId::new(IMAGE)?;
    let manifest = feed.work.get(&layout::manifest(&id, revision)).await?.context("no manifest")?.bytes;
    let record = json!({"format": 2, "decision": decision, "manifest_sha256": skyfeed_pipeline::sha256_hex(&manifest)});
    let key = format!("{}{revision}/{name}.json", layout::decisions(&id));
    let bytes = Bytes::from(record.to_string());
    feed.work.put(&key, Body::Bytes(&bytes), JSON, Condition::IfAbsent).await?;
    Ok(())
}

/// Waits until some of the image is on the site, and not all.
async fn under_way(feed: &Feed) -> Result<()> {
    let index = site::index(&ImageId::new(IMAGE)?);
    poll("tiles on the site", async || {
        let there = on_site(feed).await?;
        ensure!(!there.contains(&index), "it was published before anybody could speak up");
        Ok((there.len() >= UNDER_WAY).then_some(()))
    })
    .await
}

async fn on_site(feed: &Feed) -> Result<Vec<String>> {
    let objects = feed.site.list(&site::folder(&ImageId::new(IMAGE)?), false).await?.objects;
    Ok(objects.into_iter().map(|object| object.key).collect())
}

async fn not_in_index(feed: &Feed) -> Result<()> {
    feed.drained("reindex").await?;
    let index = feed.site.get(layout::INDEX).await?.context("there is no index")?.bytes;
    ensure!(!String::from_utf8(index.to_vec())?.contains(IMAGE), "it stands in the index");
    ensure!(!objects(feed, layout::STAGED, IMAGE).await?.is_empty(), "its staged study is gone");
    Ok(())
}
