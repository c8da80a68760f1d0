//! Small records of the work store, kept by key and tag. Never the truth: what is kept counts only while the store has that very content.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use skyfeed_ports::store::{ETag, ObjectMeta, Store, StoreError};

/// The largest record that is kept, in bytes.
const LARGEST: usize = 4096;

/// Records by key and tag.
#[derive(Debug, Default)]
pub struct Records {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_key: HashMap<String, (ETag, Bytes)>,
    seen: HashSet<String>,
    changed: bool,
}

/// A kept record in a file.
#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    etag: String,
    text: String,
}

impl Records {
    /// What an earlier process kept in `file`; nothing if the file is missing or damaged.
    pub fn load(file: &Path) -> Self {
        let records = Self::default();
        // To open a named pipe would be to wait for its writer.
        let is_file = std::fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file());
        let bytes = if is_file { std::fs::read(file).ok() } else { None };
        let lines: Vec<Line> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        records.kept().by_key =
            lines.into_iter().map(|Line { key, etag, text }| (key, (ETag(etag), text.into()))).collect();
        records
    }

    /// Keeps the records in `file` for later processes, if any changed. A failure to do so harms nobody.
    pub fn save(&self, file: &Path) {
        let kept = self.kept();
        if !kept.changed {
            return;
        }
        let line = |(key, (etag, bytes)): (&String, &(ETag, Bytes))| {
            Some(Line { key: key.clone(), etag: etag.0.clone(), text: String::from_utf8(bytes.to_vec()).ok()? })
        };
        let lines: Vec<Line> = kept.by_key.iter().filter_map(line).collect();
        drop(kept);
        let written = || -> std::io::Result<()> {
            let folder = file.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let mut new = tempfile::Builder::new().prefix(".records-").tempfile_in(folder)?;
            serde_json::to_writer(std::io::BufWriter::new(new.as_file_mut()), &lines)?;
            new.persist(file)?;
            Ok(())
        };
        if let Err(error) = written() {
            tracing::debug!(%error, file = %file.display(), "records are not kept");
        }
    }

    /// Reads the object that `meta` describes, or what has become of it; `None` if it is gone.
    pub(crate) async fn get(&self, store: &dyn Store, meta: &ObjectMeta) -> Result<Option<Bytes>, StoreError> {
        {
            let mut kept = self.kept();
            kept.seen.insert(meta.key.clone());
            if let Some((etag, bytes)) = kept.by_key.get(&meta.key)
                && *etag == meta.etag
            {
                return Ok(Some(bytes.clone()));
            }
        }
        let Some(object) = store.get(&meta.key).await? else { return Ok(None) };
        if object.bytes.len() <= LARGEST {
            let mut kept = self.kept();
            kept.by_key.insert(meta.key.clone(), (object.meta.etag, object.bytes.clone()));
            kept.changed = true;
        }
        Ok(Some(object.bytes))
    }

    /// Forgets what was neither asked for since the last call nor is there: it is gone from the store.
    pub(crate) fn forget_unseen(&self, is_there: impl Fn(&str) -> bool) {
        let mut kept = self.kept();
        let seen = std::mem::take(&mut kept.seen);
        let before = kept.by_key.len();
        kept.by_key.retain(|key, _| seen.contains(key) || is_there(key));
        kept.changed |= kept.by_key.len() != before;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // No operation can panic between two changes that belong together.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
