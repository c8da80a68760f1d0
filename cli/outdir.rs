//! A folder that gets a whole study or nothing.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::Context;
use tempfile::TempDir;

use crate::error::UsageError;

/// Written last: where it is, the study is whole.
const INDEX: &str = "index_rel.wtml";

/// A study is written beside its place, in a hidden folder, and moved when it is whole. If that never happens, nothing is left.
#[derive(Debug)]
pub(crate) struct Outdir {
    dir: PathBuf,
    /// `None` once it is finished.
    draft: Option<TempDir>,
    made_dir: bool,
    /// Folders of the draft that are there already: asking the file system for each tile would be slow.
    folders: Mutex<HashSet<PathBuf>>,
}

impl Outdir {
    /// Makes the folder, or checks that it is empty. With `force` it may hold anything; a study in it will be replaced.
    ///
    /// # Errors
    /// It is not empty, or it cannot be made.
    pub(crate) fn prepare(dir: &Path, force: bool) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write into `{}`", dir.display());
        let made_dir = !dir.exists();
        fs::create_dir_all(dir).with_context(cannot)?;
        if !force && fs::read_dir(dir).with_context(cannot)?.next().is_some() {
            let dir = dir.display();
            return Err(UsageError(format!(
                "`{dir}` is not empty: name another folder, or replace the study in it with --force"
            ))
            .into());
        }
        let draft = tempfile::Builder::new().prefix(".skyfeed-").tempdir_in(dir).with_context(cannot)?;
        Ok(Self { dir: dir.to_owned(), draft: Some(draft), made_dir, folders: Mutex::default() })
    }

    /// Makes the folder for [`finish_same`](Self::finish_same). It may hold what an earlier call left: files with names that are `ours`.
    ///
    /// # Errors
    /// It holds something else, or it cannot be made.
    pub(crate) fn prepare_again(dir: &Path, ours: impl Fn(&str) -> bool) -> anyhow::Result<Self> {
        let others = if dir.exists() { visible(dir)?.into_iter().find(|name| !ours(name)) } else { None };
        match others {
            Some(other) => Err(not_the_same(dir, &other)),
            None => Self::prepare(dir, true),
        }
    }

    /// [`finish`](Self::finish), if all that is in the folder already is the very same.
    ///
    /// # Errors
    /// Something else is there, which stays as it is; or the file system failed.
    pub(crate) fn finish_same(self) -> anyhow::Result<()> {
        let cannot = || format!("cannot write into `{}`", self.dir.display());
        if let Some(draft) = &self.draft {
            for name in visible(&self.dir)? {
                let (there, new) = (self.dir.join(&name), draft.path().join(&name));
                let is_same = there.is_file()
                    && new.is_file()
                    && fs::read(there).with_context(cannot)? == fs::read(new).with_context(cannot)?;
                if !is_same {
                    return Err(not_the_same(&self.dir, &name));
                }
            }
        }
        self.finish()
    }

    /// Writes a file of the study. May be called from many threads.
    ///
    /// # Errors
    /// The file system failed.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let Some(draft) = &self.draft else { return Err(io::Error::other("the study is finished")) };
        let file = draft.path().join(name);
        if let Some(folder) = file.parent() {
            let mut folders = self.folders.lock().map_err(|_| io::Error::other("another tile failed"))?;
            if !folders.contains(folder) {
                fs::create_dir_all(folder)?;
                folders.insert(folder.to_owned());
            }
        }
        fs::write(file, bytes)
    }

    /// Puts the study in its place, instead of one that is there.
    ///
    /// # Errors
    /// The file system failed; without `index_rel.wtml`, what is there is no study.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.replace().with_context(|| format!("cannot write into `{}`", self.dir.display()))?;
        self.made_dir = false;
        Ok(())
    }

    fn replace(&mut self) -> io::Result<()> {
        let Some(draft) = self.draft.take() else { return Ok(()) };
        if self.dir.join(INDEX).exists() {
            fs::remove_file(self.dir.join(INDEX))?;
            for entry in fs::read_dir(&self.dir)? {
                let entry = entry?;
                if is_level(&entry.file_name().to_string_lossy()) && entry.path().is_dir() {
                    fs::remove_dir_all(entry.path())?;
                }
            }
        }
        let mut names: Vec<_> = fs::read_dir(draft.path())?.collect::<Result<Vec<_>, _>>()?;
        names.sort_by_key(|entry| entry.file_name() == INDEX);
        for entry in names {
            fs::rename(entry.path(), self.dir.join(entry.file_name()))?;
        }
        draft.close()
    }
}

/// The names in a folder. What is hidden may be the draft of a call that was killed.
fn visible(dir: &Path) -> anyhow::Result<Vec<String>> {
    let entries = fs::read_dir(dir).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let entries = entries.with_context(|| format!("cannot look into `{}`", dir.display()))?;
    let names = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

fn not_the_same(dir: &Path, name: &str) -> anyhow::Error {
    let problem = format!("`{}` is not empty: `{name}` is of something else; name another folder", dir.display());
    UsageError(problem).into()
}

/// Whether a folder of this name holds the tiles of a level.
fn is_level(name: &str) -> bool {
    name.len() <= 2 && name.bytes().all(|byte| byte.is_ascii_digit())
}

impl Drop for Outdir {
    fn drop(&mut self) {
        self.draft = None;
        if self.made_dir {
            // It is empty unless somebody else wrote into it; then it is theirs.
            let _ = fs::remove_dir(&self.dir);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Outdir;

    #[test]
    fn a_study_that_is_not_finished_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("out");
        let outdir = Outdir::prepare(&dir, false).unwrap();
        outdir.write("1/0/0_0.png", b"tile").unwrap();
        drop(outdir);
        assert!(!dir.exists());
    }

    #[test]
    fn replacing_a_study_removes_its_tiles_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        for file in ["1/0/0_0.png", "2/0/0_0.png", "index_rel.wtml", "notes/a.txt"] {
            fs::create_dir_all(dir.join(file).parent().unwrap()).unwrap();
            fs::write(dir.join(file), "old").unwrap();
        }
        assert!(Outdir::prepare(dir, false).unwrap_err().to_string().contains("--force"));
        let outdir = Outdir::prepare(dir, true).unwrap();
        outdir.write("1/0/0_0.png", b"new").unwrap();
        outdir.write("index_rel.wtml", b"new").unwrap();
        outdir.finish().unwrap();
        assert_eq!(fs::read(dir.join("1/0/0_0.png")).unwrap(), b"new");
        assert!(!dir.join("2").exists());
        assert!(dir.join("notes/a.txt").exists());
        let hidden =
            fs::read_dir(dir).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with('.'));
        assert!(!hidden);
    }

    #[test]
    fn the_same_may_come_again_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("out");
        let write = |content: &[u8]| {
            let outdir = Outdir::prepare_again(&dir, |name| name == "a.png")?;
            outdir.write("a.png", content).unwrap();
            outdir.finish_same()
        };
        write(b"one").unwrap();
        write(b"one").unwrap();
        assert!(write(b"other").unwrap_err().to_string().contains("`a.png`"));
        assert_eq!(fs::read(dir.join("a.png")).unwrap(), b"one");
        fs::write(dir.join("mine.txt"), "mine").unwrap();
        assert!(write(b"one").unwrap_err().to_string().contains("`mine.txt`"));
        assert_eq!(fs::read(dir.join("mine.txt")).unwrap(), b"mine");
    }
}
