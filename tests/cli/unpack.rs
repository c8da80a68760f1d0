//! `skyfeed unpack`.

use std::{fs, path::PathBuf};

use skyfeed_test_support::{Case, files, same_tile};

use crate::support::{OwnFeed, Serving, contents, oracle, program, run};

/// A feed with a study of 37 tiles.
fn staged() -> OwnFeed {
    let feed = OwnFeed::new(&[], "");
    let picture = oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    fs::copy(picture, feed.path("images/m31.png")).unwrap();
    feed.run(["run"]).exits(0);
    feed
}

fn archive(feed: &OwnFeed) -> PathBuf {
    let pixels = feed.path("work/pixels/m31");
    let name = files(&pixels).unwrap().into_iter().find(|name| name.ends_with("tiles.pmtiles")).unwrap();
    pixels.join(name)
}

#[test]
fn a_study_is_unpacked_whole_and_can_be_served() {
    let feed = staged();
    let dir = feed.root.path().join("out");
    let unpack = || feed.run(["unpack".as_ref(), "m31".as_ref(), "--outdir".as_ref(), dir.as_os_str()]);
    let told = unpack().exits(0).stdout;
    assert!(told.contains(&format!("skyfeed serve {}", dir.display())) && told.contains("37 tiles"), "{told}");
    let made = files(&dir).unwrap();
    assert_eq!(made.len(), 39, "{made:?}");
    assert!(made.contains("thumb.jpg") && made.contains("index_rel.wtml"), "{made:?}");
    let case = Case::open("03_study_avm_rgba_1000x1500").unwrap();
    let wanted = case.expected().join("0/0/0_0.png");
    same_tile(&wanted, &dir.join("L0X0Y0.png"), case.tolerance().unwrap()).unwrap();

    // Once more is as good as once; what is of others stays, and is named.
    let before = contents(&dir);
    unpack().exits(0);
    assert_eq!(contents(&dir), before);
    fs::write(dir.join("L0X0Y0.png"), "mine").unwrap();
    let told = unpack().exits(2).stderr;
    assert!(told.contains("`L0X0Y0.png` is of something else"), "{told}");
    assert_eq!(fs::read(dir.join("L0X0Y0.png")).unwrap(), b"mine");
    fs::write(dir.join("L0X0Y0.png"), &before["L0X0Y0.png"]).unwrap();
    fs::write(dir.join("notes.txt"), "mine").unwrap();
    assert!(unpack().exits(2).stderr.contains("`notes.txt`"));

    let mut command = program();
    command.args(["serve", "--port", "0"]).arg(&dir);
    let server = Serving::start(command);
    assert_eq!(server.get("/L3X2Y1.png").status, 200);
    let wtml = server.get("/index.wtml").text();
    assert!(wtml.contains(&format!("Url=\"{}L{{1}}X{{2}}Y{{3}}.png\"", server.url)), "{wtml}");
}

#[test]
fn a_study_that_is_altered_is_not_unpacked_and_leaves_nothing() {
    let feed = staged();
    let archive = archive(&feed);
    let mut bytes = fs::read(&archive).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&archive, bytes).unwrap();
    let dir = feed.root.path().join("out");
    let told = feed.run(["unpack".as_ref(), "m31".as_ref(), "--outdir".as_ref(), dir.as_os_str()]).exits(1).stderr;
    assert!(told.contains("is not what was staged"), "{told}");
    // The list of digests beside the archive tells it too.
    let told = run(["unpack".as_ref(), archive.as_os_str(), "--outdir".as_ref(), dir.as_os_str()]).exits(1).stderr;
    assert!(told.contains("is not what the list beside it says"), "{told}");
    assert!(!dir.exists());
    for (id, told) in [("m13", "nothing is known of `m13`"), ("../x", "`../x`")] {
        let ran = feed.run(["unpack".as_ref(), id.as_ref(), "--outdir".as_ref(), dir.as_os_str()]);
        assert!(ran.code != Some(0) && ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn an_archive_is_unpacked_without_any_feed() {
    let feed = staged();
    let (copy, dir) = (feed.root.path().join("copy.pmtiles"), feed.root.path().join("out"));
    let unpack = |file: &PathBuf| run(["unpack".as_ref(), file.as_os_str(), "--outdir".as_ref(), dir.as_os_str()]);
    let told = unpack(&archive(&feed)).exits(0).stdout;
    assert!(told.contains("37 tiles") && !told.contains("nothing was checked"), "{told}");
    let tiles = contents(&dir);
    assert_eq!(tiles.len(), 37);
    fs::copy(archive(&feed), &copy).unwrap();
    let told = unpack(&copy).exits(0).stdout;
    assert!(told.contains("nothing was checked: there is no tiles.digests"), "{told}");
    assert_eq!(contents(&dir), tiles);
    fs::write(&copy, "no archive at all").unwrap();
    let told = unpack(&copy).exits(1).stderr;
    assert!(told.contains("copy.pmtiles"), "{told}");
    assert!(unpack(&feed.path("none.pmtiles")).exits(1).stderr.contains("none.pmtiles"));
}
