//! Feeds that the first edition made go on: nothing that is live changes, and nothing that was decided is asked again.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use skyfeed_pipeline::{
    config::{Config, SourceConfig},
    environment::Environment,
    id::ImageId,
    outcome::Outcome,
    restore::{Restored, restore},
    source::from_config,
    standing::{Standing, Standings, State},
    walk::{Due, Walk, walk},
};
use skyfeed_ports::{clock::SystemClock, ledger::SqliteLedger, store::LocalStore};

mod support {
    pub(crate) mod feed;
}
use support::feed::contents;

/// A copy of a feed of the first edition.
fn copy(name: &str) -> (tempfile::TempDir, Environment) {
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(name);
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&from, folder.path());
    let env = open(folder.path());
    (folder, env)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn open(folder: &Path) -> Environment {
    let text = fs::read_to_string(folder.join("work/toasty-pipeline-config.yaml")).unwrap();
    let config = Config::parse(&text).unwrap();
    let SourceConfig::Directory { path } = &config.source else { panic!("{:?}", config.source) };
    let source = SourceConfig::Directory { path: folder.join(path).to_string_lossy().into_owned() };
    Environment {
        source: from_config(&source, &config.http).unwrap(),
        config: Arc::new(config),
        work: Arc::new(LocalStore::open(&folder.join("work")).unwrap()),
        site: Arc::new(LocalStore::open(&folder.join("site")).unwrap()),
        ledger: Arc::new(SqliteLedger::open(&folder.join("ledger.sqlite")).unwrap()),
        records: Arc::default(),
        clock: Arc::new(SystemClock),
        scratch: folder.join("scratch"),
        trigger: "test".to_owned(),
        deadline: None,
        capacity: None,
        memory: None,
        claims: Default::default(),
    }
}

async fn states(env: &Environment) -> BTreeMap<String, String> {
    let standings = Standings::all(env).await.unwrap();
    standings.iter().map(|one| (one.id.to_string(), one.state.name().to_owned())).collect()
}

async fn waiting(env: &Environment) -> Vec<String> {
    let standings = Standings::all(env).await.unwrap();
    standings.iter().filter(|one| one.waiting().next().is_some()).map(|one| one.id.to_string()).collect()
}

/// What the first edition said, in today's words.
fn as_then(name: &str) -> BTreeMap<String, String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(name).join("status.json");
    let status: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let word = |id: &str, state: &str| match state {
        "candidate" => "offered".to_owned(),
        "skipped" if id == "retracted" => "retracted".to_owned(),
        other => other.to_owned(),
    };
    let images = status["images"].as_array().unwrap().iter();
    images
        .map(|image| (image["id"].as_str().unwrap(), image["state"].as_str().unwrap()))
        .map(|(id, state)| (id.to_owned(), word(id, state)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_image_stands_where_the_first_edition_had_it() {
    for name in ["first-edition", "first-edition-toasty-layout"] {
        let (_folder, env) = copy(name);
        let mut expected = as_then(name);
        // It was rejected before somebody marked it; the mark is what the site says.
        expected.entry("skipped-candidate".to_owned()).and_modify(|state| *state = "skipped".to_owned());
        assert_eq!(states(&env).await, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_changes_nothing_that_is_live_and_asks_nothing_anew() {
    let (_folder, env) = copy("first-edition");
    let before = contents(&*env.site).await;
    let command = Walk { refresh: true, approve_all: None };
    walk(&env, &command, &()).await.unwrap();
    let after = contents(&*env.site).await;
    let changed: BTreeSet<&str> = after
        .iter()
        .filter(|(key, bytes)| before.get(*key) != Some(*bytes))
        .map(|(key, _)| key.split('/').next().unwrap())
        .collect();
    assert_eq!(changed.into_iter().collect::<Vec<_>>(), ["approved-not-yet-published", "index.wtml", "index_rel.wtml"]);
    assert!(before.keys().all(|key| after.contains_key(key)), "something went away");

    let asked = [
        "candidate-not-fetched",
        "fetched-not-tiled",
        "published-then-new-revision-waiting",
        "tiling-interrupted",
        "waiting",
    ];
    assert_eq!(waiting(&env).await, asked);
    let order = |index: &[u8]| {
        let text = String::from_utf8_lossy(index).into_owned();
        let of = |id: &str| text.find(&format!("/{id}/"));
        let mut ids: Vec<(usize, String)> = before
            .keys()
            .filter_map(|key| key.strip_suffix("/index.wtml"))
            .filter_map(|id| Some((of(id)?, id.to_owned())))
            .collect();
        ids.sort();
        ids.into_iter().map(|(_, id)| id).filter(|id| id != "publish-interrupted").collect::<Vec<_>>()
    };
    assert_eq!(order(&before["index.wtml"]), order(&after["index.wtml"]), "the index changed its order");

    let (work, site) = (contents(&*env.work).await, contents(&*env.site).await);
    let due = Due::of(&env, &Standings::all(&env).await.unwrap()).await.unwrap();
    assert_eq!((due.tile, due.publish), (vec![], vec![]));
    walk(&env, &command, &()).await.unwrap();
    assert!(work == contents(&*env.work).await && site == contents(&*env.site).await, "a second walk wrote something");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_down_comes_back_as_it_was_approved() {
    let (_folder, env) = copy("first-edition");
    let id = ImageId::new("retracted").unwrap();
    assert_eq!(Standing::of(&env, &id).await.unwrap().unwrap().state, State::Retracted);
    assert!(matches!(restore(&env, &id).await.unwrap(), Outcome::Done(Restored::OnSite(Some(_)))));
    let standing = Standing::of(&env, &id).await.unwrap().unwrap();
    assert_eq!((standing.state, standing.problem), (State::Published, None));
    let site = contents(&*env.site).await;
    assert!(site.keys().any(|key| key.starts_with("retracted/") && key.ends_with("/L0X0Y0.png")));
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_of_two_people_and_of_one_who_changed_nothing_are_read_with_their_names() {
    let (_folder, env) = copy("first-edition");
    let of = async |id: &str| Standing::of(&env, &ImageId::new(id).unwrap()).await.unwrap().unwrap();
    let two = of("two-people").await;
    let names: Vec<&str> = two.revisions[0].approved_by.iter().map(|person| person.as_str()).collect();
    assert_eq!(names, ["An Na Müller", "bob@example.org"]);
    let outweighed = of("rejected-then-approved").await;
    assert_eq!((&outweighed.state, outweighed.who[0].as_str()), (&State::Rejected, "An Na Müller"));
    let live = of("published-then-rejected").await;
    assert_eq!((&live.state, live.code), (&State::Published, "rejected-but-live"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_toasty_stays_as_it_is() {
    let (_folder, env) = copy("first-edition-toasty-layout");
    let before = contents(&*env.site).await;
    walk(&env, &Walk { refresh: true, approve_all: None }, &()).await.unwrap();
    let after = contents(&*env.site).await;
    let changed: Vec<&String> = after.keys().filter(|key| before.get(*key) != after.get(*key)).collect();
    assert_eq!((changed, before.len()), (vec![], after.len()));
}
