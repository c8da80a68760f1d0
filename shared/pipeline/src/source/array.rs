//! A JSON array of records, taken apart but not read: as values, it can be seventy times as large as the document.

use std::fmt;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::web;

/// The largest archives have some hundred thousand images.
pub(super) const MAX_RECORDS: usize = 1_000_000;

/// The records of a document, each as it is written there. If there are more than [`MAX_RECORDS`], the next one tells so, and the rest is left out.
///
/// # Errors
/// The document is not a JSON array. What no text can be, such as half a surrogate pair, is found when the record that holds it is read.
pub(super) fn records(document: &Bytes) -> serde_json::Result<Vec<Bytes>> {
    let Parts(parts) = web::json(document)?;
    Ok(parts.into_iter().map(|part| document.slice_ref(part.get().as_bytes())).collect())
}

struct Parts<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Parts(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Parts<'de> {
    type Value = Self;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<Self, A::Error> {
        while let Some(part) = array.next_element()? {
            if self.0.len() <= MAX_RECORDS {
                self.0.push(part);
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{MAX_RECORDS, records};

    fn parts(document: impl Into<Bytes>) -> Vec<String> {
        let parts = records(&document.into()).unwrap();
        parts.iter().map(|part| String::from_utf8(part.to_vec()).unwrap()).collect()
    }

    #[test]
    fn records_are_told_as_they_are_written() {
        let document = r#" [ {"a" : [1, {}]} ,7,"\ud800", [[ ]] ] "#;
        assert_eq!(parts(document), [r#"{"a" : [1, {}]}"#, "7", r#""\ud800""#, "[[ ]]"]);
        assert!(parts("[]").is_empty());
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(parts("\u{feff}[1, 2]"), ["1", "2"]);
    }

    #[test]
    fn what_is_no_array_or_does_not_end_is_an_error() {
        let deep = "[".repeat(1_000_000);
        for document in ["", "{}", "[1", "[1] 2", "[1, x]", "\u{feff}", "\u{feff}\u{feff}[]", &deep] {
            assert!(records(&document.to_owned().into()).is_err(), "{:.20}", document);
        }
    }

    #[test]
    fn one_record_is_nested_as_deeply_as_it_likes() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(parts(format!("[1,{deep},2]")), ["1", &deep, "2"]);
    }

    #[test]
    fn no_more_are_kept_than_tell_that_they_are_too_many() {
        for (count, kept) in [(MAX_RECORDS, MAX_RECORDS), (2 * MAX_RECORDS, MAX_RECORDS + 1)] {
            let document = format!("[{}0]", "0,".repeat(count - 1));
            assert_eq!(records(&document.into()).unwrap().len(), kept);
        }
    }
}
