//! Sees what comes into a feed while nobody calls a command.
//!
//! Why polling and not the kernel's file events: these do not come over network file systems and differ between platforms; a listing a second
//! costs little and is the same everywhere.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use skyfeed_pipeline::{environment::Environment, error::StepError, layout};

/// The folders of the work store from which a step can start.
const FOLDERS: [&str; 3] = [layout::INBOX, layout::DECISIONS, layout::PUBLISHED];
const POLL_EVERY: Duration = Duration::from_secs(1);
/// The same for a store in a cloud, where every listing costs a little.
const POLL_CLOUD_EVERY: Duration = Duration::from_secs(10);
/// Looking takes no more than this part of the time, however much there is to look at.
const LOOKING_AT_MOST: u32 = 10;
/// A file that somebody is still copying changes; one that did not for so long is taken as whole.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// What goes on changing holds up all else no longer than this.
const UNSETTLED_AT_MOST: Duration = Duration::from_secs(60);
/// How long to leave alone what failed but may pass; twice as long each time, up to the pause between two refreshes.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// Deeper folders are not offered by the source either.
const MAX_DEPTH: usize = 32;

type Contents = BTreeMap<String, String>;

/// What a walk can start from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// In the work store.
    work: Contents,
    /// In the folder that images come from, and the configuration, which says where that is.
    source: Contents,
}

/// Waits until there is something to do.
#[derive(Debug)]
pub(crate) struct Watch {
    refresh_every: Duration,
    poll_every: Duration,
    next_refresh: Instant,
    try_again: Option<Instant>,
    /// How long the next failure is left alone.
    patience: Duration,
    source: Option<PathBuf>,
    seen: Seen,
}

impl Watch {
    /// Begins; the first walk asks the source.
    pub(crate) fn start(refresh_every: Duration, in_cloud: bool) -> Self {
        let poll_every = if in_cloud { POLL_CLOUD_EVERY } else { POLL_EVERY };
        let (next_refresh, seen) = (Instant::now(), Seen::default());
        let patience = TRY_AGAIN_AFTER;
        Self { refresh_every, poll_every, next_refresh, try_again: None, patience, source: None, seen }
    }

    /// The folder that images come from, if it is one of this machine.
    pub(crate) fn follow(&mut self, source: Option<PathBuf>) {
        self.source = source;
    }

    /// Remembers what there is now: a walk is about to take it up.
    pub(crate) async fn look(&mut self, env: &Environment) -> Result<(), StepError> {
        self.seen = self.now(env).await?;
        let now = Instant::now();
        if now >= self.next_refresh {
            self.next_refresh = now + self.refresh_every;
        }
        Ok(())
    }

    /// A walk ended; `again` if something in it may pass.
    pub(crate) fn walked(&mut self, again: bool) {
        self.try_again = again.then(|| Instant::now() + self.patience);
        self.patience = if again { (self.patience * 2).min(self.refresh_every) } else { TRY_AGAIN_AFTER };
    }

    /// Waits for the next walk; answers whether it is to ask the source.
    pub(crate) async fn wait(&mut self, env: &Environment) -> Result<bool, StepError> {
        let mut last = self.seen.clone();
        let (mut changed, mut unsettled_since) = (Instant::now(), None);
        let mut pause = self.poll_every;
        loop {
            tokio::time::sleep(pause).await;
            let now = Instant::now();
            let is_due = now >= self.next_refresh || self.try_again.is_some_and(|again| now >= again);
            let current = match self.now(env).await {
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "cannot look for changes; looking again soon");
                    continue;
                }
                read => read?,
            };
            pause = self.poll_every.max(now.elapsed() * LOOKING_AT_MOST);
            if current != last {
                (last, changed) = (current, now);
                unsettled_since = unsettled_since.or(Some(now));
            }
            let rests = changed.elapsed() >= SETTLED_AFTER;
            let waited = unsettled_since.is_some_and(|since| since.elapsed() >= UNSETTLED_AT_MOST);
            if last == self.seen {
                unsettled_since = None;
                if is_due {
                    return Ok(true);
                }
            } else if rests || waited {
                return Ok(is_due || last.source != self.seen.source);
            }
        }
    }

    async fn now(&self, env: &Environment) -> Result<Seen, StepError> {
        let mut work = Contents::new();
        for folder in FOLDERS {
            let objects = env.work.list(folder, false).await?.objects;
            work.extend(objects.into_iter().map(|object| (object.key, object.etag.0)));
        }
        let mut source = match self.source.clone() {
            Some(folder) => tokio::task::spawn_blocking(move || files(&folder)).await.unwrap_or_default(),
            None => Contents::new(),
        };
        source.extend(env.work.head(layout::CONFIG).await?.map(|object| (object.key, object.etag.0)));
        Ok(Seen { work, source })
    }
}

/// Size and time of every file in a folder of images. What cannot be read is told by the walk that needs it.
fn files(folder: &Path) -> Contents {
    let mut files = Contents::new();
    collect(folder, 0, &mut files);
    files
}

fn collect(folder: &Path, depth: usize, files: &mut Contents) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // Of the link itself: links are not followed.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() && depth < MAX_DEPTH {
            collect(&entry.path(), depth + 1, files);
        } else if meta.is_file() {
            let of_file = format!("{} {:?}", meta.len(), meta.modified().ok());
            files.insert(entry.path().to_string_lossy().into_owned(), of_file);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, time::SystemTime};

    use super::files;

    #[test]
    fn new_and_replaced_files_are_changes_and_hidden_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("sub")).unwrap();
        fs::write(path("sub/a.png"), "one").unwrap();
        let one = files(folder.path());
        assert_eq!(one.len(), 1);
        fs::write(path(".hidden"), "x").unwrap();
        assert_eq!(files(folder.path()), one);
        fs::write(path("sub/a.png"), "two").unwrap();
        fs::File::options().write(true).open(path("sub/a.png")).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_ne!(files(folder.path()), one, "of the same size, at another time");
        fs::write(path("b.png"), "x").unwrap();
        assert_eq!(files(folder.path()).len(), 2);
        assert!(files(&path("missing")).is_empty());
    }
}
