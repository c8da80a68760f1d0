//! Sees what comes into a feed while nobody calls a command.
//!
//! Why polling and not the kernel's file events: these do not come over network file systems and differ between platforms; a listing a second
//! costs little and is the same everywhere.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use skyfeed_pipeline::{environment::Environment, error::StepError, layout};

/// The folders of the work store from which a step can start.
const FOLDERS: [&str; 3] = [layout::INBOX, layout::DECISIONS, layout::PUBLISHED];
const POLL_EVERY: Duration = Duration::from_secs(1);
/// The same for a store in a cloud, where every listing costs a little.
const POLL_CLOUD_EVERY: Duration = Duration::from_secs(10);
/// A file that somebody is still copying changes; one that did not for so long is taken as whole.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// How long to leave alone what failed but may pass.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(60);

type Contents = BTreeMap<String, String>;

/// Waits until there is something to do.
#[derive(Debug)]
pub(crate) struct Watch {
    refresh_every: Duration,
    poll_every: Duration,
    next_refresh: Instant,
    try_again: Option<Instant>,
    seen: Contents,
}

impl Watch {
    /// Begins; the first walk asks the source.
    pub(crate) fn start(refresh_every: Duration, in_cloud: bool) -> Self {
        let poll_every = if in_cloud { POLL_CLOUD_EVERY } else { POLL_EVERY };
        Self { refresh_every, poll_every, next_refresh: Instant::now(), try_again: None, seen: Contents::new() }
    }

    /// Remembers what there is now: a walk is about to take it up.
    pub(crate) async fn look(&mut self, env: &Environment) -> Result<(), StepError> {
        self.seen = contents(env).await?;
        let now = Instant::now();
        if now >= self.next_refresh {
            self.next_refresh = now + self.refresh_every;
        }
        Ok(())
    }

    /// A walk ended; `again` if something in it may pass.
    pub(crate) fn walked(&mut self, again: bool) {
        self.try_again = again.then(|| Instant::now() + TRY_AGAIN_AFTER);
    }

    /// Waits for the next walk; answers whether it is to ask the source.
    pub(crate) async fn wait(&mut self, env: &Environment) -> Result<bool, StepError> {
        let mut last = self.seen.clone();
        let mut changed = Instant::now();
        loop {
            tokio::time::sleep(self.poll_every).await;
            let now = Instant::now();
            if now >= self.next_refresh {
                return Ok(true);
            }
            if self.try_again.is_some_and(|again| now >= again) {
                return Ok(true);
            }
            let current = match contents(env).await {
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "cannot look for changes; looking again soon");
                    continue;
                }
                read => read?,
            };
            if current != last {
                last = current;
                changed = now;
            } else if current != self.seen && changed.elapsed() >= SETTLED_AFTER {
                return Ok(false);
            }
        }
    }
}

async fn contents(env: &Environment) -> Result<Contents, StepError> {
    let mut contents = Contents::new();
    for folder in FOLDERS {
        let objects = env.work.list(folder, false).await?.objects;
        contents.extend(objects.into_iter().map(|object| (object.key, object.etag.0)));
    }
    Ok(contents)
}
