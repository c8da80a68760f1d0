//! From the source to the index.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};
use skyfeed_pipeline::layout;
use skyfeed_ports::store::Store;
use skyfeed_test_support::{Case, files, same_files};
use skyfeed_tests_aws::poll;

use crate::feed::{Feed, STACK, skyfeed_here};

pub(crate) async fn images_walk_from_the_source_to_the_index_when_a_person_approves(feed: &Feed) -> Result<()> {
    let images = ["synth_img1", "synth_img2"];
    feed.upload(&feed.config_file(), layout::CONFIG)?;
    // From here on nobody does anything until two studies wait.
    for image in images {
        feed.staged(image).await?;
    }
    // The schedule has made an index without images.
    let is_index = |key: &str| [layout::INDEX, layout::INDEX_REL].contains(&key);
    let public = feed.site.list("", false).await?.objects;
    ensure!(public.iter().all(|object| is_index(&object.key)), "something is public that nobody approved");
    stop_schedule(feed)?;

    feed.skyfeed(&["approve", images[0], images[1]])?;
    let index = poll("the index", async || {
        let Some(index) = feed.site.get(layout::INDEX).await? else { return Ok(None) };
        let index = String::from_utf8(index.bytes.to_vec())?;
        Ok(images.iter().all(|image| index.contains(image)).then_some(index))
    })
    .await?;
    let order = images.map(|image| index.find(image));
    ensure!(order[1] < order[0], "the newest is not the first: {index}");
    feed.drained("reindex").await?;

    // The same feed on folders.
    let here = feed.folder("here");
    skyfeed_here(&here, &["init", "--config", feed.config_file().to_str().context("not UTF-8")?])?;
    skyfeed_here(&here, &["run", "--approve-all"])?;
    let here = here.join("site");
    let expected: BTreeSet<_> = files(&here)?.into_iter().filter(|name| !name.starts_with('.')).collect();
    let published = feed.site.list("", false).await?.objects;
    same_files(&expected, &published.into_iter().map(|object| object.key).collect())?;
    for name in expected {
        let published = feed.site.get(&name).await?.context("it went away")?;
        ensure!(published.bytes == fs::read(here.join(&name))?, "{name} is not as it is on folders");
    }
    Ok(())
}

/// Later steps say themselves when the source is asked. LocalStack lets disabled and deleted rules go on, so their targets are taken away.
fn stop_schedule(feed: &Feed) -> Result<()> {
    let rule = format!("{STACK}-refresh");
    let targets = feed.aws.aws(&["events", "list-targets-by-rule", "--rule", &rule])?;
    for target in targets["Targets"].as_array().context("no targets")? {
        let id = target["Id"].as_str().context("no id")?;
        feed.aws.aws(&["events", "remove-targets", "--rule", &rule, "--ids", id])?;
    }
    Ok(())
}

pub(crate) async fn a_picture_that_is_copied_to_the_inbox_is_staged(feed: &Feed) -> Result<()> {
    let picture = Case::open("02_study_avm_jpeg_513x257")?.input().join("image.jpg");
    feed.upload(&picture, "inbox/my picture+1/first light.jpg")?;
    let manifest = feed.staged("my picture+1").await?;
    ensure!((manifest.width_px, manifest.height_px) == (513, 257) && manifest.warnings.is_empty(), "{manifest:?}");
    Ok(())
}
