//! What `fetch` does when its schedule fires, with a queue.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};
use serde_json::{Value, json};
use skyfeed_aws::{function::Handler, sqs::Queue};
use skyfeed_function_fetch::Fetch;
use skyfeed_pipeline::{
    config::Config,
    environment::Environment,
    id::ImageId,
    layout,
    record::{Candidate, FORMAT},
    source::{Ask, Fetched, ImageSource, Offer, SourceError},
};
use skyfeed_ports::{
    clock::SystemClock,
    ledger::MemoryLedger,
    store::{Body, Condition, Headers, MemoryStore},
};
use skyfeed_tests_aws::{Emulator, Moto};
use tokio::sync::Notify;

const CONFIG: &str =
    "source_type: directory\ndirectory:\n  path: images\npublish_url_prefix: https://example.org/feed/\n";
const FILE: Headers = Headers { content_type: "image/png", cache_control: "no-store" };

/// Offers `images` images, one every `pause`; before the last one it waits until it is told to go on.
#[derive(Debug)]
struct Slow {
    images: usize,
    pause: Duration,
    go_on: Option<Arc<Notify>>,
}

#[async_trait]
impl ImageSource for Slow {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        let offers = stream::iter(0..self.images).then(move |number| async move {
            tokio::time::sleep(self.pause).await;
            if let Some(go_on) = self.go_on.as_ref().filter(|_| number + 1 == self.images) {
                go_on.notified().await;
            }
            let id = id(number);
            Ok(Offer::Candidate(Candidate { format: FORMAT, id, record: json!({}) }))
        });
        offers.boxed()
    }

    async fn fetch(&self, candidate: &Candidate, _: &Ask) -> Result<Fetched, SourceError> {
        let problem = "this source has no images".to_owned();
        Err(SourceError::Record { item: candidate.id.to_string(), problem, source: None })
    }
}

fn id(number: usize) -> ImageId {
    ImageId::new(format!("image-{number:03}")).expect("a good id")
}

fn environment(source: Slow, config: &str) -> Result<Environment> {
    Ok(Environment {
        config: Arc::new(Config::parse(&format!("{CONFIG}{config}"))?),
        work: Arc::new(MemoryStore::default()),
        site: Arc::new(MemoryStore::default()),
        ledger: Arc::new(MemoryLedger::default()),
        source: Arc::new(source),
        records: Arc::default(),
        clock: Arc::new(SystemClock),
        scratch: std::env::temp_dir(),
        trigger: "test".to_owned(),
        deadline: None,
        capacity: None,
    })
}

struct Sent {
    moto: Moto,
    queue: Queue,
    url: String,
}

impl Sent {
    async fn new() -> Result<Self> {
        let moto = Moto::start()?;
        let created = moto.sqs().create_queue().queue_name("fetch").send().await?;
        let url = created.queue_url.context("the queue has no URL")?;
        Ok(Self { queue: Queue::new(&url, &moto.config()), moto, url })
    }

    /// The images of the messages that came since this was last asked.
    async fn images(&self) -> Result<Vec<String>> {
        let mut images = Vec::new();
        loop {
            let some = self.moto.sqs().receive_message().queue_url(&self.url).max_number_of_messages(10).send().await?;
            if some.messages().is_empty() {
                return Ok(images);
            }
            for message in some.messages() {
                let body: Value = serde_json::from_str(message.body().context("no body")?)?;
                images.push(body["image"].as_str().context("no image")?.to_owned());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_on_their_way_while_the_source_still_tells() -> Result<()> {
    let sent = Sent::new().await?;
    let go_on = Arc::new(Notify::new());
    let env = environment(Slow { images: 101, pause: Duration::ZERO, go_on: Some(go_on.clone()) }, "")?;
    let watching = async {
        let mut images = Vec::new();
        let began = Instant::now();
        while images.len() < 100 {
            ensure!(began.elapsed() < Duration::from_secs(60), "only {images:?} were sent before the source had ended");
            tokio::time::sleep(Duration::from_millis(50)).await;
            images.extend(sent.images().await?);
        }
        go_on.notify_one();
        anyhow::Ok(images)
    };
    let (answer, watched) = tokio::join!(Fetch.scheduled(&env, Some(&sent.queue), &()), watching);
    let (answer, images) = (answer?, watched?);
    ensure!(images.len() == 100, "{images:?}");
    ensure!(answer["queued"] == 101 && answer["out_of_time"] == false, "{answer}");
    ensure!(sent.images().await? == ["image-100"], "the last one is missing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_messages_go_in_one_request() -> Result<()> {
    let sent = Sent::new().await?;
    let env = environment(Slow { images: 200, pause: Duration::ZERO, go_on: None }, "max_new_per_run: 95\n")?;
    sent.moto.requests().await?;
    let answer = Fetch.scheduled(&env, Some(&sent.queue), &()).await?;
    let requests = sent.moto.requests().await?;
    ensure!(requests.len() == 10, "{requests:?}");
    ensure!(answer["queued"] == 95 && answer["postponed"] == 105 && answer["offered"] == 200, "{answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_ends_a_refresh_and_the_next_one_goes_on_from_there() -> Result<()> {
    let sent = Sent::new().await?;
    let env = environment(Slow { images: 150, pause: Duration::from_millis(20), go_on: None }, "")?;
    let soon = tokio::time::Instant::now() + Duration::from_secs(1);
    let late = Environment { deadline: Some(soon), ..env.clone() };
    let answer = Fetch.scheduled(&late, Some(&sent.queue), &()).await?;
    ensure!(soon.elapsed() < Duration::from_millis(900), "it went on for {:?}", soon.elapsed());
    let queued = answer["queued"].as_u64().context("no number")? as usize;
    ensure!(answer["out_of_time"] == true && (5..100).contains(&queued), "{answer}");
    let mut first = sent.images().await?;
    first.sort();
    ensure!(first == (0..queued).map(|number| id(number).to_string()).collect::<Vec<_>>(), "{first:?}");

    // Those are downloaded meanwhile.
    for number in 0..queued {
        let image = layout::inbox_image(&id(number), "png");
        env.work.put(&image, Body::Bytes(&Bytes::from_static(b"image")), FILE, Condition::Always).await?;
    }
    let answer = Fetch.scheduled(&env, Some(&sent.queue), &()).await?;
    ensure!(answer["out_of_time"] == false && answer["queued"] == 150 - queued, "{answer}");
    let mut rest = sent.images().await?;
    rest.sort();
    ensure!(rest == (queued..150).map(|number| id(number).to_string()).collect::<Vec<_>>(), "{rest:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_takes_nothing_is_an_error_and_what_was_found_is_due_again() -> Result<()> {
    let sent = Sent::new().await?;
    let env = environment(Slow { images: 15, pause: Duration::ZERO, go_on: None }, "")?;
    let missing = Queue::new(&format!("{}-missing", sent.url), &sent.moto.config());
    let failed = Fetch.scheduled(&env, Some(&missing), &()).await;
    ensure!(failed.is_err(), "{failed:?}");
    let answer = Fetch.scheduled(&env, Some(&sent.queue), &()).await?;
    ensure!(answer["queued"] == 15, "{answer}");
    Ok(())
}
