//! What images would cost.

use crate::support::{oracle, run};

fn picture() -> String {
    oracle("03_study_avm_rgba_1000x1500").join("input/image.png").to_str().unwrap().to_owned()
}

#[test]
fn an_image_is_reckoned_without_a_feed() {
    let ran = run(["plan", &picture(), "--json"]).exits(0);
    let image = &ran.json()["images"][0];
    assert_eq!(image["size_px"], serde_json::json!([1000, 1500]));
    // 4 × 6 tiles, 2 × 4 above, then 2 × 2 and the root.
    assert_eq!((&image["tile_levels"], &image["tiles"]), (&3.into(), &37.into()));
    assert_eq!(image["requests"]["tile_writes"], 11);
    assert_eq!(image["disk_bytes"], std::fs::metadata(picture()).unwrap().len());
    assert!(image["memory_bytes"].as_u64().unwrap() > 4 * 4 * 256 * 256 * 4);
    if cfg!(feature = "aws") {
        assert_eq!(image["aws"]["tile_memory_mb"], 1769);
        assert!(image["aws"]["once_dollars"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn options_that_change_the_cost_are_heard() {
    let tiles = |options: &[&str]| {
        let ran = run([&["plan", &picture(), "--json"], options].concat()).exits(0);
        let image = &ran.json()["images"][0];
        (image["tiles"].as_u64().unwrap(), image["cpu_seconds"].as_f64().unwrap())
    };
    assert!(tiles(&["--crop", "400"]).0 < tiles(&[]).0);
    assert!(tiles(&["--compression", "fast"]).1 < tiles(&[]).1);
    assert!(tiles(&["--format", "jpg"]).1 < tiles(&[]).1);
    let ran = run(["plan", &picture(), "--format", "jpg", "--compression", "fast"]).exits(2);
    assert!(ran.stderr.contains("--compression is for png tiles"), "{}", ran.stderr);
}

#[test]
fn a_bad_image_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.jpg");
    std::fs::write(&bad, "GIF89a").unwrap();
    let ran = run(["plan", bad.to_str().unwrap(), &picture(), &picture()]).exits(1);
    assert!(ran.stderr.contains("bad.jpg") && ran.stderr.contains("GIF"), "{}", ran.stderr);
    assert_eq!(ran.stdout.matches("pyramid    levels 0 to 3, 37 tiles, about ").count(), 2, "{}", ran.stdout);
    let together = ran.stdout.lines().last().unwrap();
    assert!(together.starts_with("together: 2 images, 74 tiles, about "), "{together}");
}

#[cfg(feature = "aws")]
#[test]
fn an_image_that_fits_no_function_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("huge.jpg");
    // The headers of a JPEG.
    let mut bytes = b"\xFF\xD8\xFF\xC0\0\x11\x08".to_vec();
    bytes.extend([30_000u16.to_be_bytes(), 20_000u16.to_be_bytes()].concat());
    bytes.extend(b"\x03\x01\x11\0\x02\x11\0\x03\x11\0\xFF\xDA\0\x0C\x03\x01\0\x02\0\x03\0\0\x3F\0");
    std::fs::write(&image, &bytes).unwrap();
    // A file may be larger on paper than on disk.
    std::fs::OpenOptions::new().write(true).open(&image).unwrap().set_len(11 << 30).unwrap();
    let ran = run(["plan", image.to_str().unwrap()]).exits(0);
    assert!(ran.stdout.contains("does not fit: it needs about 13248 MB of local disk"), "{}", ran.stdout);
    assert!(ran.stdout.contains("tile it on a machine of your own with `skyfeed tile`"), "{}", ran.stdout);
    let json = run(["plan", image.to_str().unwrap(), "--json"]).exits(0).json();
    assert_eq!(json["images"][0]["aws"]["fits"], false);
}
