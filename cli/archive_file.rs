//! An archive of tiles that lies on this machine.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use skyfeed_pipeline::layout;
use skyfeed_tiling::{
    archive::{Digests, Head, Index},
    pixels::TileFormat,
};

/// An archive in a file, and the list of its tiles' digests if that lies beside it.
#[derive(Debug)]
pub(crate) struct ArchiveFile {
    path: PathBuf,
    file: File,
    index: Index,
    format: TileFormat,
    digests: Option<Digests>,
}

impl ArchiveFile {
    /// Opens an archive that this program made.
    ///
    /// # Errors
    /// It cannot be read, is no such archive, or the list beside it is of another one.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("cannot unpack `{}`", path.display());
        let mut file = File::open(path).with_context(named)?;
        let index = read_index(&mut file).with_context(named)?;
        let format = index.format().with_context(|| format!("`{}` holds tiles of an unknown kind", path.display()))?;
        let list = path.with_file_name(layout::DIGESTS);
        let digests = if list.is_file() { Some(read_digests(&list)?) } else { None };
        if digests.as_ref().is_some_and(|digests| digests.tile_count() != index.tile_count()) {
            anyhow::bail!("`{}` lists other tiles than `{}` has", list.display(), path.display());
        }
        Ok(Self { path: path.to_owned(), file, index, format, digests })
    }

    /// The number of its tiles.
    pub(crate) fn tile_count(&self) -> u64 {
        self.index.tile_count()
    }

    /// Whether each tile can be held against the list of digests.
    pub(crate) fn is_checked(&self) -> bool {
        self.digests.is_some()
    }

    /// Hands out every tile, by its name.
    ///
    /// # Errors
    /// The file cannot be read, a tile is not what the list says, or `take` failed.
    pub(crate) fn each_tile(&mut self, mut take: impl FnMut(&str, &[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let Self { path, file, index, format, digests } = self;
        for stored in index.stored() {
            let mut bytes = vec![0; usize::try_from(stored.range.end - stored.range.start)?];
            file.seek(SeekFrom::Start(stored.range.start))?;
            file.read_exact(&mut bytes).with_context(|| format!("cannot read `{}`", path.display()))?;
            for tile in stored.tiles() {
                let name = layout::tile(tile, *format);
                if digests.as_ref().is_some_and(|digests| !digests.is_of(tile, &bytes)) {
                    anyhow::bail!("the tile `{name}` of `{}` is not what the list beside it says", path.display());
                }
                take(&name, &bytes)?;
            }
        }
        Ok(())
    }
}

fn read_digests(list: &Path) -> anyhow::Result<Digests> {
    let bytes = std::fs::read(list).with_context(|| format!("cannot read `{}`", list.display()))?;
    Digests::parse(bytes).with_context(|| format!("cannot use `{}`", list.display()))
}

fn read_index(file: &mut File) -> anyhow::Result<Index> {
    let length = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(Head::BYTES as u64).read_to_end(&mut head)?;
    let head = Head::parse(&head, length)?;
    let leaves = head.leaves();
    let mut bytes = vec![0; usize::try_from(leaves.end - leaves.start)?];
    file.seek(SeekFrom::Start(leaves.start))?;
    file.read_exact(&mut bytes)?;
    Ok(head.into_index(&bytes)?)
}
