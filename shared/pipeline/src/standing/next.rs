//! What would move an image on.

use jiff::Timestamp;
use serde::Serialize;

use crate::names::Revision;

/// What would move an image on. The words are those of the program's commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Next {
    /// Download it.
    Fetch,
    /// Download it again, when the source or the configuration has been mended.
    FetchAgain,
    /// Make its pyramid.
    Tile,
    /// A person looks and decides.
    Preview {
        /// At this revision.
        revision: Revision,
    },
    /// Copy it to the site.
    Publish,
    /// Finish the takedown.
    Retract,
    /// Bring it back.
    Restore,
    /// Take a reject back.
    Undo,
    /// Mend or delete an object, then go on.
    Mend {
        /// Its key.
        key: String,
    },
    /// Nothing to do: it goes on by itself then.
    Wait {
        /// When.
        until: Timestamp,
    },
    /// Nothing to do, and why.
    Nothing {
        /// The reason.
        because: &'static str,
    },
}
