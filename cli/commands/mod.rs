//! One module for each command.

pub(crate) mod approve;
pub(crate) mod check_avm;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod fetch;
pub(crate) mod history;
pub(crate) mod ignore_rejects;
pub(crate) mod init;
pub(crate) mod make_thumbnail;
pub(crate) mod plan;
pub(crate) mod preview;
pub(crate) mod publish;
pub(crate) mod refresh;
pub(crate) mod reindex;
pub(crate) mod restore;
pub(crate) mod retract;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod tile;
pub(crate) mod tile_study;

pub(crate) use crate::cloud::redrive;
use crate::{args::Command, exit::Exit, feed::FeedOptions, interrupt::Interrupt, output::Output};

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) output: Output,
    pub(crate) interrupt: Interrupt,
    pub(crate) feed: FeedOptions,
    /// The person at the keyboard, as the system knows them.
    pub(crate) user: Option<String>,
}

/// Runs a command.
///
/// # Errors
/// What ended the command; `crate::exit` tells people and gives the exit code.
pub(crate) async fn run(command: Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(command) => command.run(context).await,
        Command::Init(command) => command.run(context).await,
        Command::Run(command) => command.run(context).await,
        Command::Refresh(command) => command.run(context).await,
        Command::Fetch(command) => command.run(context).await,
        Command::Tile(command) => command.run(context).await,
        Command::Preview(command) => command.run(context).await,
        Command::Approve(command) => command.run(context).await,
        Command::Reject(command) => command.run(context).await,
        Command::IgnoreRejects(command) => command.run(context).await,
        Command::Publish(command) => command.run(context).await,
        Command::Reindex(command) => command.run(context).await,
        Command::Retract(command) => command.run(context).await,
        Command::Restore(command) => command.run(context).await,
        Command::Status(command) => command.run(context).await,
        Command::History(command) => command.run(context).await,
        Command::Config(command) => command.run(context).await,
        Command::Redrive(command) => command.run(context).await,
        Command::TileStudy(command) => command.run(context),
        Command::Plan(command) => command.run(context),
        Command::CheckAvm(command) => command.run(context),
        Command::MakeThumbnail(command) => command.run(context),
        Command::Serve(command) => command.run(context).await,
    }
}
