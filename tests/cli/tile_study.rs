//! The commands of single images.

use std::{fs, path::Path, process::Stdio, time::Duration};

use skyfeed_test_support::{Case, files, same_thumbnail, same_wtml};
use tempfile::TempDir;

use crate::support::{Ran, Serving, oracle, program, run};

fn tile_study(image: &Path, outdir: &Path, options: &[&str]) -> Ran {
    let paths = [image.as_os_str(), "--outdir".as_ref(), outdir.as_os_str()];
    let output = program().arg("tile-study").args(paths).args(options).output().unwrap();
    Ran::from(output)
}

#[track_caller]
fn equals_toasty(case: &str, image: &str, options: &[&str]) {
    let out = tiles_and_wtml_equal_toastys(case, image, options);
    let expected = oracle(case).join("expected/thumb.jpg");
    same_thumbnail(&expected, &out.path().join("made/thumb.jpg")).unwrap();
}

/// Tiles the input of a case and compares it with what toasty made. Descriptions are in the place, where clients show them.
#[track_caller]
fn tiles_and_wtml_equal_toastys(case: &str, image: &str, options: &[&str]) -> TempDir {
    let case = Case::open(case).unwrap();
    let out = TempDir::new().unwrap();
    let made = out.path().join("made");
    tile_study(&case.input().join(image), &made, options).exits(0);
    case.check_tiles(&made).unwrap();
    let wtml = fs::read_to_string(made.join("index_rel.wtml")).unwrap().parse().unwrap();
    same_wtml(&case.wtml("index_rel.wtml").unwrap(), &wtml, &["Description", "@XLastUpdated"]).unwrap();
    out
}

#[test]
fn a_plain_image_is_tiled_as_toasty_does() {
    equals_toasty("01_study_plain_300x200", "image.png", &["--name", "Plain study"]);
}

#[test]
fn avm_in_a_jpeg_gives_the_place() {
    equals_toasty("02_study_avm_jpeg_513x257", "image.jpg", &["--avm", "--name", "AVM study"]);
}

#[test]
fn avm_in_a_transparent_png_gives_the_place() {
    equals_toasty("03_study_avm_rgba_1000x1500", "image.png", &["--avm", "--name", "RGBA study"]);
}

#[test]
fn a_gray_image_gets_the_default_name_and_a_placeholder_thumbnail() {
    equals_toasty("04_study_gray8", "image.png", &["--placeholder-thumbnail"]);
}

#[test]
fn a_fits_header_flips_image_and_coordinates() {
    let header = oracle("06_study_tiff_fitswcs").join("input/wcs.fits");
    let options = ["--fits-wcs", header.to_str().unwrap(), "--name", "TIFF with WCS"];
    // toasty makes its thumbnail before it flips the image, so that its thumbnail is upside down.
    tiles_and_wtml_equal_toastys("06_study_tiff_fitswcs", "image.tif", &options);
}

#[test]
fn an_image_smaller_than_a_tile_is_in_its_right_place() {
    equals_toasty("07_study_small_untiled", "image.png", &["--avm", "--name", "Small"]);
}

#[test]
fn a_crop_and_transparent_black_are_as_toasty_has_them() {
    let options = ["--crop", "10,20", "--black-to-transparent", "--name", "Crop"];
    equals_toasty("08_study_crop_black", "image.png", &options);
}

#[test]
fn an_icc_profile_is_converted() {
    equals_toasty("09_study_icc", "image.png", &["--name", "ICC"]);
}

#[test]
fn sixteen_bits_are_scaled_and_not_clipped() {
    let out = TempDir::new().unwrap();
    let made = out.path().join("made");
    tile_study(&oracle("05_study_gray16").join("input/image.png"), &made, &[]).exits(0);
    let tile = skyfeed_test_support::Picture::read_png(&made.join("0/0/0_0.png")).unwrap();
    let opaque = tile.rgba.chunks_exact(4).filter(|pixel| pixel[3] == 255);
    let (white, all) = opaque.fold((0, 0), |(white, all), pixel| (white + u32::from(pixel[0] == 255), all + 1));
    assert!(all > 1000 && white * 10 < all, "{white} of {all} pixels are white");
}

