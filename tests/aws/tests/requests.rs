//! How many requests the walk of an image costs.

use std::{collections::BTreeSet, fs, path::Path, slice, sync::Arc};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use skyfeed_aws::function::Handler;
use skyfeed_function_publish::Publish;
use skyfeed_function_tile::Tile;
use skyfeed_pipeline::{
    batch::{Ending, Event},
    config::Config,
    decide::{Decide, decide},
    environment::Environment,
    id::ImageId,
    layout::{
        self,
        decision::{About, DecisionKey},
    },
    names::{Person, Revision},
    outcome::Outcome,
    record::Verdict,
    source::Directory,
};
use skyfeed_ports::{
    clock::SystemClock,
    ledger::MemoryLedger,
    store::{Body, Condition, Headers, LocalStore, Store},
};
use skyfeed_test_support::{Case, files, same_files};
use skyfeed_tests_aws::{Emulator, Moto, Request, pictures::noise};

const CONFIG: &str =
    "source_type: directory\ndirectory:\n  path: images\npublish_url_prefix: https://example.org/feed/\n";
const FILE: Headers = Headers { content_type: "image/png", cache_control: "no-store" };
const AT_A_TIME: usize = 32;
/// In which parts archives are put.
const PART_BYTES: u64 = 16 << 20;

fn environment(work: impl Store + 'static, site: impl Store + 'static, scratch: &Path) -> Result<Environment> {
    Ok(Environment {
        config: Arc::new(Config::parse(CONFIG)?),
        work: Arc::new(work),
        site: Arc::new(site),
        ledger: Arc::new(MemoryLedger::default()),
        source: Arc::new(Directory::new(scratch)),
        records: Arc::default(),
        clock: Arc::new(SystemClock),
        scratch: scratch.to_owned(),
        trigger: "test".to_owned(),
        deadline: None,
        capacity: None,
        memory: None,
        claims: Default::default(),
    })
}

/// An environment on an emulated S3 that counts.
async fn on_s3(moto: &Moto, scratch: &Path) -> Result<Environment> {
    environment(moto.store("work-bucket", "").await?, moto.store("site-bucket", "").await?, scratch)
}

async fn put(env: &Environment, key: String, bytes: Bytes) -> Result<()> {
    env.work.put(&key, Body::Bytes(&bytes), FILE, Condition::Always).await?;
    Ok(())
}

async fn approve(env: &Environment, id: &ImageId) -> Result<()> {
    let (by, note) = (Person::new("anna")?, String::new());
    let command = Decide { id: id.clone(), revision: None, verdict: Verdict::Approve, by, note, manifest_sha256: None };
    let decided = decide(env, &command).await?;
    ensure!(matches!(decided, Outcome::Done(_)), "{decided:?}");
    Ok(())
}

/// Tiles a picture by the function's own handler; the number of its tiles.
async fn stage(env: &Environment, id: &ImageId, picture: &Bytes) -> Result<u64> {
    put(env, layout::inbox_image(id, "png"), picture.clone()).await?;
    let [event] = Tile.work(env, slice::from_ref(id), &()).await.try_into().map_err(told)?;
    ensure!(matches!(event.ending, Ending::Done { .. }), "{event:?}");
    Ok(event.figures.context("no figures")?.tiles)
}

async fn publish(env: &Environment, id: &ImageId) -> Result<Ending> {
    let [event] = Publish.work(env, slice::from_ref(id), &()).await.try_into().map_err(told)?;
    Ok(event.ending)
}

fn told(events: Vec<Event>) -> anyhow::Error {
    anyhow::anyhow!("more or less than one event: {events:?}")
}

/// What S3 was asked since this was last called.
async fn asked(moto: &Moto) -> Result<Vec<Request>> {
    let mut requests = moto.requests().await?;
    requests.retain(|request| request.service == "s3");
    Ok(requests)
}

