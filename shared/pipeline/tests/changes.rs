//! A feed whose source breaks off, answers nonsense, and changes its files: nothing is lost, nothing comes twice, and people decide on what is new.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{fs, sync::Arc};

use bytes::Bytes;
use serde_json::{Value, json};
use skyfeed_pipeline::{
    batch::Ending,
    environment::Environment,
    error::StepError,
    fetch::{fetch, fetch_again},
    http::{Client, HttpOptions},
    id::ImageId,
    outcome::Outcome,
    source::{Astropix, Directory, ImageSource},
    standing::{Next, Standing, State},
    walk::{Walk, Walked, walk},
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};
use support::{
    feed::{Feed, ask, contents, draw, person},
    options,
    ranges::{Behaviour, Ranges},
    server::Server,
};

#[path = "support/feed.rs"]
mod feed;
mod support {
    #![allow(dead_code, reason = "each test file uses a part")]
    pub(crate) use super::feed;
    use skyfeed_pipeline::http::HttpOptions;
    pub(crate) mod ranges;
    pub(crate) mod server;

    pub(crate) fn options() -> HttpOptions {
        HttpOptions { attempts: 1, allow_private_hosts: true, ..HttpOptions::default() }
    }
}

/// The id of the image that the server has.
fn one() -> ImageId {
    ImageId::new("x_one").unwrap()
}

fn record(url: &str, title: &str) -> Value {
    json!({
        "title": title, "description": "D", "image_id": "one", "publisher_id": "x", "image_credit": "C", "resource_url": url,
        "reference_url": "", "last_updated": "2019-04-02T14:00:38", "wcs_projection": "TAN", "wcs_quality": "Full",
        "wcs_reference_value": ["83.6", "22.0"], "wcs_reference_dimension": ["40", "30"], "wcs_reference_pixel": ["20", "15"],
        "wcs_scale": ["-1e-4", "1e-4"], "wcs_rotation": "12.5", "wcs_coordinate_frame": "ICRS", "wcs_equinox": "J2000",
    })
}

/// A feed of one image, which `server` has.
struct Web {
    feed: Feed,
    server: Ranges,
    title: &'static str,
}

impl Web {
    async fn new(behaviour: Behaviour) -> Self {
        Self { feed: Feed::new(""), server: Ranges::serve(behaviour).await, title: "T" }
    }

    /// An environment as a new process has it, and the server of the list, to be kept as long.
    async fn environment(&self) -> (Environment, Server) {
        let list = json!([record(self.server.url.as_str(), self.title)]).to_string();
        let server = Server::start(axum::Router::new().fallback(async move || list)).await;
        let client = Client::new(&HttpOptions { ..options() }).unwrap();
        let source: Arc<dyn ImageSource> = Arc::new(Astropix::new(client, server.url("/feed.json")));
        (Environment { source, ..self.feed.environment() }, server)
    }

    async fn fetched(&self) -> Result<Outcome<String>, StepError> {
        let (env, _server) = self.environment().await;
        ask(&env).await.unwrap();
        // What was put off is over.
        self.feed.clock.advance(8 * 24 * 3600);
        fetch(&env, &one()).await
    }

    async fn walked(&self) -> Walked {
        let (env, _server) = self.environment().await;
        walked(&env).await
    }

    async fn standing(&self) -> Standing {
        let (env, _server) = self.environment().await;
        Standing::of(&env, &one()).await.unwrap().unwrap()
    }

    /// The image in the inbox.
    async fn image(&self) -> Option<Bytes> {
        Some(self.feed.work.get("inbox/x_one/image.jpg").await.unwrap()?.bytes)
    }
}

async fn walked(env: &Environment) -> Walked {
    walk(env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap()
}

async fn published(env: &Environment) {
    let walked = walk(env, &Walk { refresh: true, approve_all: Some(person("anna")) }, &()).await.unwrap();
    assert!(walked.events.iter().all(|event| event.is_done()), "{:?}", walked.events);
}

fn bytes(size: usize) -> Vec<u8> {
    let mut state = size as u64;
    let noise = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*state >> 56) as u8
    };
    (0..size).map(|_| noise(&mut state)).collect()
}

