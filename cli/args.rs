//! The command line.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Args, CommandFactory, FromArgMatches, Parser};

use crate::{commands::Command, feed::FeedOptions};

/// Turns an image archive into a live feed for the WorldWide Telescope.
///
/// A feed is a folder, or two buckets and a table on AWS. `init` makes one; `run` then does the whole walk: find new images, fetch them, cut each into a tile pyramid, publish
/// those that a person has approved, and keep the index. Each step is a command too. `tile-study` needs no feed at all.
#[derive(Debug, Parser)]
#[command(name = "skyfeed", version, propagate_version = true, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 something failed for good; 2 wrong usage; 75 something failed that may pass, try again; 130 stopped by Ctrl-C.

To see it work:  skyfeed demo --serve
One image:       skyfeed tile-study picture.jpg --avm --outdir picture && skyfeed serve picture
A feed:          skyfeed init --help";

/// The commands that have nothing to do with a feed.
const WITHOUT_FEED: [&str; 5] = ["tile-study", "plan", "check-avm", "make-thumbnail", "redrive"];

impl Cli {
    /// Reads a command line. The options of a feed are hidden where there is none.
    ///
    /// # Errors
    /// Wrong usage, or help was asked for.
    pub(crate) fn read(arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        // Global options are not added to a command that has them already.
        let hidden: Vec<Arg> = ["feed", "work", "site", "ledger"]
            .iter()
            .filter_map(|id| command.get_arguments().find(|option| option.get_id() == id))
            .map(|option| option.clone().hide(true))
            .collect();
        for name in WITHOUT_FEED {
            command = command.mut_subcommand(name, |command| command.args(&hidden));
        }
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// What every command understands.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Print JSON on standard output, and errors as JSON on standard error
    #[arg(long, global = true, display_order = 100)]
    pub(crate) json: bool,
    /// Tell each step on standard error; twice tells details
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 101)]
    pub(crate) verbose: u8,
    #[command(flatten)]
    pub(crate) feed: FeedOptions,
}
