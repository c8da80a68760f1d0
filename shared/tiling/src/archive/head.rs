//! The first bytes of an archive, as a reader sees them.

use std::ops::Range;

use super::{
    directory::{self, Entry, Kind},
    error::ArchiveError,
    header::{HEAD_BYTES, Header},
    index::Index,
};
use crate::pixels::TileFormat;

const ROOT: &str = "the root directory";
const LEAF: &str = "a leaf directory";
const LEAVES: &str = "the section of leaf directories";

/// The beginning of an archive. It says what else has to be read before tiles are found.
///
/// Only archives in the form of this module are read: without compression and runs, their sections in order, their leaf directories in
/// one level and without gaps. The [module](super) has an example.
#[derive(Clone, Debug)]
pub struct Head {
    header: Header,
    kind: Kind,
    root: Vec<Entry>,
}

impl Head {
    /// How many bytes to read from the start of an archive, or all of a shorter one: 16 KiB.
    pub const BYTES: usize = HEAD_BYTES as usize;

    /// Reads the first [`BYTES`](Self::BYTES) of an archive that has `archive_len` bytes altogether; more do not matter.
    ///
    /// # Errors
    /// [`ArchiveError::Unsupported`] for other files, other versions, compression and runs; [`ArchiveError::Limit`] for more tiles or
    /// metadata than the limits of this module; [`ArchiveError::Damaged`] for all else that is not right.
    pub fn parse(head: &[u8], archive_len: u64) -> Result<Self, ArchiveError> {
        let header = Header::parse(head, archive_len)?;
        let root = head.get(header.root.start as usize..header.root.end as usize);
        let root = root.ok_or_else(|| ArchiveError::damaged(ROOT, "it ends early"))?;
        let (kind, root) = directory::parse(root, ROOT)?;
        let leaf_bytes = header.leaves.end - header.leaves.start;
        match kind {
            Kind::Tiles if leaf_bytes > 0 => {
                return Err(ArchiveError::damaged(LEAVES, "the root directory does not point there"));
            }
            Kind::Tiles => {}
            Kind::Leaves => check_without_gaps(&root, leaf_bytes)?,
        }
        Ok(Self { header, kind, root })
    }

    /// Which bytes of the archive are to be read next, for [`into_index`](Self::into_index); none if the head has all that is needed.
    ///
    /// They are within the archive, and at most 50 for each tile that it claims to have.
    pub fn leaves(&self) -> Range<u64> {
        self.header.leaves.clone()
    }

    /// Where the metadata is: within the archive, and at most 1 MiB.
    pub fn metadata(&self) -> Range<u64> {
        self.header.metadata.clone()
    }

    /// The deepest level of the pyramid, 0 to 31.
    pub fn depth(&self) -> u32 {
        u32::from(self.header.depth)
    }

    /// What kind of files the tiles are; `None` for one that is not known here.
    pub fn format(&self) -> Option<TileFormat> {
        self.header.format()
    }

    /// All tiles, by the `leaves` that were asked for. It takes at most twenty times the memory of the directories.
    ///
    /// # Errors
    /// [`ArchiveError::Damaged`] if `leaves` are not as long as they should be, if the directories contradict the header or each other, or
    /// point outside the archive, or if tiles overlap; [`ArchiveError::Unsupported`] for runs and for more levels of directories.
    pub fn into_index(self, leaves: &[u8]) -> Result<Index, ArchiveError> {
        let Self { header, kind, root } = self;
        if leaves.len() as u64 != header.leaves.end - header.leaves.start {
            return Err(ArchiveError::damaged(LEAVES, format!("{} bytes came of it", leaves.len())));
        }
        let entries = match kind {
            Kind::Tiles => root,
            Kind::Leaves => read_leaves(&root, leaves)?,
        };
        Index::new(header, entries)
    }
}

/// So no leaf directory is read twice, whatever the root says.
fn check_without_gaps(root: &[Entry], leaf_bytes: u64) -> Result<(), ArchiveError> {
    let mut end = 0;
    for entry in root {
        if entry.offset != end {
            return Err(ArchiveError::damaged(ROOT, "its leaf directories do not follow each other"));
        }
        end += u64::from(entry.length);
    }
    if end != leaf_bytes {
        return Err(ArchiveError::damaged(ROOT, format!("it has {end} of {leaf_bytes} bytes of leaf directories")));
    }
    Ok(())
}

fn read_leaves(root: &[Entry], mut leaves: &[u8]) -> Result<Vec<Entry>, ArchiveError> {
    // An entry has four bytes or more.
    let mut entries: Vec<Entry> = Vec::with_capacity(leaves.len() / 4);
    for leaf in root {
        let bytes = leaves.split_off(..leaf.length as usize);
        let bytes = bytes.ok_or_else(|| ArchiveError::damaged(LEAVES, "it ends early"))?;
        let (kind, read) = directory::parse(bytes, LEAF)?;
        if kind == Kind::Leaves {
            return Err(ArchiveError::Unsupported("leaf directories below leaf directories".to_owned()));
        }
        if read.first().map(|first| first.id) != Some(leaf.id) {
            return Err(ArchiveError::damaged(LEAF, "it does not begin with the tile that the root directory says"));
        }
        if entries.last().is_some_and(|last| last.id >= leaf.id) {
            return Err(ArchiveError::damaged(LEAF, "it begins before the end of the one before it"));
        }
        entries.extend(read);
    }
    Ok(entries)
}
