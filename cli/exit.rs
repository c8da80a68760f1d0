//! The exit codes of the program.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done,
    /// Something failed for good.
    Failed,
    /// The command was used wrongly.
    Usage,
    /// Something failed that may pass: try again (`EX_TEMPFAIL` of BSD's sysexits).
    TryAgain,
    /// A signal ended the work; its number.
    Signal(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::TryAgain => Self::from(75),
            Exit::Signal(number) => Self::from(128u8.saturating_add(number)),
        }
    }
}
