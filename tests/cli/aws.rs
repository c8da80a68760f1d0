//! The program on a feed in S3 and DynamoDB, which moto emulates.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use bytes::Bytes;
use skyfeed_aws::{S3Store, dynamodb::create_table};
use skyfeed_ports::store::{Body, Condition, Headers, Store};
use skyfeed_test_support::files;
use skyfeed_tests_aws::{Emulator, Moto};
use tempfile::TempDir;

use crate::support::{Ran, Serving, oracle, program};

const WORK: &str = "s3://feeds-work/eso";
const SITE: &str = "s3://feeds-site/eso";
const LEDGER: &str = "dynamodb://feeds-ledger/eso";

/// The program as it is called by somebody whose environment names a region and a key of AWS, and nothing else of it.
pub(crate) fn signed_in(aws: &impl Emulator, home: &Path) -> Command {
    let mut command = program();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_REGION", "us-east-1");
    command.env("AWS_ENDPOINT_URL", aws.url());
    command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "very-secret");
    command
}

/// A feed on AWS that the environment names.
struct Deployed {
    root: TempDir,
    moto: Moto,
    work: S3Store,
    site: S3Store,
}

impl Deployed {
    async fn new() -> Self {
        let moto = Moto::start().unwrap();
        let work = moto.store("feeds-work", "eso").await.unwrap();
        let site = moto.store("feeds-site", "eso").await.unwrap();
        create_table("feeds-ledger", &moto.config()).await.unwrap();
        let root = TempDir::new().unwrap();
        fs::create_dir(root.path().join("images")).unwrap();
        let config = format!(
            "source_type: directory\ndirectory:\n  path: {}\npublish_url_prefix: https://feeds.example.org/eso\n",
            root.path().join("images").display()
        );
        fs::write(root.path().join("config.yaml"), config).unwrap();
        Self { root, moto, work, site }
    }

