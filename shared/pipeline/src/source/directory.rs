//! A folder of images.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::Metadata,
    io,
    path::{Component, Path, PathBuf},
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream, stream::BoxStream};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::{fs::File, io::AsyncReadExt};

use super::{Arrival, Ask, Fetched, Image, ImageSource, Offer, SourceError, few_bad::few_bad};
use crate::{
    blocking,
    id::ImageId,
    record::{Candidate, FORMAT, Version},
};

const EXTENSIONS: [&str; 5] = ["jpg", "jpeg", "png", "tif", "tiff"];

/// As much as is read at a time.
const READ_BYTES: usize = 1 << 20;

/// Deeper folders are not looked into.
const MAX_DEPTH: usize = 32;

/// The images in a folder and the folders below it: JPEG, PNG and TIFF, told by their extensions in any case.
///
/// Hidden files and folders are passed over, and symbolic links are not followed. An image id is the path below the folder without the extension,
/// joined by `_`: `m31/core.tif` is `m31_core`. Files that would get the same id (`a.jpg`, `a.png`) each get a suffix from a digest of their path, so that
/// none hides another; but one that had its id before the others came keeps it. A candidate tells size and time of its file, so that it changes when the file does. The images bring no record: the AVM inside them tells where they are on the sky.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Offers the images in `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The file of a candidate, if it is one of this folder.
    fn file(&self, candidate: &Candidate) -> Result<PathBuf, SourceError> {
        let path = candidate.record["path"].as_str().map(Path::new);
        let path = path.ok_or_else(|| problem(candidate.id.as_str(), "its record has no `path`"))?;
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(problem(candidate.id.as_str(), "its `path` leads out of the folder"));
        }
        let resolve = |path: &Path| path.canonicalize().map_err(|source| unreadable(path, source));
        let file = resolve(&self.root.join(path))?;
        if !file.starts_with(resolve(&self.root)?) {
            return Err(problem(candidate.id.as_str(), "its `path` leads out of the folder"));
        }
        Ok(file)
    }
}

#[async_trait]
impl ImageSource for Directory {
    fn offers(&self) -> BoxStream<'_, Result<Offer, SourceError>> {
        let root = self.root.clone();
        let all = async move {
            match blocking::run(move || offers(&root)).await {
                Ok(offers) => offers,
                Err(_) => vec![Err(unreadable(&self.root, io::Error::other("looking through it was broken off")))],
            }
        };
        few_bad(stream::once(all).flat_map(stream::iter))
    }

    async fn fetch(&self, candidate: &Candidate, ask: &Ask) -> Result<Fetched, SourceError> {
        let path = self.file(candidate)?;
        if extension(&path).is_none() {
            return Err(problem(candidate.id.as_str(), "it is not an image file"));
        }
        let from = candidate.record["path"].as_str().unwrap_or_default().to_owned();
        let opened = async {
            let file = File::open(&path).await?;
            let version = version(from, &file.metadata().await?)?;
            Ok((file, version))
        };
        let (file, version) = opened.await.map_err(|source| unreadable(&path, source))?;
        if ask.known.as_ref() == Some(&version) {
            return Ok(Fetched::Unchanged { record: None });
        }
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
        let begin = Arrival::Begin { version: version.clone(), from: 0, resumes: false };
        let reading = Reading { path, file, version, read_bytes: 0 };
        let bytes = stream::try_unfold(reading, async |mut reading| {
            let bytes = reading.next().await?;
            Ok(bytes.map(|bytes| (Arrival::Bytes(bytes), reading)))
        });
        let arrivals = stream::once(async { Ok(begin) }).chain(bytes).boxed();
        Ok(Fetched::Image(Image { name, record: None, arrivals }))
    }
}

/// What tells one content of a file from another.
fn version(from: String, meta: &Metadata) -> io::Result<Version> {
    Ok(Version { from, size_bytes: Some(meta.len()), modified: Some(modified(meta)?), ..Version::default() })
}

