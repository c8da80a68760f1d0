//! Where tiles wait, in the order in which they came.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
};

/// Bytes that are read at a time.
const COPY_BYTES: usize = 1 << 20;

/// A file to which pieces are added, and from which they are read again.
pub(super) struct Spool {
    file: File,
    end: u64,
    /// Whether the file may stand elsewhere than at `end`.
    is_astray: bool,
}

impl Spool {
    /// Uses `file` from its start on.
    pub(super) fn new(file: File) -> Self {
        Self { file, end: 0, is_astray: true }
    }

    /// Adds a piece, and says where it begins. One that could not be written is as if it had never come.
    pub(super) fn append(&mut self, piece: &[u8]) -> io::Result<u64> {
        if self.is_astray {
            self.file.seek(SeekFrom::Start(self.end))?;
        }
        self.is_astray = true;
        self.file.write_all(piece)?;
        self.is_astray = false;
        let start = self.end;
        self.end += piece.len() as u64;
        Ok(start)
    }

    /// Copies pieces to `out`. Those that also follow each other in the file are read together.
    pub(super) fn copy(&mut self, pieces: impl Iterator<Item = Range<u64>>, out: &mut impl Write) -> io::Result<()> {
        let mut buffer = vec![0; COPY_BYTES];
        let mut pieces = pieces.peekable();
        self.is_astray = true;
        while let Some(mut run) = pieces.next() {
            while let Some(next) = pieces.next_if(|next| next.start == run.end) {
                run.end = next.end;
            }
            self.file.seek(SeekFrom::Start(run.start))?;
            let mut left = run.end - run.start;
            while left > 0 {
                let part = &mut buffer[..left.min(COPY_BYTES as u64) as usize];
                self.file.read_exact(part)?;
                out.write_all(part)?;
                left -= part.len() as u64;
            }
        }
        Ok(())
    }
}