#[tokio::test]
async fn a_download_goes_on_in_the_next_attempt_and_leaves_no_parts() {
    for (size, cuts) in
        [(1_000_000, vec![400_000]), (40_000_000, vec![17_000_000, 1, 20_000_000]), (33_554_432, vec![33_554_431])]
    {
        let content = bytes(size);
        let mut all: Vec<_> = cuts.iter().map(|&cut| Some(cut)).collect();
        all.push(None);
        let web = Web::new(Behaviour { cuts: all, ..Behaviour::new(content.clone()) }).await;
        for _ in &cuts {
            assert!(matches!(web.fetched().await, Err(StepError::PutOff { .. })));
            assert_eq!(web.image().await, None, "no part is an image");
        }
        assert_eq!(web.fetched().await.unwrap(), Outcome::Done("inbox/x_one/image.jpg".to_owned()));
        assert!(web.image().await.unwrap() == content);
        let log = web.server.log();
        // What is too small to be worth a request comes again.
        assert!(log.sent_bytes <= size + 70_000, "{size}: {} bytes, {:?}", log.sent_bytes, log.ranges);
        let left = web.feed.work.list("downloads/", false).await.unwrap().objects;
        assert_eq!(left, [], "{size}");
    }
}

#[tokio::test]
async fn parts_of_another_content_are_not_mixed_with_it() {
    let (first, second) = (bytes(900_000), bytes(800_000));
    let web = Web::new(Behaviour { cuts: vec![Some(500_000), None], ..Behaviour::new(first) }).await;
    assert!(web.fetched().await.is_err());
    web.server.behave(|it| {
        it.content = Arc::new(second.clone());
        it.validators = "ETag: \"2\"\r\n".to_owned();
    });
    web.fetched().await.unwrap();
    assert!(web.image().await.unwrap() == second);
}

#[tokio::test]
async fn parts_that_somebody_damaged_count_as_nothing() {
    let content = bytes(900_000);
    let web = Web::new(Behaviour { cuts: vec![Some(500_000), None], ..Behaviour::new(content.clone()) }).await;
    assert!(web.fetched().await.is_err());
    let parts = web.feed.work.list("downloads/", false).await.unwrap().objects;
    let part = parts.iter().find(|part| !part.key.ends_with(".json")).unwrap();
    web.feed.work.delete(std::slice::from_ref(&part.key)).await.unwrap();
    web.fetched().await.unwrap();
    assert!(web.image().await.unwrap() == content);
}

#[tokio::test]
async fn what_is_no_image_is_put_off_and_says_what_came() {
    let page = |body: &[u8]| Behaviour { media_type: "text/html; charset=utf-8", ..Behaviour::new(body.to_vec()) };
    let cases = [
        (
            page(b"<!DOCTYPE html>\n<html><title>Log in</title>"),
            "a web page that begins `<!DOCTYPE html> <html><title>Log in</title>` (text/html; charset=utf-8, 43 bytes)",
        ),
        (page(b"{\"error\": 1}"), "a JSON document that begins"),
        (page(b"<?xml version=\"1.0\"?><Error/>"), "an XML document that begins"),
        (page(b"Down for maintenance"), "a text that begins `Down for maintenance`"),
        (page(b""), "answered with nothing"),
        (Behaviour { status: Some("204 No Content"), ..page(b"") }, "204 No Content"),
        (
            Behaviour { status: Some("206 Partial Content"), ..Behaviour::new(draw(40, 30).to_vec()) },
            "206 Partial Content",
        ),
        (Behaviour { cuts: vec![Some(50)], ..Behaviour::new(draw(40, 30).to_vec()) }, "cannot fetch"),
    ];
    for (behaviour, said) in cases {
        let web = Web::new(behaviour).await;
        let events = web.walked().await.events;
        assert_eq!(events.len(), 1, "{said}: {events:?}");
        assert!(
            matches!(&events[0].ending, Ending::Failed(failure) if failure.causes.join(": ").contains(said)),
            "{said}: {events:?}"
        );
        let standing = web.standing().await;
        assert!(matches!(standing.state, State::PutOff { .. }), "{said}: {standing:?}");
        assert_eq!(web.image().await, None, "{said}");
        // Later, the server is well.
        web.server.behave(|it| {
            let good = Behaviour::new(draw(40, 30).to_vec());
            (it.content, it.status, it.cuts) = (good.content, good.status, good.cuts);
        });
        web.feed.clock.advance(2 * 3600);
        web.walked().await;
        assert!(matches!(web.standing().await.state, State::Staged { .. }), "{said}");
    }
}