#[test]
fn the_title_of_the_avm_is_used_unless_a_name_is_given() {
    let image = oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    let out = TempDir::new().unwrap();
    let json = tile_study(&image, &out.path().join("a"), &["--avm", "--json"]).exits(0).json();
    assert_ne!(json["name"], "Toasty");
    assert_eq!((&json["tile_levels"], &json["tiles"]), (&3.into(), &37.into()));
    assert_eq!(json["size_px"], serde_json::json!([1000, 1500]));
    assert_eq!(json["has_coordinates"], true);
    let other = oracle("02_study_avm_jpeg_513x257").join("input/image.jpg");
    let text = fs::read_to_string(out.path().join("a/index_rel.wtml")).unwrap();
    assert!(text.contains(json["name"].as_str().unwrap()), "{text}");
    // The other picture has another shape, so its coordinates cannot be meant.
    let ran = tile_study(&image, &out.path().join("b"), &["--avm-from", other.to_str().unwrap()]).exits(1);
    assert!(ran.stderr.contains("image.png") && ran.stderr.contains("aspect ratio"), "{}", ran.stderr);
    assert!(!out.path().join("b").exists());
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone_unless_forced() {
    let image = oracle("01_study_plain_300x200").join("input/image.png");
    let out = TempDir::new().unwrap();
    fs::write(out.path().join("mine.txt"), "mine").unwrap();
    let ran = tile_study(&image, out.path(), &[]).exits(2);
    assert!(ran.stderr.contains("--force"), "{}", ran.stderr);
    tile_study(&image, out.path(), &["--force"]).exits(0);
    tile_study(&image, out.path(), &["--force"]).exits(0);
    assert_eq!(fs::read_to_string(out.path().join("mine.txt")).unwrap(), "mine");
    Case::open("01_study_plain_300x200").unwrap().check_tiles(out.path()).unwrap();
}

#[test]
fn jpeg_tiles_are_those_of_png_by_another_extension() {
    let image = oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    let root = TempDir::new().unwrap();
    let (png, jpg) = (root.path().join("png"), root.path().join("jpg"));
    tile_study(&image, &png, &["--avm"]).exits(0);
    tile_study(&image, &jpg, &["--avm", "--format", "jpg"]).exits(0);
    let renamed = files(&png).unwrap().into_iter().map(|name| name.replace(".png", ".jpg"));
    assert_eq!(files(&jpg).unwrap(), renamed.collect());
    let (exact, tile) = [png.join("0/0/0_0.png"), jpg.join("0/0/0_0.jpg")].map(|file| fs::read(file).unwrap()).into();
    assert!(tile.starts_with(b"\xff\xd8\xff") && tile.len() < exact.len(), "{} bytes", tile.len());

    let wtml = |dir: &Path| fs::read_to_string(dir.join("index_rel.wtml")).unwrap();
    let expected = wtml(&png).replace("FileType=\".png\"", "FileType=\".jpg\"").replace("_{2}.png\"", "_{2}.jpg\"");
    assert_eq!(wtml(&jpg), expected);
    assert!(expected.contains("Url=\"{1}/{3}/{3}_{2}.jpg\""), "{expected}");

    let mut command = program();
    command.args(["serve", "--port", "0"]).arg(&jpg);
    let server = Serving::start(command);
    let answer = server.get("/0/0/0_0.jpg");
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/jpeg"));
    assert!(answer.body == tile);
}

#[test]
fn a_study_in_another_format_leaves_no_old_tiles() {
    let image = oracle("01_study_plain_300x200").join("input/image.png");
    let out = TempDir::new().unwrap();
    for (format, other) in [("png", ".jpg"), ("jpg", ".png"), ("png", ".jpg")] {
        tile_study(&image, out.path(), &["--force", "--format", format]).exits(0);
        let tiles = files(out.path()).unwrap().into_iter().filter(|name| name.contains('/')).collect::<Vec<_>>();
        assert!(tiles.len() == 5 && tiles.iter().all(|name| !name.ends_with(other)), "{tiles:?}");
    }
}

#[test]
fn presets_of_png_are_refused_for_jpeg_tiles() {
    let image = oracle("01_study_plain_300x200").join("input/image.png");
    let out = TempDir::new().unwrap();
    let dir = out.path().join("made");
    let ran = tile_study(&image, &dir, &["--format", "jpg", "--compression", "small"]).exits(2);
    assert!(ran.stderr.contains("--compression is for png tiles"), "{}", ran.stderr);
    let ran = tile_study(&image, &dir, &["--format", "webp"]).exits(2);
    assert!(ran.stderr.contains("known are png and jpg"), "{}", ran.stderr);
    assert!(!dir.exists());
}

#[test]
fn a_bad_image_is_named_and_leaves_nothing() {
    let root = TempDir::new().unwrap();
    let path = |name: &str| root.path().join(name);
    let good = fs::read(oracle("03_study_avm_rgba_1000x1500").join("input/image.png")).unwrap();
    fs::write(path("truncated.png"), &good[..good.len() / 2]).unwrap();
    fs::write(path("empty.jpg"), "").unwrap();
    fs::write(path("text.tif"), "no image at all").unwrap();
    fs::create_dir(path("folder.png")).unwrap();
    for name in ["truncated.png", "empty.jpg", "text.tif", "folder.png", "missing.png"] {
        let out = path("out");
        let ran = tile_study(&path(name), &out, &[]).exits(1);
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(name), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("\n  caused by: "), "{name}: {}", ran.stderr);
        assert!(!out.exists(), "{name} left something");
    }
}

