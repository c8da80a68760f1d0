//! The bytes of a file on their way to libjpeg, which itself cannot say what went wrong with them.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    sync::{Arc, Mutex, PoisonError},
};

use super::NAME;
use crate::pixels::PixelError;

/// What happened to the file while libjpeg read it: the first trouble, its end included.
#[derive(Default)]
pub(super) struct Condition(Mutex<Option<io::Error>>);

impl Condition {
    fn note(&self, error: io::Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    /// The trouble as an error, if libjpeg met any while it read `part`.
    pub(super) fn check(&self, part: &str) -> Result<(), PixelError> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(PixelError::reading(NAME, part, error)),
            None => Ok(()),
        }
    }
}

/// A file with a buffer and a [`Condition`].
pub(super) struct Source {
    file: BufReader<File>,
    condition: Arc<Condition>,
}

impl Source {
    pub(super) fn new(file: File, condition: Arc<Condition>) -> Self {
        Self { file: BufReader::with_capacity(1 << 16, file), condition }
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.file.fill_buf() {
            Ok(bytes) => {
                if bytes.is_empty() {
                    self.condition.note(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(bytes)
            }
            Err(error) => {
                let kind = error.kind();
                self.condition.note(error);
                Err(kind.into())
            }
        }
    }

    fn consume(&mut self, amount: usize) {
        self.file.consume(amount);
    }
}

impl Read for Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(bytes.len());
        bytes[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}