fn count(requests: &[Request], which: impl Fn(&Request) -> bool) -> usize {
    requests.iter().filter(|request| which(request)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_staged_with_a_few_writes_and_published_with_one_for_each_tile() -> Result<()> {
    let moto = Moto::start()?;
    let folder = tempfile::tempdir()?;
    let env = on_s3(&moto, folder.path()).await?;
    let (id, picture) = (ImageId::new("noise")?, noise(3000, 2000)?);

    let tiles = stage(&env, &id, &picture).await?;
    let staging = asked(&moto).await?;
    let archive = env.work.list(&format!("{}{id}/", layout::PIXELS), false).await?.objects;
    let archive = archive.iter().find(|object| object.key.ends_with(layout::ARCHIVE)).context("no archive")?;
    let parts = archive.size_bytes.div_ceil(PART_BYTES) as usize;
    ensure!(parts > 1 && tiles > 100, "{tiles} tiles in {parts} parts show nothing");
    let writes = count(&staging, Request::is_write);
    println!("{tiles} tiles in {parts} parts were staged with {writes} writes and {} requests", staging.len());
    // The picture in parts of its own; begin and end of both uploads; digests, two pictures, WTML, manifest; a listing.
    let of_picture = (picture.len() as u64).div_ceil(PART_BYTES) as usize + 2;
    ensure!(writes <= of_picture + parts + 10, "{staging:#?}");

    approve(&env, &id).await?;
    asked(&moto).await?;
    let published = publish(&env, &id).await?;
    ensure!(matches!(published, Ending::Done { .. }), "{published:?}");
    let publishing = asked(&moto).await?;
    println!("{tiles} tiles were published with {} requests", publishing.len());
    let on_site = count(&publishing, |request| request.method == "PUT" && request.path.starts_with("/site-bucket/"));
    ensure!(on_site as u64 == tiles + 3, "{on_site} puts for {tiles} tiles, a thumbnail and two documents");
    ensure!(publishing.len() as u64 <= tiles + 40, "{publishing:#?}");

    // The same decision again.
    let again = publish(&env, &id).await?;
    ensure!(matches!(again, Ending::AlreadyDone { .. }), "{again:?}");
    let looking = asked(&moto).await?;
    println!("looked at again with {} requests", looking.len());
    ensure!(looking.len() <= 25 && count(&looking, |request| request.method == "PUT") == 0, "{looking:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_has_the_same_bytes_on_s3_as_in_a_folder() -> Result<()> {
    let moto = Moto::start()?;
    let (scratch, feed) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (work, site) = (feed.path().join("work"), feed.path().join("site"));
    let here = environment(LocalStore::open(&work)?, LocalStore::open(&site)?, scratch.path())?;
    let there = on_s3(&moto, scratch.path()).await?;
    let picture = Case::open("03_study_avm_rgba_1000x1500")?.input().join("image.png");
    let picture = Bytes::from(fs::read(picture)?);
    let id = ImageId::new("my picture+1")?;
    for env in [&here, &there] {
        stage(env, &id, &picture).await?;
        approve(env, &id).await?;
        let published = publish(env, &id).await?;
        ensure!(matches!(published, Ending::Done { .. }), "{published:?}");
    }
    let visible = |names: BTreeSet<String>| names.into_iter().filter(|name| !name.starts_with('.')).collect();
    let names: BTreeSet<String> = visible(files(&site)?);
    let published = there.site.list("", false).await?.objects;
    same_files(&names, &published.into_iter().map(|object| object.key).collect())?;
    for name in names {
        let published = there.site.get(&name).await?.context("it went away")?;
        ensure!(published.bytes == fs::read(site.join(&name))?, "{name} is not as it is in a folder");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_on_one_image_asks_for_no_others() -> Result<()> {
    let moto = Moto::start()?;
    let folder = tempfile::tempdir()?;
    let env = on_s3(&moto, folder.path()).await?;
    let id = ImageId::new("image-150")?;
    let revision = Revision::of(&[]);
    let others = (0..300).map(|number| ImageId::new(format!("image-{number:03}")));
    let others: Vec<ImageId> =
        others.filter(|other| !matches!(other, Ok(other) if *other == id)).collect::<Result<_, _>>()?;
    let carl = Person::new("carl")?;
    let others = others.iter().flat_map(|id| {
        let decision = DecisionKey { about: About::Candidate, number: 1, by: carl.clone() };
        [
            layout::candidate(id),
            layout::manifest(id, &revision),
            layout::decision::key(id, &decision),
            layout::published(id),
        ]
    });
    let puts = others.map(|key| put(&env, key, Bytes::from_static(b"{}")));
    stream::iter(puts).buffer_unordered(AT_A_TIME).try_collect::<()>().await?;
    let picture = Case::open("03_study_avm_rgba_1000x1500")?.input().join("image.png");
    stage(&env, &id, &fs::read(picture)?.into()).await?;

    asked(&moto).await?;
    approve(&env, &id).await?;
    let requests = asked(&moto).await?;
    println!("one of 300 was approved with {} requests", requests.len());
    ensure!(requests.len() <= 20, "{requests:#?}");
    let others = count(&requests, |request| !format!("{}?{}", request.path, request.query).contains("image-150"));
    ensure!(others == 0, "{requests:#?}");
    Ok(())
}