    fn config(&self) -> PathBuf {
        self.root.path().join("config.yaml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = signed_in(&self.moto, self.root.path());
        command.env("SKYFEED_WORK", WORK).env("SKYFEED_SITE", SITE).env("SKYFEED_LEDGER", LEDGER).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    fn init(&self) -> Ran {
        self.run(&["init", "--config", self.config().to_str().unwrap()])
    }

    fn state(&self, id: &str) -> String {
        let status = self.run(&["status", "--json"]).exits(0).json();
        let images = status["images"].as_array().unwrap();
        let image = images.iter().find(|image| image["id"] == id).unwrap_or_else(|| panic!("no {id} in {status}"));
        image["state"].as_str().unwrap().to_owned()
    }

    async fn put(&self, key: &str, file: &Path) {
        let headers = Headers { content_type: "image/png", cache_control: "no-store" };
        let bytes = Bytes::from(fs::read(file).unwrap());
        self.work.put(key, Body::Bytes(&bytes), headers, Condition::Always).await.unwrap();
    }

    async fn index(&self) -> String {
        let object = self.site.get("index.wtml").await.unwrap().unwrap();
        String::from_utf8(object.bytes.to_vec()).unwrap()
    }
}

async fn contents(store: &dyn Store) -> BTreeMap<String, Bytes> {
    let mut contents = BTreeMap::new();
    for object in store.list("", false).await.unwrap().objects {
        let bytes = store.get(&object.key).await.unwrap().unwrap().bytes;
        let undated = undated(&object.key, bytes);
        contents.insert(object.key, undated);
    }
    contents
}

/// A file without the time that the index keeps of a picture that has no date of its own: each site has its own.
fn undated(name: &str, bytes: Bytes) -> Bytes {
    if !name.ends_with(".wtml") {
        return bytes;
    }
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let Some((before, rest)) = text.split_once(" XSortDate=\"") else { return bytes };
    let (_, after) = rest.split_once('"').unwrap();
    format!("{before}{after}").into()
}

fn picture() -> PathBuf {
    oracle("03_study_avm_rgba_1000x1500").join("input/image.png")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_walk_works_on_a_deployed_feed_and_makes_the_bytes_of_a_local_one() {
    let feed = Deployed::new().await;
    let ran = feed.run(&["status"]).exits(1);
    assert!(ran.stderr.contains("there is no feed") && ran.stderr.contains(WORK), "{}", ran.stderr);
    let made = feed.init().exits(0).stdout;
    assert!(made.contains(WORK) && made.contains("skyfeed config check && skyfeed run\n"), "{made}");
    let shown = feed.run(&["config", "show"]).exits(0).stdout;
    assert_eq!(shown, fs::read_to_string(feed.config()).unwrap());
    let checked = feed.run(&["config", "check"]).exits(0).stdout;
    assert!(checked.starts_with("s3://feeds-work/eso/toasty-pipeline-config.yaml is good"), "{checked}");

    feed.put("inbox/mine/picture.png", &picture()).await;
    let told = feed.run(&["run"]).exits(0).stdout;
    assert!(told.contains("next: skyfeed status or skyfeed preview mine\n"), "{told}");
    assert_eq!(feed.state("mine"), "staged");
    assert!(feed.site.list("mine/", false).await.unwrap().objects.is_empty(), "published without approval");

    let preview = Serving::start(feed.command(&["preview", "mine", "--no-open"]));
    let page = preview.get("/").text();
    let revision = preview.ready["revision"].as_str().unwrap();
    assert!(page.contains(&format!("skyfeed approve mine --revision {revision}\"")), "{page}");
    let tile = preview.get("/L0X0Y0.png");
    assert_eq!((tile.status, tile.header("content-type")), (200, "image/png"));
    drop(preview);

    let told = feed.run(&["approve", "mine", "--note", "looks right"]).exits(0).stdout;
    assert!(told.contains("unless the feed's functions do it: skyfeed publish mine && skyfeed reindex\n"), "{told}");
    feed.run(&["run"]).exits(0);
    assert_eq!(feed.state("mine"), "published");
    let history = feed.run(&["history", "mine"]).exits(0).stdout;
    for line in ["tile ", "publish ", "by tester: looks right"] {
        assert!(history.contains(line), "{history}");
    }
    // What was read is kept, for the next command of the same person.
    let kept = feed.root.path().join(".cache/skyfeed");
    assert_eq!(files(&kept).unwrap().len(), 1);

    // The same on folders. An option goes before the environment.
    let folder = feed.root.path().join("local");
    let local = |arguments: &[&str]| {
        let mut command = feed.command(arguments);
        Ran::from(command.arg("--feed").arg(&folder).output().unwrap()).exits(0)
    };
    local(&["init", "--config", feed.config().to_str().unwrap()]);
    fs::create_dir_all(folder.join("work/inbox/mine")).unwrap();
    fs::copy(picture(), folder.join("work/inbox/mine/picture.png")).unwrap();
    local(&["run", "--approve-all"]);
    let site = folder.join("site");
    let names = files(&site).unwrap().into_iter().filter(|name| !name.starts_with('.'));
    let read = |name: &String| undated(name, fs::read(site.join(name)).unwrap().into());
    let wanted: BTreeMap<_, _> = names.map(|name| (name.clone(), read(&name))).collect();
    assert!(wanted.len() > 20);
    assert!(contents(&feed.site).await == wanted, "the sites differ");

    feed.run(&["retract", "mine"]).exits(0);
    feed.run(&["reindex"]).exits(0);
    assert_eq!(feed.state("mine"), "retracted");
    assert!(!feed.index().await.contains("<Place "), "{}", feed.index().await);
    feed.run(&["restore", "mine"]).exits(0);
    feed.run(&["reindex", "--rebuild"]).exits(0);
    assert!(contents(&feed.site).await == wanted, "restored otherwise than it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn init_never_overwrites_the_configuration_of_a_deployed_feed() {
    let feed = Deployed::new().await;
    feed.init().exits(0);
    let ran = feed.run(&["init", "--source", "astropix"]).exits(1);
    assert!(ran.stderr.contains("there is a feed already: `s3://feeds-work/eso/"), "{}", ran.stderr);
    let kept = feed.work.get("toasty-pipeline-config.yaml").await.unwrap().unwrap().bytes;
    assert_eq!(kept, fs::read(feed.config()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_of_toasty_in_a_bucket_is_taken_over_as_it_is() {
    let feed = Deployed::new().await;
    let ran = feed.run(&["init", "--from-site", SITE]).exits(2);
    assert!(ran.stderr.contains("--config FILE"), "{}", ran.stderr);
    let expected = oracle("10_pipeline_astropix").join("expected");
    let headers = Headers { content_type: "image/png", cache_control: "no-store" };
    let upload = async |key: &str, file: PathBuf| {
        feed.site.put(key, Body::File(&file), headers, Condition::Always).await.unwrap();
    };
    for name in files(&expected).unwrap() {
        upload(&name, expected.join(&name)).await;
    }
    upload("toasty-pipeline-config.yaml", feed.config()).await;
    let config = feed.config();
    let ran =
        feed.run(&["init", "--from-site", "s3://feeds-site/other", "--config", config.to_str().unwrap()]).exits(2);
    assert!(ran.stderr.contains(SITE) && ran.stderr.contains("--site"), "{}", ran.stderr);
    feed.run(&["init", "--from-site", SITE]).exits(0);
    let status = feed.run(&["status", "--json"]).exits(0).json();
    assert_eq!(status["counts"]["published"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_in_a_bucket_is_served_as_a_folder_is() {
    let feed = Deployed::new().await;
    let study = oracle("03_study_avm_rgba_1000x1500").join("expected");
    let headers = Headers { content_type: "image/png", cache_control: "no-store" };
    for name in ["index_rel.wtml", "thumb.jpg", "0/0/0_0.png"] {
        let key = format!("m 31/{name}");
        feed.site.put(&key, Body::File(&study.join(name)), headers, Condition::Always).await.unwrap();
    }
    // Nothing but the site is needed.
    let mut command = signed_in(&feed.moto, feed.root.path());
    command.args(["serve", "--port", "0", "--site", SITE]);
    let server = Serving::start(command);
    assert_eq!(server.ready["dir"], SITE);
    let host = format!("Host: {}\r\n", server.host());

    let tile = server.get("/m%2031/0/0/0_0.png");
    assert_eq!((tile.status, tile.header("content-type")), (200, "image/png"));
    assert_eq!(tile.body, fs::read(study.join("0/0/0_0.png")).unwrap());
    assert_eq!(tile.header("access-control-allow-origin"), "*");
    let head = server.ask("HEAD", "/m%2031/0/0/0_0.png", &host);
    assert_eq!((head.header("content-length"), head.body.len()), (&*tile.body.len().to_string(), 0));
    let part = server.ask("GET", "/m%2031/0/0/0_0.png", &format!("{host}Range: bytes=1-3\r\n"));
    assert_eq!((part.status, part.text().as_str()), (206, "PNG"));
    let known = format!("{host}If-None-Match: {}\r\n", tile.header("etag"));
    assert_eq!(server.ask("GET", "/m%2031/0/0/0_0.png", &known).status, 304);

    let wtml = server.get("/m%2031/index.wtml");
    assert_eq!(wtml.header("content-type"), "application/x-wtml");
    assert!(
        wtml.text().contains(&format!("Url=\"{}m%2031/{{1}}/{{3}}/{{3}}_{{2}}.png\"", server.url)),
        "{}",
        wtml.text()
    );
    assert!(server.get("/").text().contains("./m%2031/"), "{}", server.get("/").text());
    assert!(server.get("/m%2031/").text().contains("Open in WorldWide Telescope"));
    assert_eq!(server.get("/m%2031").header("location"), "/m%2031/");
    for path in ["/m", "/m%2031/0/0/0_0.png/", "/../x", "/.skyfeed/x"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_out_learns_why_and_what_to_do() {
    let feed = Deployed::new().await;
    let failed = |mut command: Command, code| {
        let told = Ran::from(command.output().unwrap()).exits(code).stderr;
        assert!(!told.contains("very-secret"), "{told}");
        told
    };
    let mut command = feed.command(&["status"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let told = failed(command, 1);
    assert!(told.starts_with("error: cannot read `s3://feeds-work/eso/toasty-pipeline-config.yaml`\n"), "{told}");
    assert!(told.contains("  help: no AWS credentials were found: ") && told.contains("AWS_PROFILE"), "{told}");

    let mut command = feed.command(&["status"]);
    command.env_remove("AWS_REGION");
    let told = failed(command, 2);
    assert!(told.contains(WORK) && told.contains("set AWS_REGION"), "{told}");

    feed.init().exits(0);
    let mut command = feed.command(&["reindex", "--rebuild"]);
    command.args(["--site", "s3://no-such-site"]);
    let told = failed(command, 1);
    assert!(told.contains("NoSuchBucket") && told.contains("help: ") && told.contains("s3://no-such-site"), "{told}");

    for wrong in ["s3://UPPER", "s3://bucket//a"] {
        let mut command = feed.command(&["status", "--work"]);
        command.arg(wrong);
        let told = failed(command, 2);
        assert!(told.contains(wrong), "{told}");
    }
}