#[tokio::test]
async fn what_is_not_known_to_be_no_image_is_judged_by_tile() {
    let web = Web::new(Behaviour::new(b"\0\x01\x02 nobody knows".to_vec())).await;
    web.walked().await;
    assert_eq!(web.standing().await.state, State::Unusable);
}

#[tokio::test]
async fn a_file_that_changed_in_silence_is_found_in_its_turn_and_waits_for_people() {
    let web = Web::new(Behaviour::new(draw(40, 30).to_vec())).await;
    let (env, server) = web.environment().await;
    published(&env).await;
    let live = web.standing().await.revision.unwrap();
    drop((env, server, web.server.log()));

    // Not so soon after the last time.
    assert_eq!(web.walked().await.refreshed.due, []);
    assert_eq!(web.server.log().ranges.len(), 0);

    // The clock of the test is years behind that of the store.
    web.feed.clock.advance(20 * 365 * 24 * 3600);
    assert_eq!(web.walked().await.refreshed.due, []);
    assert_eq!(web.server.log().not_modified, 1);
    web.server.behave(|it| {
        it.content = Arc::new(draw(41, 31).to_vec());
        it.validators = "ETag: \"2\"\r\n".to_owned();
    });
    let walked = web.walked().await;
    assert_eq!((walked.refreshed.due, walked.refreshed.changed), (vec![one()], 1));
    let standing = web.standing().await;
    assert_eq!((&standing.state, standing.revision.as_ref()), (&State::Published, Some(&live)));
    assert!(matches!(&standing.next, Next::Preview { revision } if *revision != live), "{standing:?}");
    assert!(!standing.changed_at_source);
    assert!(web.image().await.unwrap() == draw(41, 31));
}

#[tokio::test]
async fn a_new_title_makes_a_revision_without_a_download() {
    let mut web = Web::new(Behaviour::new(draw(40, 30).to_vec())).await;
    let (env, server) = web.environment().await;
    published(&env).await;
    drop((env, server, web.server.log()));
    let before = web.feed.work.head("inbox/x_one/image.jpg").await.unwrap().unwrap();
    web.title = "Another";
    assert_eq!(web.walked().await.refreshed.changed, 1);
    let log = web.server.log();
    assert_eq!((log.ranges.len(), log.not_modified, log.sent_bytes), (1, 1, 0));
    // Its creation is what sets off `tile` in the cloud.
    let image = web.feed.work.head("inbox/x_one/image.jpg").await.unwrap().unwrap();
    assert!(image.modified > before.modified && image.etag == before.etag);
    let standing = web.standing().await;
    assert!(matches!((&standing.state, &standing.next), (State::Published, Next::Preview { .. })), "{standing:?}");
    let pixels = web.feed.work.list("pixels/x_one/", true).await.unwrap().prefixes;
    assert_eq!(pixels.len(), 1, "the tiles are the same");
    assert_eq!(web.walked().await.events, [], "once");
}