fn modified(meta: &Metadata) -> io::Result<Timestamp> {
    // A file may bear a time that no calendar has; that must not hide it.
    Ok(Timestamp::try_from(meta.modified()?).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// A file that is read, and must not change meanwhile.
struct Reading {
    path: PathBuf,
    file: File,
    version: Version,
    read_bytes: u64,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let read = async {
            let mut bytes = BytesMut::with_capacity(READ_BYTES);
            self.file.read_buf(&mut bytes).await?;
            self.read_bytes += bytes.len() as u64;
            if !bytes.is_empty() {
                return Ok(Some(bytes.freeze()));
            }
            let now = version(self.version.from.clone(), &self.file.metadata().await?)?;
            if now == self.version && self.version.size_bytes == Some(self.read_bytes) {
                Ok(None)
            } else {
                Err(io::Error::new(io::ErrorKind::ResourceBusy, "it changed while it was read"))
            }
        };
        read.await.map_err(|source| unreadable(&self.path, source))
    }
}

fn offers(root: &Path) -> Vec<Result<Offer, SourceError>> {
    let mut files = Vec::new();
    let mut offers = Vec::new();
    walk(root, &mut Vec::new(), &mut files, &mut offers);

    let mut by_name: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for file in files {
        by_name.entry(name(&file.from)).or_default().push(file);
    }
    for (name, files) in by_name {
        let alone = files.len() == 1;
        for Version { from: path, size_bytes, modified, .. } in files {
            let (plain, own) = (name.clone(), format!("{name}-{}", digest(&path)));
            let (text, other) = if alone { (plain, own) } else { (own, plain) };
            let record = json!({ "path": path, "size_bytes": size_bytes, "modified": modified });
            offers.push(match (ImageId::new(text), ImageId::new(other)) {
                (Ok(id), Ok(other)) => Ok(Offer::Named { candidate: Candidate { format: FORMAT, id, record }, other }),
                (Ok(id), Err(_)) => Ok(Offer::Candidate(Candidate { format: FORMAT, id, record })),
                (Err(source), _) => Err(SourceError::Record {
                    item: path,
                    problem: "its name makes no image id; rename it".to_owned(),
                    source: Some(source.into()),
                }),
            });
        }
    }
    offers
}

/// Collects the images below `root`, in the folder that `parts` name, by their paths below `root`.
fn walk(root: &Path, parts: &mut Vec<String>, files: &mut Vec<Version>, offers: &mut Vec<Result<Offer, SourceError>>) {
    let folder = parts.iter().fold(root.to_owned(), |folder, part| folder.join(part));
    let mut entries = match std::fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(source) => return offers.push(Err(unreadable(&folder, source))),
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(source) => {
                offers.push(Err(unreadable(&entry.path(), source)));
                continue;
            }
        };
        let is_image = kind.is_file() && extension(&entry.path()).is_some();
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") || !(is_image || kind.is_dir()) {
            continue;
        }
        let Some(name) = name.to_str() else {
            offers.push(Err(problem(&entry.path().to_string_lossy(), "its name is not UTF-8; rename it")));
            continue;
        };
        parts.push(name.to_owned());
        if is_image {
            match entry.metadata().and_then(|meta| version(parts.join("/"), &meta)) {
                Ok(file) => files.push(file),
                // It was deleted meanwhile.
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
                Err(source) => offers.push(Err(unreadable(&entry.path(), source))),
            }
        } else if parts.len() < MAX_DEPTH {
            walk(root, parts, files, offers);
        }
        parts.pop();
    }
}

/// The path without the extension, its parts joined by `_`, and `_` for what an image id cannot have.
fn name(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let unsafe_part = |c: char| c.is_control() || r#"/\?#%*<>|":"#.contains(c);
    stem.trim().chars().map(|c| if unsafe_part(c) { '_' } else { c }).collect()
}

fn digest(path: &str) -> String {
    hex::encode(&Sha256::digest(path)[..4])
}

/// The normal extension of an image file.
fn extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "jpeg" => Some("jpg".to_owned()),
        _ => EXTENSIONS.contains(&extension.as_str()).then_some(extension),
    }
}

fn problem(item: &str, problem: &str) -> SourceError {
    SourceError::Record { item: item.to_owned(), problem: problem.to_owned(), source: None }
}

fn unreadable(path: &Path, source: io::Error) -> SourceError {
    let transient = !matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied);
    SourceError::Transport { what: path.display().to_string(), transient, source: source.into() }
}
