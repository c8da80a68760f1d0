//! A small feed in memory, with a source, a clock and stores that a test controls.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use jiff::Timestamp;
use skyfeed_pipeline::{
    config::Config,
    environment::Environment,
    error::StepError,
    id::ImageId,
    names::Person,
    record::{Candidate, FORMAT, SourceRecord, Unusable, Version},
    refresh::{Refreshed, refresh},
    source::{Ask, Fetched, Image, ImageSource, Offer, SourceError},
    standing::Standings,
};
use skyfeed_ports::{
    clock::Clock,
    ledger::MemoryLedger,
    store::{MemoryStore, Store},
};
use skyfeed_tiling::sky::SpatialMetadata;

/// A clock that moves as the machine's does, and further when told.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64, Instant);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(AtomicI64::new(1_700_000_000), Instant::now())
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.1.elapsed().as_secs()).unwrap();
        Timestamp::from_second(self.0.load(Ordering::Relaxed) + passed).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// An archive of drawn pictures.
#[derive(Debug)]
pub(crate) struct Drawn {
    pictures: Vec<(ImageId, Bytes, Option<SpatialMetadata>)>,
    dated: bool,
}

impl Drawn {
    /// Pictures of different sizes, some of more than one tile; the last has no place on the sky.
    pub(crate) fn new() -> Self {
        let place = |width: f64, height: f64| SpatialMetadata {
            projection: "TAN".to_owned(),
            frame: None,
            equinox: None,
            reference_value_deg: [83.6, 22.0],
            reference_dimension_px: [width, height],
            reference_pixel: [width / 2.0, height / 2.0],
            scale_deg_per_px: [-1e-4, 1e-4],
            rotation_deg: 10.0,
            quality: None,
        };
        let id = |text| ImageId::new(text).unwrap();
        Self {
            pictures: vec![
                (id("small"), draw(40, 30), Some(place(40.0, 30.0))),
                (id("wide"), draw(300, 20), Some(place(300.0, 20.0))),
                (id("nowhere"), draw(8, 8), None),
            ],
            dated: true,
        }
    }
}

impl Drawn {
    /// `count` small pictures with a place each, named `img00000` and so on, dated or not.
    pub(crate) fn many(count: usize, dated: bool) -> Self {
        let (_, image, spatial) = Self::new().pictures.swap_remove(0);
        let id = |number| ImageId::new(format!("img{number:05}")).unwrap();
        let pictures = (0..count).map(|number| (id(number), image.clone(), spatial.clone())).collect();
        Self { pictures, dated }
    }
}

/// A PNG with a gradient.
pub(crate) fn draw(width: u32, height: u32) -> Bytes {
    encode(width, height, |x, y| [x as u8, y as u8, (x * y) as u8])
}

/// Another picture of the size of `wide`, so that its tiles have the names of that one's.
pub(crate) fn another() -> Bytes {
    encode(300, 20, |x, y| [(x * x / 7) as u8, (y * x) as u8, (x + 3 * y) as u8])
}

fn encode(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Bytes {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels: Vec<u8> = places.flat_map(|(x, y)| pixel(x, y)).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file.into()
}

#[async_trait]
impl ImageSource for Drawn {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        let offer = |id: &ImageId| Candidate { format: FORMAT, id: id.clone(), record: serde_json::json!({}) };
        futures::stream::iter(self.pictures.iter().map(move |(id, ..)| Ok(Offer::Candidate(offer(id))))).boxed()
    }

    async fn fetch(&self, candidate: &Candidate, _: &Ask) -> Result<Fetched, SourceError> {
        // Sorted where there are many.
        let at = match self.pictures.binary_search_by(|(id, ..)| id.cmp(&candidate.id)) {
            Ok(at) => at,
            Err(_) => self.pictures.iter().position(|(id, ..)| *id == candidate.id).unwrap(),
        };
        let (id, image, spatial) = &self.pictures[at];
        let Some(spatial) = spatial else {
            let reason = "nobody knows where it is".to_owned();
            return Ok(Fetched::Unusable(Unusable { format: FORMAT, id: id.clone(), reason }));
        };
        let record = SourceRecord {
            format: FORMAT,
            id: id.clone(),
            title: format!("Picture {id}"),
            description: String::new(),
            credits: String::new(),
            credits_url: String::new(),
            last_updated: self
                .dated
                .then(|| if id.as_str() == "wide" { "2024-02-02" } else { "2023-01-01" }.to_owned()),
            publication: None,
            spatial: Some(spatial.clone()),
        };
        Ok(Fetched::Image(Image::of_bytes("download.png", Version::default(), image.clone(), Some(record))))
    }
}

/// What a feed consists of beside the environment that is made of it.
pub(crate) struct Feed {
    pub(crate) work: Arc<MemoryStore>,
    pub(crate) site: Arc<MemoryStore>,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) scratch: tempfile::TempDir,
    pub(crate) config: Arc<Config>,
}

impl Feed {
    pub(crate) fn new(more_config: &str) -> Self {
        let text = format!(
            "source_type: directory\ndirectory:\n  path: unused\npublish_url_prefix: http://example.org/feed/\n{more_config}"
        );
        Self {
            work: Arc::default(),
            site: Arc::default(),
            ledger: Arc::default(),
            clock: Arc::new(TestClock::new()),
            scratch: tempfile::tempdir().unwrap(),
            config: Arc::new(Config::parse(&text).unwrap()),
        }
    }

    /// The feed with the picture `wide` in its inbox.
    pub(crate) async fn fetched(&self) -> (Environment, ImageId) {
        let env = self.environment();
        let id = ImageId::new("wide").unwrap();
        ask(&env).await.unwrap();
        skyfeed_pipeline::fetch::fetch(&env, &id).await.unwrap();
        (env, id)
    }

    /// An environment on these stores.
    pub(crate) fn environment(&self) -> Environment {
        self.environment_on(self.work.clone(), self.site.clone())
    }

    /// An environment on other stores, such as failing ones.
    pub(crate) fn environment_on(&self, work: Arc<dyn Store>, site: Arc<dyn Store>) -> Environment {
        Environment {
            config: self.config.clone(),
            work,
            site,
            ledger: self.ledger.clone(),
            source: Arc::new(Drawn::new()),
            records: Arc::default(),
            clock: self.clock.clone(),
            scratch: self.scratch.path().to_owned(),
            trigger: "test".to_owned(),
            deadline: None,
            capacity: None,
            memory: None,
            claims: Default::default(),
        }
    }
}

/// Asks the source what it has.
pub(crate) async fn ask(env: &Environment) -> Result<Refreshed, StepError> {
    let standings = Standings::all(env).await?;
    refresh(env, &standings, false, |_| {}).await
}

/// A person of this name.
pub(crate) fn person(name: &str) -> Person {
    Person::new(name).unwrap()
}

/// Every object of a store with its content.
pub(crate) async fn contents(store: &dyn Store) -> BTreeMap<String, Bytes> {
    let mut all = BTreeMap::new();
    for object in store.list("", false).await.unwrap().objects {
        all.insert(object.key.clone(), store.get(&object.key).await.unwrap().unwrap().bytes);
    }
    all
}
