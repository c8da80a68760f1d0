//! Whole feeds against what toasty made of the same sources.

use std::{fs, path::Path, sync::Arc};

use anyhow::Result;
use skyfeed_pipeline::{
    batch::Ending,
    config::Config,
    environment::Environment,
    reindex::{Reindex, reindex},
    source::from_config,
    walk::{Walk, walk},
};
use skyfeed_ports::{clock::SystemClock, ledger::MemoryLedger, store::LocalStore};
use skyfeed_test_support::{Case, Site, files, same_files, same_thumbnail};
use skyfeed_wtml::{Folder, Item};

/// A feed on folders below `root`, from a configuration of the oracle.
fn environment(root: &Path, config: &str) -> Result<Environment> {
    let config = Config::parse(config)?;
    Ok(Environment {
        source: from_config(&config.source, &config.http)?,
        config: Arc::new(config),
        work: Arc::new(LocalStore::open(&root.join("work"))?),
        site: Arc::new(LocalStore::open(&root.join("site"))?),
        ledger: Arc::new(MemoryLedger::default()),
        records: Arc::default(),
        clock: Arc::new(SystemClock),
        scratch: root.join("scratch"),
        trigger: "test".to_owned(),
        deadline: None,
        capacity: None,
        memory: None,
        claims: Default::default(),
    })
}

async fn whole_walk(env: &Environment) -> Result<Vec<Ending>> {
    let command = Walk { refresh: true, approve_all: Some(skyfeed_pipeline::names::Person::new("oracle")?) };
    let walked = walk(env, &command, &()).await?;
    assert_eq!(walked.failures, []);
    assert_eq!(walked.refreshed.failures, []);
    Ok(walked.events.into_iter().map(|event| event.ending).collect())
}

/// A document without what toasty does not write, so that the rest can be compared byte for byte.
fn without_additions(document: &[u8], additions: &[&str]) -> Result<String> {
    let mut folder = Folder::parse(document)?;
    for item in &mut folder.children {
        let Item::Place(place) = item else { continue };
        let set = place.foreground.as_mut().expect("a study has an image set");
        for addition in additions {
            match *addition {
                "XLastUpdated" => place.metadata.clear(),
                "Credits" => set.credits.clear(),
                "Description" => place.description.clear(),
                other => panic!("{other} is not known"),
            }
        }
    }
    Ok(folder.to_xml())
}

async fn reproduces(case: &str, additions: &[&str]) -> Result<()> {
    let case = Case::open(case)?;
    let web = Site::start(&case.input().join("site"))?;
    let config = web.fill(&fs::read_to_string(case.input().join("toasty-pipeline-config.yaml"))?);
    let feed = tempfile::tempdir()?;
    let env = environment(feed.path(), &format!("{config}\nsite_layout: toasty\n"))?;
    whole_walk(&env).await?;

    let made = feed.path().join("site");
    case.check_tiles(&made)?;
    let mut found = files(&made)?;
    for root in ["index.wtml", "index_rel.wtml"] {
        assert!(found.remove(root), "{root} is missing");
    }
    found.retain(|name| !name.starts_with('.'));
    let expected = files(&case.expected())?;
    same_files(&expected, &found)?;
    for name in expected {
        let (expected, made) = (case.expected().join(&name), made.join(&name));
        if name.ends_with(".wtml") {
            let document = without_additions(&fs::read(&made)?, additions)?;
            assert_eq!(document, fs::read_to_string(expected)?, "{name}");
        } else if name.ends_with(".jpg") {
            same_thumbnail(&expected, &made)?;
        }
    }
    let again = whole_walk(&env).await?;
    assert!(again.iter().all(|ending| matches!(ending, Ending::AlreadyDone { .. })), "{again:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_astropix_feed_is_what_toasty_makes_of_it() -> Result<()> {
    reproduces("10_pipeline_astropix", &["XLastUpdated", "Credits", "Description"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_djangoplicity_feed_is_what_toasty_makes_of_it() -> Result<()> {
    reproduces("11_pipeline_djangoplicity", &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn astropix_texts_and_dates_that_toasty_leaves_out_are_written() -> Result<()> {
    let case = Case::open("10_pipeline_astropix")?;
    let web = Site::start(&case.input().join("site"))?;
    let config = web.fill(&fs::read_to_string(case.input().join("toasty-pipeline-config.yaml"))?);
    let feed = tempfile::tempdir()?;
    let env = environment(feed.path(), &config)?;
    whole_walk(&env).await?;
    let index = Folder::parse(fs::read(feed.path().join("site/index.wtml"))?)?;
    let Some(Item::Place(newest)) = index.children.first() else { panic!("the index is empty") };
    assert_eq!(newest.metadata, [("LastUpdated".to_owned(), "2019-04-03T14:00:38.128143".to_owned())]);
    assert_eq!(newest.description, "A synthetic image &amp; &lt;b&gt;markup&lt;/b&gt;.");
    let set = newest.foreground.as_ref().expect("a study has an image set");
    assert_eq!(set.credits, "Courtesy of a program.");
    let (revision_folder, template) = set.url.rsplit_once('/').expect("the URL is absolute");
    assert_eq!(template, "L{1}X{2}Y{3}.png");
    let prefix = "http://data1.example.org/feeds/oracle/synth_img2/";
    let revision = revision_folder.strip_prefix(prefix).expect("the URL names image and revision");
    assert!(feed.path().join("site/synth_img2").join(revision).join("L0X0Y0.png").is_file());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_of_an_old_site_is_byte_for_byte_that_of_old_toasty() -> Result<()> {
    let case = Case::open("21_reindex")?;
    let feed = tempfile::tempdir()?;
    let config = fs::read_to_string(case.input().join("toasty-pipeline-config.yaml"))?;
    let site = feed.path().join("site");
    for name in files(&case.input())? {
        let target = site.join(&name);
        fs::create_dir_all(target.parent().expect("a file has a folder"))?;
        fs::copy(case.input().join(&name), target)?;
    }
    let env = environment(feed.path(), &config)?;
    let done = reindex(&env, &Reindex::Rebuild).await?;
    assert_eq!(fs::read_to_string(site.join("index.wtml"))?, fs::read_to_string(case.expected().join("index.wtml"))?);
    let skipped: Vec<&str> = done.skipped.iter().map(|skipped| skipped.id.as_str()).collect();
    assert_eq!(skipped, ["empty"]);
    assert!(!reindex(&env, &Reindex::CatchUp).await?.written);
    Ok(())
}
