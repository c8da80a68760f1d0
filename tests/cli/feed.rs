//! The commands of a feed, on the sites of the oracle.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;
use skyfeed_test_support::{Case, Element, Site, files, same_tile, same_wtml};
use tempfile::TempDir;

use crate::support::{Ran, Serving, program, run};

/// A feed whose source is a site of the oracle.
struct Feed {
    root: TempDir,
    case: Case,
    // The source lives as long as the feed.
    site: Site,
}

impl Feed {
    /// Makes a feed; `more` is added to the configuration.
    fn new(case: &str, more: &str) -> Self {
        let case = Case::open(case).unwrap();
        let site = Site::start(&case.input().join("site")).unwrap();
        let root = TempDir::new().unwrap();
        let config = site.fill(&fs::read_to_string(case.input().join("toasty-pipeline-config.yaml")).unwrap());
        fs::write(root.path().join("config.yaml"), format!("{config}\n{more}\n")).unwrap();
        let feed = Self { root, case, site };
        let config = feed.root.path().join("config.yaml");
        feed.run(["init".as_ref(), "--config".as_ref(), config.as_os_str()]).exits(0);
        feed
    }

    fn astropix() -> Self {
        Self::new("10_pipeline_astropix", "")
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join("feed")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        Ran::from(program().args(arguments).arg("--feed").arg(self.dir()).output().unwrap())
    }

    /// Size and time of every file of a store.
    fn written(&self, store: &str) -> BTreeMap<String, (u64, SystemTime)> {
        let names = files(&self.path(store)).unwrap();
        let stat = |name: &String| fs::metadata(self.path(store).join(name)).unwrap();
        names.iter().map(|name| (name.clone(), (stat(name).len(), stat(name).modified().unwrap()))).collect()
    }

    fn states(&self) -> BTreeMap<String, String> {
        let status = self.run(["status", "--json"]).exits(0).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        status["images"].as_array().unwrap().iter().map(|image| (text(&image["id"]), text(&image["state"]))).collect()
    }
}

/// Runs everything on a case and compares the site with what toasty published.
#[track_caller]
fn reproduces_toasty(case: &str) {
    let feed = Feed::new(case, "site_layout: toasty");
    feed.run(["run", "--approve-all"]).exits(0);
    let expected = feed.case.expected();
    for name in files(&expected).unwrap() {
        let (wanted, made) = (expected.join(&name), feed.path("site").join(&name));
        if name.ends_with(".png") {
            same_tile(&wanted, &made, feed.case.tolerance().unwrap()).unwrap();
        } else if name.ends_with(".wtml") {
            let read = |path: &Path| -> Element { fs::read_to_string(path).unwrap().parse().unwrap() };
            let ignored: &[&str] = if case.contains("astropix") {
                &["Credits", "Description", "@XLastUpdated"]
            } else {
                &["@XLastUpdated"]
            };
            same_wtml(&read(&wanted), &read(&made), ignored).unwrap();
        }
    }
    let mut made = files(&feed.path("site")).unwrap();
    made.retain(|name| name.contains('/') && !name.starts_with('.'));
    let mut wanted = files(&expected).unwrap();
    wanted.retain(|name| name.contains('/'));
    assert_eq!(made, wanted);
}

#[test]
fn an_astropix_feed_in_toastys_layout_is_toastys() {
    reproduces_toasty("10_pipeline_astropix");
}

#[test]
fn a_djangoplicity_feed_in_toastys_layout_is_toastys() {
    reproduces_toasty("11_pipeline_djangoplicity");
}

