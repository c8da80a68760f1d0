//! `skyfeed redrive`, where AWS is not built in.

use clap::Args;

use crate::{cloud::NotBuiltIn, context::Context, error::UsageError, exit::Exit};

/// Not built into this program
#[derive(Args, Debug)]
#[command(hide = true)]
pub(crate) struct Redrive {}

impl Redrive {
    pub(crate) async fn run(self, _context: &Context) -> anyhow::Result<Exit> {
        Err(UsageError(NotBuiltIn("redrive".to_owned()).to_string()).into())
    }
}