#[tokio::test]
async fn while_the_source_has_nothing_good_what_is_there_stays() {
    let mut web = Web::new(Behaviour::new(draw(40, 30).to_vec())).await;
    let (env, server) = web.environment().await;
    published(&env).await;
    drop((env, server));
    let before = contents(&*web.feed.site).await;
    web.title = "Another";
    web.server.behave(|it| {
        *it = Behaviour { validators: String::new(), ..Behaviour::new(b"<html>".to_vec()) };
    });
    assert!(web.walked().await.events.iter().any(|event| matches!(event.ending, Ending::Failed(_))));
    assert_eq!(web.walked().await.events, [], "it is put off");
    assert!(web.image().await.unwrap() == draw(40, 30));
    assert_eq!(contents(&*web.feed.site).await, before);
    let standing = web.standing().await;
    assert!(standing.changed_at_source && standing.state == State::Published, "{standing:?}");
    web.server.behave(|it| *it = Behaviour::new(draw(40, 30).to_vec()));
    web.feed.clock.advance(2 * 3600);
    web.walked().await;
    assert!(!web.standing().await.changed_at_source);
}

/// A feed of the pictures in a folder.
fn of_folder(feed: &Feed, folder: &tempfile::TempDir) -> Environment {
    Environment { source: Arc::new(Directory::new(folder.path())), ..feed.environment() }
}

/// A picture in the inbox has to tell its place in its record.
async fn place(env: &Environment, id: &str) {
    let spatial = json!({
        "projection": "TAN", "reference_value_deg": [83.6, 22.0], "reference_dimension_px": [40.0, 30.0],
        "reference_pixel": [20.0, 15.0], "scale_deg_per_px": [-1e-4, 1e-4], "rotation_deg": 1.0,
    });
    let record = json!({"format": 1, "id": id, "title": "T", "spatial": spatial}).to_string();
    let headers = Headers { content_type: "application/json", cache_control: "no-store" };
    let key = format!("inbox/{id}/source.json");
    env.work.put(&key, Body::Bytes(&record.into()), headers, Condition::Always).await.unwrap();
}

#[tokio::test]
async fn a_replaced_file_in_a_folder_becomes_a_revision_and_the_old_one_stays_live() {
    let (feed, folder) = (Feed::new(""), tempfile::tempdir().unwrap());
    let file = folder.path().join("m31.png");
    fs::write(&file, draw(40, 30)).unwrap();
    let (env, id) = (of_folder(&feed, &folder), ImageId::new("m31").unwrap());
    place(&env, "m31").await;
    published(&env).await;
    let site = contents(&*feed.site).await;
    assert_eq!(walked(&env).await.events, []);

    // The same bytes at another time are no new image.
    fs::File::options().append(true).open(&file).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let image = feed.work.head("inbox/m31/image.png").await.unwrap();
    assert_eq!(walked(&env).await.refreshed.changed, 1);
    assert_eq!(feed.work.head("inbox/m31/image.png").await.unwrap(), image);
    assert_eq!(walked(&env).await.events, []);

    fs::write(&file, draw(44, 33)).unwrap();
    ask(&env).await.unwrap();
    let standing = Standing::of(&env, &id).await.unwrap().unwrap();
    assert!(standing.changed_at_source && standing.next == Next::Fetch, "{standing:?}");
    walked(&env).await;
    let standing = Standing::of(&env, &id).await.unwrap().unwrap();
    assert!(matches!((&standing.state, &standing.next), (State::Published, Next::Preview { .. })), "{standing:?}");
    assert_eq!(contents(&*feed.site).await, site);
    assert_eq!(walked(&env).await.events, []);
}