#[test]
fn step_by_step_an_image_comes_from_the_source_to_the_site() {
    let feed = Feed::astropix();
    assert!(feed.states().is_empty());
    let due = feed.run(["refresh", "--dry-run", "--json"]).exits(0).json();
    assert_eq!(due["due"], serde_json::json!(["synth_img1", "synth_img2"]));
    assert!(feed.states().is_empty(), "a dry run wrote something");
    let ran = feed.run(["refresh"]).exits(0);
    assert!(ran.stdout.contains("2 offered, 2 due"), "{}", ran.stdout);

    let plan = feed.run(["fetch", "--dry-run"]).exits(0);
    assert!(plan.stdout.contains("synth_img1: would be fetched"), "{}", plan.stdout);
    feed.run(["fetch", "synth_img1"]).exits(0);
    assert_eq!((&*feed.states()["synth_img1"], &*feed.states()["synth_img2"]), ("fetched", "offered"));
    let fetched = feed.run(["fetch", "*2", "--json"]).exits(0).json();
    assert_eq!((&fetched["events"][0]["id"], &fetched["events"][0]["outcome"]), (&"synth_img2".into(), &"done".into()));

    // toasty's word for it.
    feed.run(["process"]).exits(0);
    assert_eq!((&*feed.states()["synth_img1"], &*feed.states()["synth_img2"]), ("staged", "staged"));
    feed.run(["approve", "synth_img1", "--note", "looks right"]).exits(0);
    assert_eq!(feed.states()["synth_img1"], "approved");
    feed.run(["reject", "synth_img2", "--by", "B. Careful"]).exits(0);
    feed.run(["publish"]).exits(0);
    let ran = feed.run(["reindex"]).exits(0);
    assert!(ran.stdout.contains("images: 1"), "{}", ran.stdout);
    assert_eq!((&*feed.states()["synth_img1"], &*feed.states()["synth_img2"]), ("published", "rejected"));
    assert!(fs::read_to_string(feed.path("site/index.wtml")).unwrap().contains("AstroPix image 1"));

    feed.run(["retract", "synth_img1"]).exits(0);
    feed.run(["reindex"]).exits(0);
    assert_eq!(feed.states()["synth_img1"], "retracted");
    assert!(!fs::read_to_string(feed.path("site/index.wtml")).unwrap().contains("AstroPix image 1"));
    feed.run(["restore", "synth_img1"]).exits(0);
    feed.run(["reindex", "--rebuild"]).exits(0);
    assert_eq!(feed.states()["synth_img1"], "published");
    assert!(fs::read_to_string(feed.path("site/index.wtml")).unwrap().contains("AstroPix image 1"));

    let plan = feed.run(["ignore-rejects", "--dry-run", "--json"]).exits(0).json();
    assert_eq!(plan["ids"], serde_json::json!(["synth_img2"]));
    let ran = feed.run(["ignore-rejects"]).exits(0);
    assert!(ran.stdout.contains("synth_img2: marked"), "{}", ran.stdout);
    assert_eq!(feed.states()["synth_img2"], "skipped");
    assert!(feed.path("site/synth_img2/skip.flag").exists());

    let history = feed.run(["history", "synth_img1"]).exits(0).stdout;
    for stage in ["fetch", "tile", "publish"] {
        assert!(history.contains(stage), "{history}");
    }
    let history = feed.run(["history", "synth_img1", "--json"]).exits(0).json();
    assert!(history["attempts"].as_array().unwrap().len() >= 3, "{history}");
    assert_eq!(history["decisions"][0]["decision"], "approve", "{history}");
}

#[test]
fn a_second_run_fetches_tiles_and_writes_nothing() {
    let feed = Feed::astropix();
    feed.run(["run", "--approve-all"]).exits(0);
    let before = (feed.written("work"), feed.written("site"));
    let requests = feed.site.requests().len();
    let ran = feed.run(["run", "--approve-all", "--json"]).exits(0);
    assert_eq!((feed.written("work"), feed.written("site")), before);
    let asked = feed.site.requests().split_off(requests);
    assert_eq!(asked.len(), 1, "{asked:?}");
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let walk = &lines.last().unwrap()["walk"];
    assert_eq!((&walk["due"], &walk["index"]["written"]), (&0.into(), &false.into()));
    assert!(lines.iter().all(|line| line["outcome"] != "done"), "{}", ran.stdout);
}

