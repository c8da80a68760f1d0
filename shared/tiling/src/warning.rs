//! What a person should know about a result that was nevertheless made.

use std::fmt;

/// A remark about an input that was worked around. Returned, never logged: the caller keeps it with the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(String);

impl Warning {
    /// Makes a warning from a whole sentence without a full stop, such as `ignoring a broken ICC profile`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
