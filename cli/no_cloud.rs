//! What a build without the feature `aws` says when it is asked for AWS.

use std::error::Error;

use serde_json::Value;
use skyfeed_pipeline::plan::Plan;

/// What was asked for is not built in.
#[derive(Debug, thiserror::Error)]
#[error("{0}: AWS is not built into this program; build it with the feature `aws`")]
pub(crate) struct NotBuiltIn(pub(crate) String);

pub(crate) fn is_transient(_error: &(dyn Error + 'static)) -> bool {
    false
}

/// What AWS takes for an image: nobody knows here.
#[derive(Debug)]
pub(crate) struct Bill {
    pub(crate) words: String,
    pub(crate) document: Value,
    pub(crate) dollars: Option<(f64, f64)>,
}

pub(crate) fn bill(_plan: &Plan) -> Option<Bill> {
    None
}

/// Nothing stands before a site that this program knows.
#[derive(Debug)]
pub(crate) struct Forget(());

impl Forget {
    pub(crate) fn images<'a>(_url_prefix: &str, _ids: impl Iterator<Item = &'a str>) -> Self {
        Self(())
    }

    pub(crate) fn command(&self) -> String {
        String::new()
    }

    pub(crate) fn advice() -> String {
        String::new()
    }

    pub(crate) fn run(&self, distribution: &str) -> anyhow::Result<()> {
        Err(NotBuiltIn(format!("--invalidate {distribution}")).into())
    }
}