#[test]
fn a_run_without_approval_publishes_nothing() {
    let feed = Feed::astropix();
    let plan = feed.run(["run", "--dry-run"]).exits(0);
    assert!(plan.stdout.contains("synth_img1: would be fetched"), "{}", plan.stdout);
    assert!(feed.states().is_empty(), "a dry run wrote something");
    feed.run(["run"]).exits(0);
    assert_eq!(feed.states()["synth_img1"], "staged");
    assert!(!feed.path("site/synth_img1").exists());
}

#[test]
fn what_a_source_says_wrongly_is_put_aside_and_the_rest_goes_on() {
    let feed = Feed::astropix();
    let config = feed.path("work/toasty-pipeline-config.yaml");
    let text = fs::read_to_string(&config).unwrap().replace("feed.json", "feed_with_unusable.json");
    fs::write(&config, text).unwrap();
    feed.run(["run", "--approve-all"]);
    let states = feed.states();
    assert_eq!((&*states["synth_img1"], &*states["synth_img2"]), ("published", "published"));
    assert!(states.values().any(|state| state == "unusable"), "{states:?}");
}

#[test]
fn a_source_that_cannot_be_reached_asks_to_try_again() {
    let feed = Feed::astropix();
    let config = feed.path("work/toasty-pipeline-config.yaml");
    let address = feed.site.base_url();
    // A port that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let text = fs::read_to_string(&config).unwrap().replace(address, &dead);
    fs::write(&config, text).unwrap();
    let ran = feed.run(["refresh"]).exits(75);
    assert!(ran.stderr.contains(dead.trim_end_matches('/')), "{}", ran.stderr);
}

