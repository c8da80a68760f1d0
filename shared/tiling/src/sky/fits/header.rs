//! The cards of a FITS header.
//!
//! Source: FITS Standard 4.0, section 4.

use std::{
    collections::BTreeMap,
    io::{BufReader, ErrorKind, Read},
};

use crate::sky::SkyError;

const CARD_BYTES: usize = 80;

/// Real headers have a few hundred cards, those with a long history some thousand.
const MAX_CARDS: usize = 10_000;

/// The keywords of a header and the text of their values; of a repeated keyword the first.
pub(super) struct Header(BTreeMap<String, String>);

impl Header {
    pub(super) fn read(reader: impl Read) -> Result<Self, SkyError> {
        let mut reader = BufReader::with_capacity(36 * CARD_BYTES, reader);
        let mut values = BTreeMap::new();
        for number in 0..MAX_CARDS {
            let mut card = [0; CARD_BYTES];
            match reader.read_exact(&mut card) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Err(damaged(if number == 0 { "it is empty" } else { "it ends before its END card" }));
                }
                result => result?,
            }
            let keyword = String::from_utf8_lossy(&card[..8]).trim_end().to_owned();
            if number == 0 && keyword != "SIMPLE" {
                return Err(damaged("it does not begin with SIMPLE"));
            }
            if keyword == "END" {
                return Ok(Self(values));
            }
            if &card[8..10] == b"= " {
                values.entry(keyword).or_insert_with(|| value_text(&card[10..]));
            }
        }
        Err(damaged("it has more than 10000 cards"))
    }

    /// The value without quotes; `None` if it is missing or empty.
    pub(super) fn text(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(String::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn number(&self, keyword: &'static str) -> Result<Option<f64>, SkyError> {
        let Some(text) = self.text(keyword) else { return Ok(None) };
        let number = text.replace(['D', 'd'], "E").parse().ok().filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or_else(|| SkyError::invalid(keyword, text, "a number"))
    }

    pub(super) fn required_number(&self, keyword: &'static str) -> Result<f64, SkyError> {
        self.number(keyword)?.ok_or(SkyError::Missing { field: keyword })
    }

    /// The length of a side in pixels.
    pub(super) fn side(&self, keyword: &'static str) -> Result<Option<u32>, SkyError> {
        let Some(text) = self.text(keyword) else { return Ok(None) };
        let side = text.parse().ok().filter(|side| *side > 0);
        side.map(Some).ok_or_else(|| SkyError::invalid(keyword, text, "a number of pixels"))
    }

    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        self.0.range(prefix.to_owned()..).next().is_some_and(|(keyword, _)| keyword.starts_with(prefix))
    }
}

fn value_text(field: &[u8]) -> String {
    let field = String::from_utf8_lossy(field);
    let field = field.trim_start();
    let Some(quoted) = field.strip_prefix('\'') else {
        return field.split('/').next().unwrap_or_default().trim().to_owned();
    };
    // A quote inside the text is written twice.
    let mut text = String::new();
    let mut characters = quoted.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\'' && characters.next_if_eq(&'\'').is_none() {
            break;
        }
        text.push(character);
    }
    text.trim().to_owned()
}

fn damaged(problem: &str) -> SkyError {
    SkyError::Fits { problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Header, value_text};

    #[test]
    fn a_quoted_value_keeps_slashes_and_quotes() {
        assert_eq!(value_text(b"'O''Neill / x '   / comment"), "O'Neill / x");
        assert_eq!(value_text(b"  1.5D-3 / comment"), "1.5D-3");
        assert_eq!(value_text(b"'never closed"), "never closed");
    }

    #[test]
    fn a_header_without_end_is_damaged() {
        let card = format!("{:80}", "SIMPLE  = T");
        let error = Header::read(card.as_bytes()).err().expect("no END");
        assert_eq!(error.to_string(), "the FITS header cannot be read: it ends before its END card");
        let endless = Header::read(std::io::repeat(b' ')).err().expect("no SIMPLE");
        assert!(endless.to_string().contains("SIMPLE"));
    }

    #[test]
    fn an_endless_header_is_given_up() {
        let endless = format!("{:80}", "SIMPLE  = T").repeat(10_001);
        let error = Header::read(endless.as_bytes()).err().expect("too long");
        assert!(error.to_string().contains("more than 10000 cards"));
    }
}
