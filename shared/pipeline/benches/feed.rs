//! How long commands take on a large feed whose stores and ledger need 10 ms for each request, and how many requests that is.
//!
//! `cargo bench -p skyfeed-pipeline --bench feed -- [IMAGES]`. Making the feed takes most of the time.

#![allow(clippy::unwrap_used, reason = "a bench ends where it panics")]
#![allow(missing_docs, reason = "this is a program")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use skyfeed_pipeline::{
    decide::{Decide, decide},
    environment::Environment,
    id::ImageId,
    publish::publish,
    record::Verdict,
    refresh::refresh,
    reindex::{Reindex, reindex},
    retract::{Reason, retract},
    staged::{Study, TileReader},
    standing::{Standing, Standings},
    tile::tile,
    walk::{Walk, walk},
};
use skyfeed_ports::store::{Body, Condition, Headers, Store};

#[path = "../tests/support/feed.rs"]
mod feed;
#[path = "../tests/support/many.rs"]
mod many;
use feed::person;
use many::Many;

const DELAY: Duration = Duration::from_millis(10);

#[tokio::main]
async fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let images: usize = asked.unwrap_or(10_000);
    println!("| {images} images, {} ms a request | s | requests | largest read, bytes |", DELAY.as_millis());
    println!("| --- | ---: | ---: | ---: |");
    of_one_image(images).await;
    of_all(images).await;
    of_the_source(2 * images).await;
    of_a_large_image(images).await;
}

/// Measures one command and prints its line.
async fn measure<T>(many: &Many, what: &str, command: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let done = command.await;
    let seconds = started.elapsed().as_secs_f64();
    let counters = &many.counters;
    println!("| {what} | {seconds:.2} | {} | {} |", counters.total(), counters.largest_read_bytes());
    done
}

fn one() -> ImageId {
    ImageId::new("img00042").unwrap()
}

async fn approve(env: &Environment) {
    let (id, by, note) = (one(), person("berta"), String::new());
    let command = Decide { id, revision: None, verdict: Verdict::Approve, by, note, manifest_sha256: None };
    decide(env, &command).await.unwrap();
}

async fn of_one_image(images: usize) {
    for dated in [true, false] {
        let mut many = Many::published(images, dated, DELAY).await;
        if dated {
            let env = many.environment();
            measure(&many, "approve ID", approve(&env)).await;
            let env = many.environment();
            let standing = measure(&many, "why ID, history ID", Standing::of(&env, &one())).await.unwrap().unwrap();
            let env = many.environment();
            let preview = async {
                Standing::of(&env, &one()).await.unwrap();
                let study = Study::find(&env, &one(), standing.revision.as_ref().unwrap()).await.unwrap().unwrap();
                TileReader::open(&env.work, &study).await.unwrap().tile("L0X0Y0.png").await.unwrap();
            };
            measure(&many, "preview ID, to the first tile", preview).await;
        }
        let env = many.environment();
        let (id, takedown) = (one(), Reason::default());
        let retracted = retract(&env, &id, &takedown);
        if dated {
            measure(&many, "retract ID", retracted).await.unwrap();
        } else {
            retracted.await.unwrap();
        }
        let env = many.environment();
        let what = if dated { "reindex of one change, dated" } else { "reindex of one change, undated" };
        measure(&many, what, reindex(&env, &Reindex::Changed(vec![one()]))).await.unwrap();
    }
}

async fn of_all(images: usize) {
    let mut many = Many::published(images, true, DELAY).await;
    let env = many.environment();
    measure(&many, "status, cold", Standings::all(&env)).await.unwrap();
    let records = Arc::clone(&env.records);
    let env = Environment { records: Arc::clone(&records), ..many.environment() };
    measure(&many, "status, with its cache", Standings::all(&env)).await.unwrap();
    let env = many.environment();
    measure(&many, "idle run, cold", walk(&env, &Walk { refresh: true, approve_all: None }, &())).await.unwrap();
    let env = Environment { records, ..many.environment() };
    measure(&many, "idle run, with its cache", walk(&env, &Walk { refresh: true, approve_all: None }, &()))
        .await
        .unwrap();
}

async fn of_the_source(candidates: usize) {
    let mut many = Many::new(candidates, true, DELAY);
    let env = many.environment();
    let started = Instant::now();
    let mut first = None;
    let asked = async {
        let standings = Standings::all(&env).await.unwrap();
        refresh(&env, &standings, false, |_| first = first.or(Some(started.elapsed()))).await.unwrap()
    };
    measure(&many, &format!("refresh, {candidates} new"), asked).await;
    println!("|   … the first of them is queued after | {:.2} | | |", first.unwrap().as_secs_f64());
}

/// A picture of 108 megapixels with the noise of a camera, among all the others.
async fn of_a_large_image(images: usize) {
    let mut many = Many::published(images, true, DELAY).await;
    let id = ImageId::new("large").unwrap();
    let record =
        String::from_utf8_lossy(&many.feed.work.get("inbox/img00042/source.json").await.unwrap().unwrap().bytes)
            .replace("img00042", "large")
            .replace("40.0", "12000.0")
            .replace("30.0", "9000.0");
    let headers = Headers { content_type: "application/octet-stream", cache_control: "no-store" };
    for (key, bytes) in [("inbox/large/source.json", record.into()), ("inbox/large/image.png", noise(12_000, 9_000))] {
        many.feed.work.put(key, Body::Bytes(&bytes), headers, Condition::Always).await.unwrap();
    }
    let env = many.environment();
    measure(&many, "tile, 108 megapixels", tile(&env, &id)).await.unwrap();
    let study = Standing::of(&many.feed.environment(), &id).await.unwrap().unwrap();
    let revision = study.revisions[0].revision.clone();
    let study = Study::find(&many.feed.environment(), &id, &revision).await.unwrap().unwrap();
    let command = Decide {
        id: id.clone(),
        revision: None,
        verdict: Verdict::Approve,
        by: person("anna"),
        note: String::new(),
        manifest_sha256: None,
    };
    decide(&many.feed.environment(), &command).await.unwrap();
    let env = many.environment();
    measure(&many, &format!("publish ID, {} tiles", study.tile_count()), publish(&env, &id)).await.unwrap();
}

fn noise(width: u32, height: u32) -> bytes::Bytes {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let mut state = 1_u32;
    let pixels: Vec<u8> = (0..3 * u64::from(width) * u64::from(height))
        .map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (at / 40_000) as u8 / 2 + (state >> 29) as u8
        })
        .collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file.into()
}
