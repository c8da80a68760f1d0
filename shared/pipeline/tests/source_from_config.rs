//! Sources as a configuration names them.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use skyfeed_pipeline::{config::Config, source};
use skyfeed_test_support::{Case, Site};
use support::walk::summary;

mod support;

#[tokio::test]
async fn the_configurations_of_the_oracle_name_sources_that_work() {
    for (case, ids) in [
        ("10_pipeline_astropix", &["synth_img1", "synth_img2"][..]),
        ("11_pipeline_djangoplicity", &["syn0201b", "syn-2405a", "syn-nowcs"]),
    ] {
        let input = Case::open(case).unwrap().input();
        let site = Site::start(&input.join("site")).unwrap();
        let text = std::fs::read_to_string(input.join("toasty-pipeline-config.yaml")).unwrap();
        let config = Config::parse(&site.fill(&text)).unwrap();
        let source = source::from_config(&config.source, &config.http).unwrap();
        assert_eq!(summary(&*source).await, ids);
    }
}

#[tokio::test]
async fn a_public_feed_may_not_lead_to_private_hosts() {
    let case = Case::open("10_pipeline_astropix").unwrap();
    let site = Site::start(&case.input().join("site")).unwrap();
    let text = std::fs::read_to_string(case.input().join("toasty-pipeline-config.yaml")).unwrap();
    let config = Config::parse(&format!("{}\nhttp:\n  allow_private_hosts: false\n", site.fill(&text))).unwrap();
    let lines = summary(&*source::from_config(&config.source, &config.http).unwrap()).await;
    assert!(lines[0].contains("is not fetched: its address is not on the public internet"), "{lines:?}");
    assert!(site.requests().is_empty());
}
