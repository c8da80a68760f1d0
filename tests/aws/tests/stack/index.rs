//! The index.

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use sha2::{Digest, Sha256};
use skyfeed_pipeline::{
    id::ImageId,
    layout::{self, site},
    record::{Published, PublishedState},
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};
use skyfeed_tests_aws::poll;

use crate::feed::{Feed, STACK};

const IMAGES: usize = 500;
const AT_A_TIME: usize = 32;
const FILE: Headers = Headers { content_type: "application/x-wtml", cache_control: "no-cache" };

/// What `publish` leaves of five hundred approved studies, without their tiles.
pub(crate) async fn five_hundred_publications_cost_a_handful_of_index_writes(feed: &Feed) -> Result<()> {
    let model = ImageId::new("synth_img1")?;
    let wtml = feed.site.get(&site::index(&model)).await?.context("the model is not on the site")?.bytes;
    let wtml = String::from_utf8(wtml.to_vec())?;
    let record = feed.work.get(&layout::published(&model)).await?.context("the model is not published")?.bytes;
    let record: Published = serde_json::from_slice(&record)?;
    let before = writes(feed)?;

    let ids: Vec<ImageId> =
        (0..IMAGES).map(|number| ImageId::new(format!("many-{number:03}"))).collect::<Result<_, _>>()?;
    let publish = ids.iter().map(|id| publish(feed, id, wtml.replace(model.as_str(), id.as_str()), record.clone()));
    stream::iter(publish).buffer_unordered(AT_A_TIME).try_collect::<()>().await?;

    poll("five hundred places in the index", async || {
        let index = feed.site.get(layout::INDEX).await?.context("there is no index")?.bytes;
        let index = String::from_utf8(index.to_vec())?;
        Ok(ids.iter().all(|id| index.contains(id.as_str())).then_some(()))
    })
    .await?;
    feed.drained("reindex").await?;
    let writes = writes(feed)? - before;
    println!("        {writes} writes of the index");
    ensure!((1..=10).contains(&writes), "{writes} writes");
    Ok(())
}

async fn publish(feed: &Feed, id: &ImageId, wtml: String, mut record: Published) -> Result<()> {
    record.id = id.clone();
    let PublishedState::Live(live) = &mut record.state else { anyhow::bail!("{record:?}") };
    live.index_sha256 = hex::encode(Sha256::digest(&wtml));
    feed.site.put(&site::index(id), Body::Bytes(&wtml.into()), FILE, Condition::Always).await?;
    let record = serde_json::to_vec(&record)?.into();
    feed.work.put(&layout::published(id), Body::Bytes(&record), FILE, Condition::Always).await?;
    Ok(())
}

/// How many runs of `reindex` changed the index so far, by their metrics.
fn writes(feed: &Feed) -> Result<usize> {
    let output = feed.aws.output_of(&format!("{STACK}-reindex"))?;
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(lines.filter(|line| line.get("_aws").is_some() && line.get("Images").is_some()).count())
}
