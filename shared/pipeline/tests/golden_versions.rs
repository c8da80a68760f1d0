//! Bytes change only with a version: same image and options, same bytes, unless `PIXELS_VERSION` or `STUDY_VERSION` rose.

#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use skyfeed_pipeline::{names::STUDY_VERSION, tile::tile};
use skyfeed_tiling::pixels::PIXELS_VERSION;

mod support {
    pub(crate) mod feed;
}
use support::feed::{Feed, contents};

/// The digests of what is made of a picture, in all configurations that touch bytes.
async fn made() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut pixels, mut study) = (BTreeMap::new(), BTreeMap::new());
    for options in ["", "compression: fast", "compression: balanced", "tile_format: jpg", "cascade: alpha-weighted"] {
        let feed = Feed::new(&format!("{options}\n"));
        let (env, id) = feed.fetched().await;
        tile(&env, &id).await.unwrap();
        for (key, bytes) in contents(&*feed.work).await {
            let kind = if key.starts_with("pixels/") { &mut pixels } else { &mut study };
            if key.starts_with("pixels/") || key.starts_with("staged/") {
                kind.insert(format!("{key} ({options})"), hex::encode(Sha256::digest(&bytes)));
            }
        }
    }
    (pixels, study)
}

#[tokio::test]
async fn bytes_change_only_when_a_version_rises() {
    let (pixels, study) = made().await;
    insta::assert_json_snapshot!("pixels", serde_json::json!({"PIXELS_VERSION": PIXELS_VERSION, "objects": pixels}),);
    insta::assert_json_snapshot!(
        "study",
        serde_json::json!({"PIXELS_VERSION": PIXELS_VERSION, "STUDY_VERSION": STUDY_VERSION, "objects": study}),
    );
}

/// A snapshot that is taken anew without a version that rose would hide what the test is for: revisions of feeds would change under one name.
#[test]
fn snapshots_bear_the_versions_that_they_were_taken_with() {
    for (name, version) in [("pixels", PIXELS_VERSION), ("study", STUDY_VERSION)] {
        let file = format!("{}/tests/snapshots/golden_versions__{name}.snap", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("_VERSION\": {version}")), "{name}");
    }
}
