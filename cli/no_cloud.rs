//! What a build without the feature `aws` says when it is asked for AWS.

use std::{error::Error, sync::Arc};

use serde_json::Value;
use skyfeed_pipeline::plan::Plan;
use skyfeed_ports::{ledger::Ledger, store::Store};

use crate::exit::UsageError;

/// Opens nothing.
#[derive(Debug, Default)]
pub(crate) struct Cloud(());

impl Cloud {
    pub(crate) async fn store(&self, url: &str) -> anyhow::Result<Arc<dyn Store>> {
        Err(not_built_in(url).into())
    }

    pub(crate) async fn ledger(&self, url: &str) -> anyhow::Result<Arc<dyn Ledger>> {
        Err(not_built_in(url).into())
    }
}

fn not_built_in(what: &str) -> UsageError {
    UsageError(format!("{what}: AWS is not built into this program; build it with the feature `aws`"))
}

pub(crate) fn is_transient(_error: &(dyn Error + 'static)) -> bool {
    false
}

pub(crate) fn advice(_error: &(dyn Error + 'static)) -> Option<String> {
    None
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

pub(crate) mod redrive {
    use clap::Args;

    use crate::{commands::Context, exit::Exit};

    /// Not built into this program
    #[derive(Args, Debug)]
    #[command(hide = true)]
    pub(crate) struct Redrive {}

    impl Redrive {
        pub(crate) async fn run(self, _context: &Context) -> anyhow::Result<Exit> {
            Err(super::not_built_in("redrive").into())
        }
    }
}
