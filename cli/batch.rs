//! One step for many images: progress while it runs, a line for each image, and how to exit.

use std::{collections::BTreeSet, future::Future, sync::Mutex, time::Duration};

use serde_json::json;
use skyfeed_pipeline::{
    batch::{Ending, Event, Failure, Observer},
    environment::Environment,
    layout,
    stage::Stage,
};
use skyfeed_ports::{
    clock::{Clock, SystemClock},
    store::StoreError,
};

use crate::{
    context::Context,
    exit::Exit,
    output::Output,
    progress::Progress,
    stage_words::{doing, done},
    summary,
    terminal::harmless,
};

/// How long an ended program tries to give back what it had claimed.
const GIVE_BACK: Duration = Duration::from_secs(2);

/// How a batch is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// At the end, as one document.
    AtTheEnd,
    /// Each event as it comes, on a line.
    AsItComes,
}

/// Shows what happens to each image. People see a line for each, programs an event.
#[derive(Debug)]
pub(crate) struct Reporter {
    output: Output,
    telling: Telling,
    progress: Mutex<Option<Progress>>,
    closed: Mutex<Option<anyhow::Error>>,
    told: BTreeSet<String>,
}

impl Reporter {
    pub(crate) fn new(output: Output, telling: Telling) -> Self {
        Self { output, telling, progress: Mutex::new(None), closed: Mutex::new(None), told: BTreeSet::new() }
    }

    /// Does not name to people the images that were unusable before: they would read the same lines at every run.
    pub(crate) async fn passing_over_unusable(mut self, env: &Environment) -> Result<Self, StoreError> {
        let listing = env.work.list(layout::UNUSABLE, true).await?;
        let ids = listing.objects.iter().filter_map(|object| layout::id_of_json(layout::UNUSABLE, &object.key));
        self.told = ids.map(|id| id.to_string()).collect();
        Ok(self)
    }

