//! A part of the file as a reader of its own, so that several strips can be read side by side.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

pub(super) struct Section {
    file: Arc<File>,
    position: u64,
    left: u64,
    /// FillOrder 2: the first bit of a byte is its lowest.
    reversed_bits: bool,
}

impl Section {
    pub(super) fn new(file: Arc<File>, (position, length): (u64, u64), reversed_bits: bool) -> Self {
        Self { file, position, left: length, reversed_bits }
    }
}

impl Read for Section {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        if wanted == 0 {
            return Ok(0);
        }
        // Other sections move the position of the file too.
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.position))?;
        let length = file.read(&mut bytes[..wanted])?;
        self.position += length as u64;
        self.left -= length as u64;
        if self.reversed_bits {
            bytes[..length].iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        Ok(length)
    }
}
