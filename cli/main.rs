//! The `skyfeed` program: parse, call, print.

mod archive_file;
mod args;
mod batch;
#[cfg(feature = "aws")]
mod cloud;
#[cfg(not(feature = "aws"))]
#[path = "no_cloud.rs"]
mod cloud;
mod commands;
mod context;
mod demo;
mod dry_run;
mod error;
mod exit;
mod feed;
mod image_options;
mod interrupt;
mod logging;
mod memory;
mod openers;
mod outdir;
mod output;
mod preview;
mod progress;
mod report;
mod revision;
mod selection;
mod serve;
mod shell;
mod stage_words;
mod standing_text;
mod summary;
mod terminal;
mod watch;

use std::process::ExitCode;

use args::Cli;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => return report::usage(&error, json),
    };
    logging::start(cli.global.verbose);
    let feed = cli.global.feed.clone().within(|name| std::env::var(name).ok());
    match start(cli, feed.clone()) {
        Ok(exit) => exit.into(),
        Err(error) => report::report(&error, json, &feed),
    }
}

fn start(cli: Cli, feed: feed::FeedOptions) -> anyhow::Result<exit::Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let interrupt = interrupt::Interrupt::listen()?;
        let context = context::Context {
            output: output::Output::new(cli.global.json),
            interrupt,
            feed,
            user: ["USER", "LOGNAME", "USERNAME"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty())),
        };
        commands::run(cli.command, &context).await
    });
    // A picture that is still being decoded for a command that gave up must not keep the program alive.
    runtime.shutdown_background();
    result
}