#[test]
fn a_picture_put_into_the_inbox_by_hand_is_staged() {
    let feed = Feed::astropix();
    let avm = crate::support::oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    let plain = crate::support::oracle("01_study_plain_300x200").join("input/image.png");
    for (picture, to) in [(&avm, "mine/picture.png"), (&plain, "nowhere/picture.png"), (&avm, "loose.png")] {
        let to = feed.path("work/inbox").join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(picture, to).unwrap();
    }
    fs::create_dir_all(feed.path("work/inbox/broken")).unwrap();
    fs::write(feed.path("work/inbox/broken/picture.png"), "no picture").unwrap();
    // The loose and the broken one fail for good; the others go on.
    let ran = feed.run(["tile"]).exits(1);
    assert!(ran.stderr.contains("inbox/loose/loose.png"), "{}", ran.stderr);
    assert!(ran.stdout.contains("nowhere: unusable: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("broken: "), "{}", ran.stdout);
    let states = feed.states();
    assert_eq!((&*states["mine"], &*states["nowhere"], &*states["broken"]), ("staged", "unusable", "unusable"));
}

#[test]
fn a_feed_of_jpeg_tiles_is_previewed_published_and_served() {
    let feed = Feed::new("10_pipeline_astropix", "tile_format: jpg");
    let checked = feed.run(["config", "check"]).exits(0).stdout;
    assert!(checked.contains("  tiles: jpg\n"), "{checked}");
    feed.run(["run"]).exits(0);
    let ask = |arguments: &[&str], path: &str| {
        let mut command = program();
        command.args(arguments).arg("--feed").arg(feed.dir());
        let server = Serving::start(command);
        let tile = server.get(path);
        assert_eq!((tile.status, tile.header("content-type")), (200, "image/jpeg"), "{path}");
        assert!(tile.body.starts_with(b"\xff\xd8\xff"), "{path}");
        (server.get("/").text(), server.get("/index.wtml").text())
    };
    let (page, wtml) = ask(&["preview", "synth_img1", "--no-open"], "/L0X0Y0.jpg");
    assert!(page.contains("\"tile_url\":\"L{1}X{2}Y{3}.jpg\""), "{page}");
    assert!(wtml.contains("L{1}X{2}Y{3}.jpg\"") && wtml.contains("FileType=\".jpg\""), "{wtml}");

    feed.run(["run", "--approve-all"]).exits(0);
    let site = files(&feed.path("site")).unwrap();
    assert!(!site.iter().any(|name| name.ends_with(".png")), "{site:?}");
    let tile = site.iter().find(|name| name.ends_with("/L0X0Y0.jpg")).expect("a tile at the top");
    let (_, wtml) = ask(&["serve", "--port", "0"], &format!("/{tile}"));
    assert!(wtml.contains("/L{1}X{2}Y{3}.jpg\"") && !wtml.contains(".png"), "{wtml}");
}

#[test]
fn a_preview_shows_the_staged_study() {
    let feed = Feed::astropix();
    feed.run(["run"]).exits(0);
    let mut command = program();
    command.args(["preview", "synth_img1", "--no-open", "--feed"]).arg(feed.dir());
    let server = Serving::start(command);
    let page = server.get("/").text();
    let revision = server.ready["revision"].as_str().unwrap();
    let approve = format!("skyfeed approve synth_img1 --revision {revision} --feed ");
    assert!(page.contains(&approve), "{page}");
    assert!(!page.contains("/*STUDY*/"));
    let tile = server.get("/L0X0Y0.png");
    assert_eq!((tile.status, tile.header("content-type")), (200, "image/png"));
    assert_eq!(server.get("/thumb.jpg").status, 200);
    let wtml = server.get("/index.wtml").text();
    assert!(wtml.contains(&format!("Url=\"{}L{{1}}X{{2}}Y{{3}}.png\"", server.url)), "{wtml}");
    for path in ["/L9X0Y0.png", "/..%2fmanifest.json", "/manifest.json", "/../x"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    drop(server);
    let ran = feed.run(["preview", "nothing", "--no-open"]).exits(1);
    assert!(ran.stderr.contains("`nothing`"), "{}", ran.stderr);
}

#[test]
fn watching_takes_up_what_comes_and_ends_with_ctrl_c() {
    let feed = Feed::astropix();
    let mut command = program();
    command.args(["run", "--watch", "--feed"]).arg(feed.dir()).stdout(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let wait_for = |id: &str, state: &str| {
        let start = Instant::now();
        while feed.states().get(id).is_none_or(|found| found != state) {
            assert!(start.elapsed() < Duration::from_secs(60), "{id} is not {state}: {:?}", feed.states());
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    wait_for("synth_img1", "staged");
    feed.run(["approve", "synth_img1"]).exits(0);
    wait_for("synth_img1", "published");
    #[cfg(unix)]
    {
        crate::support::signal(&child, "INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
    #[cfg(not(unix))]
    child.kill().unwrap();
}

#[test]
fn init_overwrites_nothing_and_refuses_a_bad_configuration() {
    let feed = Feed::astropix();
    let ran = feed.run(["init", "--source", "directory"]).exits(1);
    assert!(ran.stderr.contains("there is a feed already"), "{}", ran.stderr);
    let bad = feed.root.path().join("bad.yaml");
    fs::write(&bad, "source_typ: astropix\n").unwrap();
    let other = feed.root.path().join("other");
    let arguments = ["init".as_ref(), other.as_os_str(), "--config".as_ref(), bad.as_os_str()];
    let ran = run(arguments).exits(1);
    assert!(ran.stderr.contains("bad.yaml") && ran.stderr.contains("source_type"), "{}", ran.stderr);
    assert!(!other.exists());
}

#[test]
fn every_template_is_a_good_configuration() {
    let root = TempDir::new().unwrap();
    for source in ["astropix", "djangoplicity", "directory"] {
        let dir = root.path().join(source);
        run(["init".as_ref(), dir.as_os_str(), "--source".as_ref(), source.as_ref()]).exits(0);
        let json = run(["config".as_ref(), "check".as_ref(), "--json".as_ref(), "--feed".as_ref(), dir.as_os_str()]);
        assert!(json.exits(0).json()["source"].as_str().unwrap().starts_with(source));
    }
}

#[test]
fn a_site_of_toasty_is_taken_over_as_it_is() {
    let feed = Feed::new("10_pipeline_astropix", "site_layout: toasty");
    let old = feed.root.path().join("old");
    for name in files(&feed.case.expected()).unwrap() {
        fs::create_dir_all(old.join(&name).parent().unwrap()).unwrap();
        fs::copy(feed.case.expected().join(&name), old.join(&name)).unwrap();
    }
    fs::copy(feed.path("work/toasty-pipeline-config.yaml"), old.join("toasty-pipeline-config.yaml")).unwrap();
    let dir = feed.root.path().join("taken-over");
    run(["init".as_ref(), dir.as_os_str(), "--from-site".as_ref(), old.as_os_str()]).exits(0);
    let ran = run(["run".as_ref(), "--approve-all".as_ref(), "--feed".as_ref(), dir.as_os_str()]).exits(0);
    assert!(ran.stdout.contains("0 were due"), "{}", ran.stdout);
    let index = fs::read_to_string(old.join("index.wtml")).unwrap();
    assert!(index.contains("AstroPix image 1"), "{index}");
}

#[test]
fn without_a_feed_every_command_says_how_to_make_one() {
    let root = TempDir::new().unwrap();
    let dir = root.path().join("none");
    for command in ["run", "refresh", "fetch", "tile", "publish", "reindex", "status", "ignore-rejects"] {
        let ran = run([command.as_ref(), "--feed".as_ref(), dir.as_os_str()]).exits(1);
        assert!(ran.stderr.contains("skyfeed init") && ran.stderr.contains("none"), "{command}: {}", ran.stderr);
    }
    assert!(!dir.exists());
}

#[test]
fn what_cannot_be_decided_is_told() {
    let feed = Feed::astropix();
    let ran = feed.run(["approve", "synth_img1"]).exits(1);
    assert!(ran.stderr.contains("synth_img1"), "{}", ran.stderr);
    feed.run(["approve", "nothing*"]).exits(2);
    feed.run(["approve", "../x"]).exits(2);
    feed.run(["approve", "a", "b", "--revision", "0123456789abcdef"]).exits(2);
    feed.run(["approve", "a", "--revision", "xyz"]).exits(2);
    let nobody =
        program().args(["approve", "a", "--feed"]).arg(feed.dir()).env_remove("USER").env_remove("USERNAME").output();
    let ran = Ran::from(nobody.unwrap()).exits(2);
    assert!(ran.stderr.contains("--by"), "{}", ran.stderr);
}

#[test]
fn a_store_of_another_kind_is_named() {
    for (option, url) in [("--work", "az://bucket/x"), ("--ledger", "postgres://table"), ("--site", "file://host/x")] {
        let ran = run(["status", option, url]).exits(2);
        assert!(ran.stderr.contains(&format!("{option} {url}: ")), "{}", ran.stderr);
    }
}

#[test]
fn everything_can_be_approved_where_nobody_has_a_name() {
    let feed = Feed::astropix();
    let mut command = program();
    command.args(["run", "--approve-all", "--feed"]).arg(feed.dir()).env_remove("USER").env_remove("USERNAME");
    Ran::from(command.output().unwrap()).exits(0);
    let decisions = files(&feed.path("work/decisions")).unwrap();
    assert!(!decisions.is_empty() && decisions.iter().all(|key| key.ends_with("-approve%2Dall.json")), "{decisions:?}");
}

#[test]
fn a_relative_directory_of_images_is_found_from_anywhere() {
    let root = TempDir::new().unwrap();
    let dir = root.path().join("feed");
    run(["init".as_ref(), dir.as_os_str(), "--source".as_ref(), "directory".as_ref()]).exits(0);
    fs::create_dir(dir.join("images")).unwrap();
    let picture = crate::support::oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    fs::copy(picture, dir.join("images/andromeda.png")).unwrap();
    let ran = run(["run".as_ref(), "--approve-all".as_ref(), "--feed".as_ref(), dir.as_os_str()]).exits(0);
    assert!(ran.stdout.contains("andromeda: published"), "{}", ran.stdout);
    assert!(dir.join("site/andromeda/index.wtml").exists());
}

#[test]
fn a_person_is_told_what_to_do_next_in_words_that_a_shell_understands() {
    let root = TempDir::new().unwrap();
    let dir = root.path().join("my feed");
    let feed = |arguments: &[&str]| {
        let mut command = program();
        Ran::from(command.args(arguments).arg("--feed").arg(&dir).output().unwrap())
    };
    let quoted = format!("--feed '{}'", dir.display());
    let made = feed(&["init", "--source", "directory"]).exits(0).stdout;
    assert!(made.contains(&format!("skyfeed run {quoted}")), "{made}");
    let checked = feed(&["config", "check"]).exits(0).stdout;
    assert!(checked.contains("publish_url_prefix is that of the template"), "{checked}");
    fs::create_dir(dir.join("images")).unwrap();
    let picture = crate::support::oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    fs::copy(picture, dir.join("images/Andromeda Galaxy.png")).unwrap();

    let preview = format!("skyfeed preview 'Andromeda Galaxy' {quoted}");
    for command in ["run", "status"] {
        let told = feed(&[command]).exits(0).stdout;
        assert!(told.contains(&preview), "{told}");
    }
    let approved = feed(&["approve", "Andromeda Galaxy", "--note", "looks right"]).exits(0).stdout;
    assert!(
        approved.contains(&format!("skyfeed publish 'Andromeda Galaxy' {quoted} && skyfeed reindex {quoted}")),
        "{approved}"
    );
    let published = feed(&["publish"]).exits(0).stdout;
    assert!(published.contains(&format!("next: skyfeed reindex {quoted}")), "{published}");
    let history = feed(&["history", "Andromeda Galaxy"]).exits(0).stdout;
    assert!(history.contains("by tester: looks right"), "{history}");
    feed(&["retract", "Andromeda Galaxy"]).exits(0);
    let told = feed(&["status", "--all"]).exits(0).stdout;
    assert!(told.contains(&format!("skyfeed restore 'Andromeda Galaxy' {quoted}")), "{told}");
}

#[test]
fn an_unusable_image_is_named_once_and_counted_ever_after() {
    let feed = Feed::astropix();
    let picture = crate::support::oracle("01_study_plain_300x200").join("input/image.png");
    fs::create_dir_all(feed.path("work/inbox/nowhere")).unwrap();
    fs::copy(picture, feed.path("work/inbox/nowhere/picture.png")).unwrap();
    let first = feed.run(["run"]).exits(0).stdout;
    assert!(first.contains("nowhere: unusable: "), "{first}");
    let second = feed.run(["run"]).exits(0).stdout;
    assert!(!second.contains("nowhere") && second.contains("1 unusable"), "{second}");
}

#[test]
fn reindex_says_beforehand_whether_it_would_write() {
    let feed = Feed::astropix();
    feed.run(["run", "--approve-all"]).exits(0);
    let before = feed.written("site");
    assert!(feed.run(["reindex", "--dry-run"]).exits(0).stdout.contains("up to date; images: 2"));
    feed.run(["retract", "synth_img1"]).exits(0);
    let retracted = feed.written("site");
    assert_ne!(before, retracted);
    let planned = feed.run(["reindex", "--dry-run", "--json"]).exits(0).json();
    assert_eq!((&planned["written"], &planned["images"]), (&true.into(), &1.into()));
    assert_eq!(feed.written("site"), retracted);
}

#[test]
fn a_site_without_a_configuration_is_taken_over_with_ones_own() {
    let feed = Feed::astropix();
    let site = crate::support::oracle("10_pipeline_astropix").join("expected");
    let dir = feed.root.path().join("taken-over");
    let start = ["init".as_ref(), dir.as_os_str(), "--from-site".as_ref(), site.as_os_str()];
    let ran = run(start).exits(2);
    assert!(ran.stderr.contains("--config FILE"), "{}", ran.stderr);
    assert!(!dir.exists());
    let config = feed.path("work/toasty-pipeline-config.yaml");
    let ran = run(start.into_iter().chain(["--config".as_ref(), config.as_os_str()])).exits(0);
    assert!(ran.stdout.contains("skyfeed refresh --dry-run --feed "), "{}", ran.stdout);
    let status = run(["status".as_ref(), "--json".as_ref(), "--feed".as_ref(), dir.as_os_str()]).exits(0).json();
    assert_eq!(status["counts"]["published"], 2);
}