#[test]
fn without_avm_the_reason_is_told() {
    let out = TempDir::new().unwrap();
    let image = oracle("01_study_plain_300x200").join("input/image.png");
    let ran = tile_study(&image, &out.path().join("x"), &["--avm"]).exits(1);
    assert!(ran.stderr.contains("AVM"), "{}", ran.stderr);
    let ran = run(["check-avm".as_ref(), image.as_os_str()]).exits(0);
    assert!(ran.stdout.contains("no XMP packet"), "{}", ran.stdout);
    run(["check-avm".as_ref(), image.as_os_str(), "--exitcode".as_ref()]).exits(1);
}

#[test]
fn check_avm_prints_the_place_and_the_metadata() {
    let image = oracle("03_study_avm_rgba_1000x1500").join("input/image.png");
    let ran = run(["check-avm".as_ref(), image.as_os_str(), "--exitcode".as_ref(), "--print".as_ref()]).exits(0);
    assert!(ran.stdout.contains("RA 10.684") && ran.stdout.lines().count() > 5, "{}", ran.stdout);
    let json = run(["check-avm".as_ref(), image.as_os_str(), "--json".as_ref()]).exits(0).json();
    assert_eq!((&json["has_avm"], &json["usable"]), (&true.into(), &true.into()));
}

#[test]
fn a_thumbnail_alone_is_that_of_the_study() {
    let case = Case::open("03_study_avm_rgba_1000x1500").unwrap();
    let out = TempDir::new().unwrap();
    let thumbnail = out.path().join("thumb.jpg");
    let image = case.input().join("image.png");
    run(["make-thumbnail".as_ref(), image.as_os_str(), thumbnail.as_os_str()]).exits(0);
    same_thumbnail(&case.expected().join("thumb.jpg"), &thumbnail).unwrap();
    let ran = run(["make-thumbnail".as_ref(), "no.png".as_ref(), thumbnail.as_os_str()]).exits(1);
    assert!(ran.stderr.contains("`no.png`"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_drops_a_study_that_is_not_whole() {
    let out = TempDir::new().unwrap();
    let image = out.path().join("large.png");
    large_png(&image, 12_000);
    let dir = out.path().join("made");
    let mut command = program();
    command.args(["tile-study".as_ref(), image.as_os_str(), "--outdir".as_ref(), dir.as_os_str()]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The folder is there from the first tile on.
    for _ in 0..2000 {
        if dir.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    crate::support::signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!dir.exists());
}

/// A gray picture that is small on disk and takes a while to tile.
#[cfg(unix)]
fn large_png(path: &Path, side: u32) {
    let file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    let row: Vec<u8> = (0..side).map(|x| (x % 251) as u8).collect();
    for _ in 0..side {
        std::io::Write::write_all(&mut rows, &row).unwrap();
    }
    rows.finish().unwrap();
}