    /// Takes the progress away.
    ///
    /// # Errors
    /// The first of the output, which ends the command: nobody listens any more.
    pub(crate) fn end(&self) -> anyhow::Result<()> {
        if let Ok(mut progress) = self.progress.lock() {
            *progress = None;
        }
        match self.closed.lock().ok().and_then(|mut closed| closed.take()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn print(&self, event: &Event) -> anyhow::Result<()> {
        if self.telling == Telling::AsItComes {
            self.output.event(event)?;
        }
        let told = matches!(event.ending, Ending::Unusable { .. }) && self.told.contains(&event.id);
        match line(event).filter(|_| !told) {
            Some(line) => self.output.line(line),
            None => Ok(()),
        }
    }
}

impl Observer for Reporter {
    fn planned(&self, stage: Stage, items: usize) {
        if let Ok(mut progress) = self.progress.lock() {
            // The old bar goes before the new one comes.
            *progress = None;
            *progress = Some(Progress::start(self.output, doing(stage), items));
        }
    }

    fn ended(&self, event: &Event) {
        let Ok(progress) = self.progress.lock() else { return };
        let printed = match &*progress {
            Some(progress) => progress.suspend(|| self.print(event)),
            None => self.print(event),
        };
        if let Some(progress) = &*progress {
            progress.advance();
        }
        if let (Err(error), Ok(mut closed)) = (printed, self.closed.lock()) {
            closed.get_or_insert(error);
        }
    }
}

/// Runs one step for many images and tells how it went.
///
/// # Errors
/// What ended the step as a whole; failures of single images are told and decide the exit code.
pub(crate) async fn run(
    context: &Context,
    step: impl AsyncFnOnce(&Reporter) -> anyhow::Result<(Vec<Event>, Vec<Failure>)>,
) -> anyhow::Result<Exit> {
    let reporter = Reporter::new(context.output, Telling::AtTheEnd);
    let Some(done) = unless_stopped(context, step(&reporter)).await else {
        return Ok(context.interrupt.exit_or(Exit::Done));
    };
    let (events, failures) = done?;
    reporter.end()?;
    finish(context, &events, &failures)
}

/// Waits for `work`, or `None` if a person ended it. Work may be dropped at any point: each step is safe to be killed. What it had claimed is given back, so that the next command
/// need not wait for it.
pub(crate) async fn unless_stopped<T>(context: &Context, work: impl Future<Output = T>) -> Option<T> {
    let done = tokio::select! {
        done = work => Some(done),
        () = context.interrupt.wait() => None,
    };
    if done.is_none() {
        if !context.output.is_json() {
            eprintln!("stopped; run the same command again to go on");
        }
        // A ledger that does not answer must not keep the program alive: the leases end by themselves.
        let _ = tokio::time::timeout(GIVE_BACK, context.feed.claims.release(SystemClock.now())).await;
    }
    done
}

/// Tells the result of a batch and how to exit.
pub(crate) fn finish(context: &Context, events: &[Event], failures: &[Failure]) -> anyhow::Result<Exit> {
    let output = context.output;
    tell_failures(output, failures);
    output.line(summary::of_step(events, failures))?;
    let on_site = |event: &Event| matches!(event.stage, Stage::Publish | Stage::Retract | Stage::Restore);
    if events.iter().any(|event| on_site(event) && matches!(event.ending, Ending::Done { .. })) {
        output.line(format_args!("{}: skyfeed reindex{}", context.feed.next(), context.feed.as_arguments()))?;
    }
    output.document(&json!({"events": events, "failures": failures}))?;
    Ok(exit(events, failures))
}

/// Tells people what went wrong beside single images.
pub(crate) fn tell_failures(output: Output, failures: &[Failure]) {
    if !output.is_json() {
        for failure in failures {
            eprintln!("{}", harmless(&format!("{}: {}", failure.item, causes(failure))));
        }
    }
}

/// The exit code of what happened: whether anything failed, and whether trying again may help.
pub(crate) fn exit(events: &[Event], failures: &[Failure]) -> Exit {
    let failed = events.iter().filter_map(|event| match &event.ending {
        Ending::Failed(failure) => Some(failure),
        _ => None,
    });
    let transient: Vec<bool> = failed.chain(failures).map(Failure::passes).collect();
    let busy = events.iter().any(|event| matches!(event.ending, Ending::Busy { .. }));
    if busy || transient.contains(&true) {
        Exit::TryAgain
    } else if transient.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    }
}

/// What people read of an event; nothing if nothing happened.
fn line(event: &Event) -> Option<String> {
    let (id, stage) = (&event.id, event.stage);
    Some(match &event.ending {
        Ending::Done { result } if stage == Stage::Clean => format!("{id}: deleted: {result}"),
        Ending::Done { result } if stage == Stage::Tile => format!("{id}: tiled, revision {result}"),
        Ending::Done { .. } => format!("{id}: {}", done(stage)),
        Ending::AlreadyDone { .. } => return None,
        Ending::Unusable { reason } => format!("{id}: unusable: {reason}"),
        Ending::Waiting { reason } => format!("{id}: waiting: {reason}"),
        Ending::Busy { until } => format!("{id}: somebody else is {} it, until {until}", doing(stage)),
        Ending::Failed(failure) => {
            let again = if failure.is_transient() { " (try again)" } else { "" };
            format!("{id}: not {}{again}: {}", done(stage), causes(failure))
        }
    })
}

fn causes(failure: &Failure) -> String {
    failure.causes.join("\n  caused by: ")
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::{
        batch::{Ending, Event, Failure},
        stage::Stage,
    };

    use super::exit;
    use crate::exit::Exit;

    fn event(ending: Ending) -> Event {
        Event { stage: Stage::Fetch, id: "x".into(), ending, figures: None }
    }

    fn failed(transient: bool) -> Event {
        event(Ending::Failed(Failure {
            item: "x".into(),
            remedy: skyfeed_ports::Remedy::retry_if(transient),
            code: "x",
            causes: vec!["no".into()],
        }))
    }

    #[test]
    fn what_may_pass_asks_to_try_again_whatever_else_failed() {
        let unusable = event(Ending::Unusable { reason: "no place".into() });
        assert_eq!(exit(std::slice::from_ref(&unusable), &[]), Exit::Done);
        assert_eq!(exit(&[unusable, failed(false)], &[]), Exit::Failed);
        assert_eq!(exit(&[failed(false), failed(true)], &[]), Exit::TryAgain);
        assert_eq!(exit(&[], &[Failure::permanent("inbox/x.png", "misplaced")]), Exit::Failed);
    }
}
