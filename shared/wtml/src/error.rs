//! What can be wrong with a document.

use std::str::Utf8Error;

/// Why a document cannot be read. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WtmlError {
    /// The bytes are not UTF-8, the only encoding of WTML.
    #[error("the document is not UTF-8 text")]
    NotUtf8(#[from] Utf8Error),
    /// The document is larger than any feed is.
    #[error("the document has more than {limit} {unit}")]
    TooLarge {
        /// How many are accepted.
        limit: usize,
        /// What was counted.
        unit: &'static str,
    },
    /// The text is not XML.
    #[error("line {line}: the document is not well-formed XML")]
    Malformed {
        /// Where it was noticed.
        line: usize,
        /// What the XML reader says.
        source: quick_xml::Error,
    },
    /// A reference names an entity that XML itself does not define; those of a document type are never expanded.
    #[error("line {line}: the entity `&{name};` is not known")]
    UnknownEntity {
        /// Where it stands.
        line: usize,
        /// Its name.
        name: String,
    },
    /// The text ends inside an element: a part of the document is missing.
    #[error("line {line}: <{element}> has no end tag: the document is cut off")]
    CutOff {
        /// Where the element begins.
        line: usize,
        /// Its name.
        element: String,
    },
    /// There is text, or a second element, outside of the root element.
    #[error("line {line}: there is content outside of the root element")]
    OutsideRoot {
        /// Where it stands.
        line: usize,
    },
    /// The document holds no element at all.
    #[error("the document is empty: a <Folder> is expected")]
    Empty,
    /// The document is something else.
    #[error("the root element is <{element}>: a <Folder> is expected")]
    NotAFolder {
        /// The root element's name.
        element: String,
    },
    /// An attribute holds a text that means nothing there.
    #[error("line {line}: attribute `{attribute}` of <{element}> is `{}`: {expected} is expected", .value.escape_debug())]
    Value {
        /// Where the element begins.
        line: usize,
        /// The element's name.
        element: &'static str,
        /// The attribute's name.
        attribute: &'static str,
        /// The text that it holds.
        value: String,
        /// What it may hold.
        expected: &'static str,
    },
}
