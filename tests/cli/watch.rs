//! `run --watch`, and what is stopped.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::support::{OwnFeed, Ran, oracle, program, signal};

struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn watch(feed: &OwnFeed) -> Watching {
    let mut command = feed.command(["run", "--watch"]);
    let log = fs::File::create(feed.root.path().join("log")).unwrap();
    Watching(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

#[track_caller]
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn state(feed: &OwnFeed, id: &str) -> Option<String> {
    let status = feed.run(["status", "--json"]).exits(0).json();
    let found = status["images"].as_array()?.iter().find(|image| image["id"] == id)?["state"].as_str()?.to_owned();
    Some(found)
}

#[test]
fn new_files_of_the_source_folder_are_taken_up_without_waiting_for_the_hour() {
    let feed = OwnFeed::new(&["m31"], "");
    let _watching = watch(&feed);
    wait_until("m31 is staged", || state(&feed, "m31").as_deref() == Some("staged"));
    feed.picture("m33");
    wait_until("m33 is staged", || state(&feed, "m33").as_deref() == Some("staged"));
}

#[test]
fn each_walk_is_by_the_configuration_as_it_is_then_and_by_none_that_cannot_be_read() {
    let feed = OwnFeed::new(&["m31", "m33"], "publish_url_prefix: https://one.invalid/");
    let _watching = watch(&feed);
    wait_until("m33 is staged", || state(&feed, "m33").as_deref() == Some("staged"));
    let config = feed.path("work/toasty-pipeline-config.yaml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, "source_type: [").unwrap();
    let log = || fs::read_to_string(feed.root.path().join("log")).unwrap();
    wait_until("it is told", || log().contains("cannot use `"));

    // With another program's help: the command line cannot read the configuration either.
    fs::write(&config, text.replace("one.invalid", "two.invalid")).unwrap();
    feed.run(["approve", "m31"]).exits(0);
    wait_until("m31 is published", || feed.path("site/m31/index.wtml").exists());
    let document = fs::read_to_string(feed.path("site/m31/index.wtml")).unwrap();
    assert!(document.contains("https://two.invalid/m31/"), "{document}");
}

#[test]
fn the_next_run_does_not_wait_for_what_was_stopped() {
    // An archive that answers a list, and for the image nothing at all.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, was_asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let Ok(read) = stream.read(&mut request) else { continue };
            if String::from_utf8_lossy(&request[..read]).contains("image.png") {
                let _ = asked.send(());
                kept.push(stream);
                continue;
            }
            let record = format!(
                r#"[{{"image_id":"a","publisher_id":"p","resource_id":"a.png","resource_url":"http://127.0.0.1:{port}/image.png",
                "title":"t","description":"","image_credit":"","reference_url":"","last_updated":"2026-01-01T00:00:00",
                "wcs_projection":"TAN","wcs_coordinate_frame":"ICRS","wcs_equinox":"J2000","wcs_reference_value":["1","2"],
                "wcs_reference_dimension":["40","30"],"wcs_reference_pixel":["20","15"],"wcs_scale":["-0.0001","0.0001"],
                "wcs_rotation":"0","wcs_quality":"Full"}}]"#
            );
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", record.len());
            let _ = stream.write_all(format!("{head}{record}").as_bytes());
        }
    });
    let root = TempDir::new().unwrap();
    let config = root.path().join("config.yaml");
    let text = format!(
        "source_type: astropix\nastropix:\n  json_query_url: http://127.0.0.1:{port}/list\npublish_url_prefix: https://x.invalid/\n"
    );
    fs::write(&config, text).unwrap();
    let feed = |arguments: &[&str]| {
        let mut command = program();
        command.args(arguments).arg("--feed").arg(root.path().join("feed"));
        command
    };
    Ran::from(feed(&["init", "--config", config.to_str().unwrap()]).output().unwrap()).exits(0);
    let mut running = Watching(feed(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    was_asked.recv_timeout(Duration::from_secs(60)).unwrap();
    signal(&running.0, "INT");
    assert_eq!(running.0.wait().unwrap().code(), Some(130));

    let status = Ran::from(feed(&["status", "--json"]).output().unwrap()).exits(0).json();
    let id = status["images"][0]["id"].as_str().unwrap().to_owned();
    let history = Ran::from(feed(&["history", &id]).output().unwrap()).exits(0).stdout;
    assert!(history.contains("given back"), "{history}");
    // Somebody puts the image in by hand: nothing of the run before is in the way.
    let inbox = root.path().join("feed/work/inbox").join(&id);
    fs::create_dir_all(&inbox).unwrap();
    fs::copy(oracle("07_study_small_untiled").join("input/image.png"), inbox.join("image.png")).unwrap();
    let told = Ran::from(feed(&["tile", &id]).output().unwrap()).exits(0).stdout;
    assert!(told.contains("tiled"), "{told}");
}
