//! The name of one tiling result.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Names one tiling result: the first 16 hex digits of a digest over everything that decides its bytes.
///
/// The same image, metadata, options and [`PIXELS_VERSION`](skyfeed_tiling::pixels::PIXELS_VERSION) always have the same revision; if any of them
/// changes, so does the revision, and a person looks at the result anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Revision(String);

/// Why a text is not a revision.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not a revision: 16 lower-case hex digits are", .0.escape_debug())]
pub struct RevisionError(String);

const HEX_DIGITS: usize = 16;

impl Revision {
    /// Digests the parts, each with its length so that no two lists of parts look alike.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let mut hex = hex::encode(digest.finalize());
        hex.truncate(HEX_DIGITS);
        Self(hex)
    }

    /// The revision as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for Revision {
    type Error = RevisionError;

    fn try_from(text: String) -> Result<Self, RevisionError> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == HEX_DIGITS && text.bytes().all(is_digit) { Ok(Self(text)) } else { Err(RevisionError(text)) }
    }
}

impl std::str::FromStr for Revision {
    type Err = RevisionError;

    fn from_str(text: &str) -> Result<Self, RevisionError> {
        Self::try_from(text.to_owned())
    }
}

impl From<Revision> for String {
    fn from(revision: Revision) -> Self {
        revision.0
    }
}

#[cfg(test)]
mod tests {
    use super::Revision;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Revision::of(&[b"ab", b"c"]), Revision::of(&[b"a", b"bc"]));
        assert_ne!(Revision::of(&[b"a", b""]), Revision::of(&[b"a"]));
    }

    #[test]
    fn only_sixteen_hex_digits_are_a_revision() {
        assert!("0123456789abcdef".parse::<Revision>().is_ok());
        for text in ["", "0123456789abcde", "0123456789ABCDEF", "../3456789abcdef"] {
            assert!(text.parse::<Revision>().is_err(), "{text:?} was accepted");
        }
    }
}
