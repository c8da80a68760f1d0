//! Objects made of pieces of others.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
};

use super::{Fault, object, replace, spool};
use crate::store::{Condition, ETag, Piece, piece::beyond_the_end};

/// Writes checked pieces to a new file, and puts that.
pub(super) fn compose(root: &Path, key: &str, pieces: &[Piece], condition: &Condition) -> Result<ETag, Fault> {
    let mut temporary = spool::create(root, |path| File::create_new(path))?;
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        match piece {
            Piece::Bytes(bytes) => temporary.as_file_mut().write_all(bytes)?,
            Piece::Range { key: from, etag, range } => match append(root, from, etag, range, temporary.as_file_mut()) {
                // What is wrong with the disk is told of the object that is written.
                Err(Fault::Io(error)) => return Err(error.into()),
                Err(fault) => return Err(Fault::Elsewhere(fault.at("read", from))),
                Ok(()) => {}
            },
        }
    }
    replace::replace(root, key, temporary, condition)
}

fn append(root: &Path, from: &str, etag: &ETag, range: &Range<u64>, to: &mut File) -> Result<(), Fault> {
    let Some((mut file, meta)) = object::open(root, from)? else { return Err(Fault::Changed) };
    if meta.etag != *etag {
        return Err(Fault::Changed);
    }
    if range.end > meta.size_bytes {
        return Err(beyond_the_end(from, range, meta.size_bytes).into());
    }
    file.seek(SeekFrom::Start(range.start))?;
    let size = range.end - range.start;
    // A file that is open outlives its replacement; only a program that writes into it in place changes what is read.
    let copied = io::copy(&mut (&mut file).take(size), to)?;
    if copied == size && object::etag(&file.metadata()?)? == *etag { Ok(()) } else { Err(Fault::Changed) }
}
