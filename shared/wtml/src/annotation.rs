//! The annotation of a place: which item of which channel it shows.

use std::fmt::Write;

/// The text for [`Place::annotation`](crate::Place::annotation) of an image from a Djangoplicity site.
///
/// A JSON object with the channel (the site's name, such as `esahubble`), the item's id there, and the instant of its publication in ISO
/// 8601 with an offset. Keys, their order, the spaces and the escapes are those that toasty writes, so that `wwtdatatool wtml report`
/// reads it.
///
/// ```
/// assert_eq!(
///     skyfeed_wtml::annotation("eso", "eso1907a", "2019-04-10T15:07:00+02:00"),
///     r#"{"channel": "eso", "itemid": "eso1907a", "publishedUTCISO8601": "2019-04-10T15:07:00+02:00"}"#
/// );
/// ```
pub fn annotation(channel: &str, item: &str, published: &str) -> String {
    let [channel, item, published] = [channel, item, published].map(json_string);
    format!(r#"{{"channel": {channel}, "itemid": {item}, "publishedUTCISO8601": {published}}}"#)
}

/// A JSON string in printable ASCII, as Python's `json.dumps` writes it.
fn json_string(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            ' '..='~' => json.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::json_string;

    #[test]
    fn a_json_string_is_ascii_and_reads_back() {
        for text in ["plain", "q\"\\/", "\n\r\t\u{8}\u{c}\u{1}\u{7f}", "é’", "🔭"] {
            let json = json_string(text);
            assert!(json.is_ascii(), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
        assert_eq!(json_string("é🔭\u{7f}"), r#""\u00e9\ud83d\udd2d\u007f""#);
    }
}
