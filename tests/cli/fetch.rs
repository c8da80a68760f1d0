//! `skyfeed fetch`, again.

use std::fs;

use tempfile::TempDir;

use crate::support::{Ran, program};

#[test]
fn an_image_that_was_mended_at_the_source_is_fetched_again_when_asked() {
    let root = TempDir::new().unwrap();
    let dir = root.path().join("feed");
    let feed = |arguments: &[&str]| {
        let mut command = program();
        Ran::from(command.args(arguments).arg("--feed").arg(&dir).output().unwrap())
    };
    feed(&["init", "--source", "directory"]).exits(0);
    fs::create_dir(dir.join("images")).unwrap();
    let picture = |case: &str| crate::support::oracle(case).join("input/image.png");
    fs::copy(picture("01_study_plain_300x200"), dir.join("images/m31.png")).unwrap();
    fs::create_dir_all(dir.join("work/inbox/mine")).unwrap();
    fs::copy(picture("01_study_plain_300x200"), dir.join("work/inbox/mine/a.png")).unwrap();
    let told = feed(&["run"]).exits(0).stdout;
    assert!(told.contains("m31: unusable"), "{told}");
    fs::copy(picture("03_study_avm_rgba_1000x1500"), dir.join("images/m31.png")).unwrap();
    let told = feed(&["fetch", "m31"]).exits(0).stdout;
    assert!(told.contains("1 done before"), "{told}");

    let told = feed(&["fetch", "--again", "m31"]).exits(0).stdout;
    assert!(told.contains("m31: fetched"), "{told}");
    let told = feed(&["run"]).exits(0).stdout;
    assert!(told.contains("m31: tiled"), "{told}");
    // What a person put into the inbox cannot be had again.
    let told = feed(&["fetch", "--again", "mine"]).exits(1).stdout;
    assert!(told.contains("no candidate `mine`"), "{told}");
    assert!(dir.join("work/inbox/mine/a.png").exists());
    feed(&["fetch", "--again"]).exits(2);
}
