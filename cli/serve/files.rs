//! What can be served: folders of this machine, and stores.

use std::{future::Future, io, path::PathBuf};

use tower_http::services::fs::{Backend, TokioBackend};

/// Files that can be opened and listed by their paths.
pub(super) trait Files: Backend {
    /// What lies in a folder, in any order. A folder that is not there may be an error or have no entries.
    fn entries(&self, folder: PathBuf) -> impl Future<Output = io::Result<Entries>> + Send;
}

/// The names in a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entries {
    pub(super) folders: Vec<String>,
    pub(super) files: Vec<String>,
}

impl Files for TokioBackend {
    async fn entries(&self, folder: PathBuf) -> io::Result<Entries> {
        let read = tokio::task::spawn_blocking(move || {
            let mut entries = Entries::default();
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let kind = if entry.path().is_dir() { &mut entries.folders } else { &mut entries.files };
                kind.push(name);
            }
            Ok(entries)
        });
        read.await.map_err(io::Error::other)?
    }
}
