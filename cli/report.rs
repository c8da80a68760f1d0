//! How the program tells what ended it: errors as people and programs read them.

use std::process::ExitCode;

use serde_json::json;
use skyfeed_pipeline::error::StepError;
use skyfeed_ports::{ledger::LedgerError, store::StoreError};

use crate::{
    cloud,
    error::{OutputClosed, UsageError, chain},
    exit::Exit,
    feed::FeedOptions,
    openers,
    terminal::harmless,
};

/// Prints what clap has to say, which is help as often as it is an error.
pub(crate) fn usage(message: &clap::Error, json: bool) -> ExitCode {
    if json && message.use_stderr() {
        let text = message.to_string();
        let text = text.trim().trim_start_matches("error: ");
        eprintln!("{}", json!({"error": text, "causes": []}));
    } else if message.print().is_err() {
        return Exit::Done.into();
    }
    if message.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// Prints an error with its causes and says how to exit.
pub(crate) fn report(error: &anyhow::Error, json: bool, feed: &FeedOptions) -> ExitCode {
    if error.is::<OutputClosed>() {
        return Exit::Done.into();
    }
    tell(error, json, feed);
    code_of(error).into()
}

/// Prints an error with its causes, and what to do if it is a cloud that refuses.
pub(crate) fn tell(error: &anyhow::Error, json: bool, feed: &FeedOptions) {
    let chain = chain(error.as_ref());
    let help = openers::advice(error.as_ref()).map(|advice| match feed.in_cloud() {
        urls if urls.is_empty() => advice,
        urls => format!("{advice}; the feed is at {}", urls.join(", ")),
    });
    if json {
        let mut document = json!({"error": chain[0], "causes": chain[1..]});
        if let Some(help) = help {
            document["help"] = help.into();
        }
        eprintln!("{document}");
        return;
    }
    eprintln!("error: {}", harmless(&chain[0]));
    for cause in &chain[1..] {
        eprintln!("  caused by: {}", harmless(cause));
    }
    if let Some(help) = help {
        eprintln!("  help: {help}");
    }
}

fn code_of(error: &anyhow::Error) -> Exit {
    if error.is::<UsageError>() {
        Exit::Usage
    } else if is_transient(error) {
        Exit::TryAgain
    } else {
        Exit::Failed
    }
}

/// Whether trying again may help.
pub(crate) fn is_transient(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<StepError>().is_some_and(StepError::is_transient)
            || cause.downcast_ref::<StoreError>().is_some_and(StoreError::is_transient)
            || cause.downcast_ref::<LedgerError>().is_some_and(LedgerError::is_transient)
            || cloud::is_transient(cause)
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::{Exit, UsageError, chain, code_of};

    #[test]
    fn a_usage_error_keeps_its_code_under_context() {
        let error = anyhow::Error::new(UsageError("no such thing".into()));
        assert_eq!(code_of(&error), Exit::Usage);
    }

    #[test]
    fn causes_are_listed_outermost_first_without_repeats() {
        let error = Err::<(), _>(std::io::Error::other("disk on fire"))
            .context("disk on fire")
            .context("cannot read `a.png`")
            .unwrap_err();
        assert_eq!(chain(error.as_ref()), ["cannot read `a.png`", "disk on fire"]);
    }
}
