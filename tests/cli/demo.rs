//! `skyfeed demo`.

use std::fs;

use tempfile::TempDir;

use crate::support::{Ran, Serving, program, run};

#[test]
fn the_demo_publishes_three_pictures_newest_first_and_says_where() {
    let root = TempDir::new().unwrap();
    let dir = root.path().join("demo");
    let mut command = program();
    command.arg("demo").arg(&dir).current_dir(root.path());
    let ran = Ran::from(command.output().unwrap()).exits(0);
    assert!(ran.stdout.contains("skyfeed serve "), "{}", ran.stdout);
    let beside: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["demo"], "it wrote beside its feed");
    let index = fs::read_to_string(dir.join("site/index.wtml")).unwrap();
    assert_eq!(index.matches("<Place ").count(), 3, "{index}");
    let dates: Vec<&str> = index.split("XLastUpdated=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(dates.len(), 3);
    assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");

    // Once more is as good as once.
    let ran = run(["demo".as_ref(), dir.as_os_str(), "--json".as_ref()]).exits(0);
    assert!(!ran.stdout.contains("\"done\""), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(dir.join("site/index.wtml")).unwrap(), index);
}

#[test]
fn the_feed_of_the_demo_goes_on_with_pictures_of_ones_own() {
    let root = TempDir::new().unwrap();
    let dir = root.path().join("demo");
    run(["demo".as_ref(), "--feed".as_ref(), dir.as_os_str()]).exits(0);
    let index = fs::read_to_string(dir.join("site/index.wtml")).unwrap();
    // Nothing leads to the source, which is gone: all is where the site can be served.
    for link in index.split("http://127.0.0.1:").skip(1) {
        assert!(link.starts_with("8080/skyfeed-demo_"), "{link}");
    }
    let again = || run(["run".as_ref(), "--feed".as_ref(), dir.as_os_str()]).exits(0).stdout;
    // They lie elsewhere now, and are still the same.
    let ran = again();
    assert!(ran.contains("offers 3, 3 were due") && ran.contains("3 done before"), "{ran}");
    let ran = again();
    assert!(ran.contains("offers 3, 0 were due"), "{ran}");
    let mine = crate::support::oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    fs::copy(mine, dir.join("pictures/mine.png")).unwrap();
    let ran = again();
    assert!(ran.contains("mine: tiled") && ran.contains("skyfeed preview mine --feed "), "{ran}");
    // A demo of it again looks at none of these unseen, wherever they were put.
    fs::create_dir_all(dir.join("work/inbox/other")).unwrap();
    fs::copy(dir.join("pictures/mine.png"), dir.join("work/inbox/other/other.png")).unwrap();
    run(["demo".as_ref(), dir.as_os_str()]).exits(0);
    let status = run(["status".as_ref(), "--json".as_ref(), "--feed".as_ref(), dir.as_os_str()]).exits(0).json();
    assert_eq!((&status["counts"]["published"], &status["counts"]["staged"]), (&3.into(), &2.into()), "{status}");
}

#[test]
fn the_demo_can_be_looked_at_in_a_browser() {
    let root = TempDir::new().unwrap();
    let mut command = program();
    command.args(["demo", "--serve", "--port", "0"]).arg(root.path().join("demo"));
    let server = Serving::start(command);
    let page = server.get("/").text();
    assert_eq!(page.matches("<li><a href=\"skyfeed-demo_").count(), 3, "{page}");
    let index = server.get("/index.wtml").text();
    let tiles = index.split(" Url=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let tiles: Vec<String> = tiles.map(|url| url.replace("{1}", "0").replace("{2}", "0").replace("{3}", "0")).collect();
    assert_eq!(tiles.len(), 3, "{index}");
    for tile in tiles {
        let path = tile.strip_prefix(server.url.trim_end_matches('/')).unwrap_or_else(|| panic!("{tile} is elsewhere"));
        assert_eq!(server.get(path).status, 200, "{tile}");
    }
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("mine.txt"), "mine").unwrap();
    let output = program().arg("demo").arg(root.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}
