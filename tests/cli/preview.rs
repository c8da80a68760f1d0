//! `skyfeed preview` shows what was staged, and nothing else.

use std::fs;

use skyfeed_test_support::files;

use crate::support::{OwnFeed, Serving};

fn preview(feed: &OwnFeed, id: &str) -> Serving {
    Serving::start(feed.command(["preview", id, "--no-open"]))
}

#[test]
fn tiles_come_out_of_the_archive_and_pictures_with_them() {
    let feed = OwnFeed::new(&["m31"], "");
    feed.run(["run"]).exits(0);
    let server = preview(&feed, "m31");
    let tile = server.get("/L0X0Y0.png");
    assert_eq!((tile.status, tile.header("content-type")), (200, "image/png"));
    assert!(tile.body.starts_with(b"\x89PNG"));
    for picture in ["/thumb.jpg", "/preview.jpg"] {
        let answer = server.get(picture);
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"), "{picture}");
        assert!(answer.body.starts_with(b"\xff\xd8"), "{picture}");
    }
    for path in ["/L1X0Y0.png", "/L0X0Y0.jpg", "/tiles.pmtiles", "/tiles.digests", "/manifest.json", "/x"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    let page = server.get("/").text();
    for part in [
        "\"id\":\"m31\"",
        "\"tile_levels\":0",
        "\"warnings\":[",
        "\"center_ra_deg\":",
        "skyfeed reject m31 --revision ",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[test]
fn what_is_not_what_was_staged_is_not_shown() {
    let feed = OwnFeed::new(&["m31"], "");
    feed.run(["run"]).exits(0);
    let pixels = feed.path("work/pixels/m31");
    let at = |name: &str| {
        let all = files(&pixels).unwrap();
        pixels.join(all.iter().find(|file| file.ends_with(name)).expect("a file"))
    };
    let server = preview(&feed, "m31");
    let good = server.get("/L0X0Y0.png").body;
    let archive = fs::read(at("tiles.pmtiles")).unwrap();
    let offset = archive.windows(good.len()).position(|window| window == good).unwrap();
    let mut altered = archive.clone();
    altered[offset + good.len() / 2] ^= 1;
    fs::write(at("tiles.pmtiles"), &altered).unwrap();
    fs::write(at("thumb.jpg"), fs::read(at("preview.jpg")).unwrap().repeat(2)).unwrap();
    for path in ["/L0X0Y0.png", "/thumb.jpg"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 500, "{path}");
        assert!(answer.text().contains("is not what was staged"), "{path}: {}", answer.text());
    }
    fs::write(at("tiles.pmtiles"), &archive).unwrap();
    assert_eq!(server.get("/L0X0Y0.png").body, good);

    // Without its archive a study is no study.
    drop(server);
    fs::remove_file(at("tiles.pmtiles")).unwrap();
    let told = feed.run(["preview", "m31", "--no-open"]).exits(1).stderr;
    assert!(told.contains("tiles.pmtiles` is gone"), "{told}");
    let told = feed.run(["preview", "m13", "--no-open"]).exits(1).stderr;
    assert!(told.contains("nothing is known of `m13`"), "{told}");
}
