//! One module for each command.

pub(crate) mod check_avm;
pub(crate) mod clean;
pub(crate) mod config;
pub(crate) mod decide;
pub(crate) mod demo;
pub(crate) mod fetch;
pub(crate) mod history;
pub(crate) mod ignore_rejects;
pub(crate) mod init;
pub(crate) mod make_thumbnail;
pub(crate) mod plan;
pub(crate) mod preview;
pub(crate) mod publish;
#[cfg(feature = "aws")]
pub(crate) mod redrive;
#[cfg(not(feature = "aws"))]
#[path = "no_redrive.rs"]
pub(crate) mod redrive;
pub(crate) mod refresh;
pub(crate) mod reindex;
pub(crate) mod restore;
pub(crate) mod retract;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod tile;
pub(crate) mod tile_study;
pub(crate) mod unpack;
pub(crate) mod why;

use clap::Subcommand;

use crate::{context::Context, exit::Exit};

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Demo),
    Init(init::Init),
    Run(run::Run),
    Refresh(refresh::Refresh),
    Fetch(fetch::Fetch),
    #[command(visible_alias = "process")]
    Tile(tile::Tile),
    Preview(preview::Preview),
    Approve(decide::Approve),
    Reject(decide::Reject),
    Undo(decide::Undo),
    IgnoreRejects(ignore_rejects::IgnoreRejects),
    Publish(publish::Publish),
    Reindex(reindex::Reindex),
    Retract(retract::Retract),
    Restore(restore::Restore),
    Clean(clean::Clean),
    Status(status::Status),
    Why(why::Why),
    History(history::History),
    Config(config::Config),
    Redrive(redrive::Redrive),
    Unpack(unpack::Unpack),
    TileStudy(tile_study::TileStudy),
    Plan(plan::Plan),
    CheckAvm(check_avm::CheckAvm),
    MakeThumbnail(make_thumbnail::MakeThumbnail),
    Serve(serve::Serve),
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
        Command::Undo(command) => command.run(context).await,
        Command::IgnoreRejects(command) => command.run(context).await,
        Command::Publish(command) => command.run(context).await,
        Command::Reindex(command) => command.run(context).await,
        Command::Retract(command) => command.run(context).await,
        Command::Restore(command) => command.run(context).await,
        Command::Clean(command) => command.run(context).await,
        Command::Status(command) => command.run(context).await,
        Command::Why(command) => command.run(context).await,
        Command::History(command) => command.run(context).await,
        Command::Config(command) => command.run(context).await,
        Command::Redrive(command) => command.run(context).await,
        Command::Unpack(command) => command.run(context).await,
        Command::TileStudy(command) => command.run(context),
        Command::Plan(command) => command.run(context),
        Command::CheckAvm(command) => command.run(context),
        Command::MakeThumbnail(command) => command.run(context),
        Command::Serve(command) => command.run(context).await,
    }
}