#[tokio::test]
async fn what_a_person_put_into_the_inbox_is_never_replaced() {
    let (feed, folder) = (Feed::new(""), tempfile::tempdir().unwrap());
    let headers = Headers { content_type: "image/png", cache_control: "no-store" };
    let (env, file) = (of_folder(&feed, &folder), folder.path().join("m31.png"));
    // Before the source had one; the name is even the one that a download gets.
    env.work.put("inbox/m31/image.png", Body::Bytes(&draw(40, 30)), headers, Condition::Always).await.unwrap();
    place(&env, "m31").await;
    fs::write(&file, draw(50, 30)).unwrap();
    walked(&env).await;
    let image = async || feed.work.get("inbox/m31/image.png").await.unwrap().unwrap().bytes;
    assert!(image().await == draw(40, 30));
    fs::write(&file, draw(60, 30)).unwrap();
    walked(&env).await;
    assert!(image().await == draw(40, 30));

    // In place of a download.
    fs::write(folder.path().join("m33.png"), draw(40, 30)).unwrap();
    place(&env, "m33").await;
    walked(&env).await;
    env.work.put("inbox/m33/image.png", Body::Bytes(&draw(41, 30)), headers, Condition::Always).await.unwrap();
    fs::write(folder.path().join("m33.png"), draw(50, 30)).unwrap();
    walked(&env).await;
    assert!(feed.work.get("inbox/m33/image.png").await.unwrap().unwrap().bytes == draw(41, 30));
    assert_eq!(walked(&env).await.events, [], "and not asked for again and again");
}

#[tokio::test]
async fn what_a_person_says_of_an_image_before_it_comes_stays_until_it_is_fetched_again() {
    let web = Web::new(Behaviour::new(draw(40, 30).to_vec())).await;
    let (env, _server) = web.environment().await;
    place(&env, "x_one").await;
    let said = async || {
        let bytes = env.work.get("inbox/x_one/source.json").await.unwrap().unwrap().bytes;
        serde_json::from_slice::<Value>(&bytes).unwrap()["spatial"]["rotation_deg"].clone()
    };
    ask(&env).await.unwrap();
    fetch(&env, &one()).await.unwrap();
    assert_eq!(said().await, json!(1.0));
    fetch_again(&env, &one()).await.unwrap();
    assert_eq!(said().await, json!(12.5));
}

#[tokio::test]
async fn a_record_that_a_broken_off_download_left_is_not_a_persons() {
    let mut web = Web::new(Behaviour::new(draw(40, 30).to_vec())).await;
    web.fetched().await.unwrap();
    web.feed.work.delete(&["inbox/x_one/image.jpg".to_owned()]).await.unwrap();
    web.title = "Another";
    web.fetched().await.unwrap();
    let record = web.feed.work.get("inbox/x_one/source.json").await.unwrap().unwrap().bytes;
    assert_eq!(serde_json::from_slice::<Value>(&record).unwrap()["title"], "Another");
}

#[tokio::test]
async fn an_unusable_image_that_is_mended_in_its_folder_comes_again() {
    let (feed, folder) = (Feed::new(""), tempfile::tempdir().unwrap());
    let file = folder.path().join("m31.png");
    fs::write(&file, "no picture").unwrap();
    let (env, id) = (of_folder(&feed, &folder), ImageId::new("m31").unwrap());
    place(&env, "m31").await;
    walked(&env).await;
    assert_eq!(Standing::of(&env, &id).await.unwrap().unwrap().state, State::Unusable);
    fs::write(&file, draw(40, 30)).unwrap();
    walked(&env).await;
    let state = Standing::of(&env, &id).await.unwrap().unwrap().state;
    assert!(matches!(state, State::Staged { .. }), "{state:?}");
}

#[tokio::test]
async fn new_images_come_before_changed_ones() {
    let (feed, folder) = (Feed::new("max_new_per_run: 2\n"), tempfile::tempdir().unwrap());
    for name in ["a", "b"] {
        fs::write(folder.path().join(format!("{name}.png")), draw(40, 30)).unwrap();
    }
    let env = of_folder(&feed, &folder);
    walked(&env).await;
    for name in ["a", "b", "y"] {
        fs::write(folder.path().join(format!("{name}.png")), draw(50, 30)).unwrap();
    }
    let found = ask(&env).await.unwrap();
    let due: Vec<_> = found.due.iter().map(ImageId::as_str).collect();
    assert_eq!((due.as_slice(), found.changed, found.postponed), (&["y", "a"][..], 1, 1));
}
