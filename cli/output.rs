//! What the program says on standard output: short lines for people, or JSON.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

use crate::{error::OutputClosed, terminal::harmless};

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads the output.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Says a line to people; programs do not get it.
    ///
    /// # Errors
    /// The output was closed ([`OutputClosed`]) or cannot be written.
    pub(crate) fn line(self, line: impl Display) -> anyhow::Result<()> {
        if self.json { Ok(()) } else { write(&harmless(&line.to_string())) }
    }

    /// Gives people a text exactly as it is, to be kept in a file.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(crate) fn verbatim(self, text: &str) -> anyhow::Result<()> {
        if self.json { Ok(()) } else { write(text) }
    }

    /// Gives a program a document; people do not get it.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(crate) fn document(self, document: &impl Serialize) -> anyhow::Result<()> {
        if self.json { write(&serde_json::to_string_pretty(document)?) } else { Ok(()) }
    }

    /// Gives a program one of a stream of documents, on a line of its own; people do not get it.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(crate) fn event(self, event: &impl Serialize) -> anyhow::Result<()> {
        if self.json { write(&serde_json::to_string(event)?) } else { Ok(()) }
    }
}

fn write(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        result => Ok(result?),
    }
}
