//! What `fetch` does when its schedule fires, with a queue.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};
use jiff::SignedDuration;
use serde_json::{Value, json};
use skyfeed_aws::{
    function::{Call, Handler, InvocationError, Queues, StageQueues},
    sqs::Queue,
    telemetry::Metrics,
};
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
        memory: None,
        claims: Default::default(),
    })
}

async fn scheduled(env: &Environment, queues: &Queues, metrics: &mut Metrics) -> Result<Value, InvocationError> {
    Fetch.scheduled(Call { env, queues, observer: &(), metrics }).await
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

    /// What `fetch` answers when its schedule fires.
    async fn scheduled(&self, env: &Environment) -> Result<Value> {
        Ok(scheduled(env, &Queues { own: Some(self.queue.clone()), ..Queues::default() }, &mut Metrics::default())
            .await?)
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
    let (answer, watched) = tokio::join!(sent.scheduled(&env), watching);
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
    let answer = sent.scheduled(&env).await?;
    let requests = sent.moto.requests().await?;
    // And one that asks whether messages wait there.
    ensure!(requests.len() == 11, "{requests:?}");
    ensure!(answer["queued"] == 95 && answer["postponed"] == 105 && answer["offered"] == 200, "{answer}");

    let answer = sent.scheduled(&env).await?;
    ensure!(answer["queued"] == 0 && answer["due"].as_array().is_some_and(|due| due.len() == 95), "{answer}");
    ensure!(sent.images().await?.len() == 95, "each was sent twice");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_ends_a_refresh_and_the_next_one_goes_on_from_there() -> Result<()> {
    let sent = Sent::new().await?;
    let env = environment(Slow { images: 150, pause: Duration::from_millis(20), go_on: None }, "")?;
    let soon = tokio::time::Instant::now() + Duration::from_secs(1);
    let late = Environment { deadline: Some(soon), ..env.clone() };
    let answer = sent.scheduled(&late).await?;
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
    let answer = sent.scheduled(&env).await?;
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
    let queues = Queues { own: Some(missing), ..Queues::default() };
    let failed = scheduled(&env, &queues, &mut Metrics::default()).await;
    ensure!(failed.is_err(), "{failed:?}");
    let answer = sent.scheduled(&env).await?;
    ensure!(answer["queued"] == 15, "{answer}");
    Ok(())
}

/// A source that answers so.
#[derive(Debug)]
struct Answers(Vec<Option<usize>>);

#[async_trait]
impl ImageSource for Answers {
    /// A candidate for each number, and a bad record else.
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        let offers = self.0.iter().map(|number| match number {
            Some(number) => Ok(Offer::Candidate(Candidate { format: FORMAT, id: id(*number), record: json!({}) })),
            None => Err(SourceError::Record { item: "record 1".to_owned(), problem: "bad".to_owned(), source: None }),
        });
        stream::iter(offers).boxed()
    }

    async fn fetch(&self, candidate: &Candidate, _: &Ask) -> Result<Fetched, SourceError> {
        Err(SourceError::Record { item: candidate.id.to_string(), problem: "no images".to_owned(), source: None })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_tells_nothing_any_more_fails_the_refresh_and_one_bad_record_does_not() -> Result<()> {
    let sent = Sent::new().await?;
    let base = environment(Slow { images: 0, pause: Duration::ZERO, go_on: None }, "")?;
    let queues = Queues { own: Some(sent.queue.clone()), ..Queues::default() };
    let tried = [
        // Nothing yet is no failure of a new feed.
        (vec![], Ok(()), [1.0, 0.0, 0.0]),
        (vec![Some(1), None, Some(2)], Ok(()), [1.0, 2.0, 2.0]),
        (vec![None, None], Err("source-record"), [0.0, 0.0, 0.0]),
        (vec![], Err("source-empty"), [0.0, 0.0, 0.0]),
        (vec![Some(1), Some(2)], Ok(()), [1.0, 2.0, 2.0]),
    ];
    for (offered, wanted, figures) in tried {
        let env = Environment { source: Arc::new(Answers(offered.clone())), ..base.clone() };
        let mut metrics = Metrics::default();
        let answer = scheduled(&env, &queues, &mut metrics).await;
        ensure!(answer.as_ref().map(drop).map_err(InvocationError::code) == wanted, "{offered:?}: {answer:?}");
        let line: Value = serde_json::from_str(&metrics.line("fetch", "1", 0).context("no metrics")?)?;
        let told = ["Refreshes", "Offered", "Due"].map(|name| line[name].as_f64());
        ensure!(told == figures.map(Some), "{offered:?}: {line}");
        ensure!(line["Waiting"] == 0.0 && line["OldestWaitingSeconds"] == 0.0, "{line}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_before_a_stage_is_sent_again_unless_messages_wait_there() -> Result<()> {
    let sent = Sent::new().await?;
    let env = environment(Slow { images: 0, pause: Duration::ZERO, go_on: None }, "")?;
    let image = layout::inbox_image(&id(7), "png");
    env.work.put(&image, Body::Bytes(&Bytes::from_static(b"image")), FILE, Condition::Always).await?;
    let mut urls = Vec::new();
    for name in ["tile", "publish", "reindex"] {
        urls.push(sent.moto.sqs().create_queue().queue_name(name).send().await?.queue_url.context("no URL")?);
    }
    let queue = |at: usize| Some(Queue::new(&urls[at], &sent.moto.config()));
    let stages = StageQueues { tile: queue(0), publish: queue(1), reindex: queue(2) };
    let soon = Queues { own: Some(sent.queue.clone()), stages, catch_up_after: SignedDuration::ZERO };
    let later = Queues { catch_up_after: SignedDuration::from_hours(1), ..soon.clone() };

    let answer = scheduled(&env, &later, &mut Metrics::default()).await?;
    ensure!(answer["caught_up"] == json!({"tile": [], "publish": [], "look": []}), "{answer}");
    let answer = scheduled(&env, &soon, &mut Metrics::default()).await?;
    ensure!(answer["caught_up"] == json!({"tile": ["image-007"], "publish": [], "look": []}), "{answer}");
    // The message waits there.
    let again = scheduled(&env, &soon, &mut Metrics::default()).await?;
    ensure!(again["caught_up"] == json!({"tile": [], "publish": [], "look": []}), "{again}");

    let mut bodies: Vec<Vec<String>> = Vec::new();
    for url in &urls {
        let received = sent.moto.sqs().receive_message().queue_url(url).max_number_of_messages(10).send().await?;
        bodies.push(received.messages().iter().filter_map(|message| message.body().map(str::to_owned)).collect());
    }
    let reindex = r#"{"catch-up":true}"#.to_owned();
    let wanted =
        [vec![r#"{"image":"image-007"}"#.to_owned()], Vec::new(), vec![reindex.clone(), reindex.clone(), reindex]];
    ensure!(bodies == wanted, "{bodies:?}");
    ensure!(sent.images().await?.is_empty(), "something was to be fetched");
    Ok(())
}
