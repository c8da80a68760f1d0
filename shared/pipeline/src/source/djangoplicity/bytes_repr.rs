//! Texts that some sites give as the Python literal of their bytes, such as `b'caf\xc3\xa9'`.

use serde_json::{Map, Value};

/// Decodes every text below a record that is a bytes literal of UTF-8; others stay as they are.
pub(super) fn decode_all(record: &mut Map<String, Value>) {
    record.values_mut().for_each(decode_value);
}

fn decode_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(decoded) = decode(text) {
                *text = decoded;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(decode_value),
        Value::Object(record) => decode_all(record),
        _ => {}
    }
}

/// The text of a bytes literal (Python Language Reference, section 2.4.1), or `None` if it is not one.
fn decode(text: &str) -> Option<String> {
    let literal = text.strip_prefix('b')?;
    let quote = literal.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let inside = literal.strip_prefix(quote)?.strip_suffix(quote)?.as_bytes();
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'\\' => rest = escape(after, &mut bytes)?,
            b'\n' | b'\r' | 0x80.. => return None,
            byte if *byte == quote as u8 => return None,
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Decodes what follows a backslash and answers what is left.
fn escape<'a>(rest: &'a [u8], bytes: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (kind, after) = rest.split_first()?;
    let simple = match kind {
        b'\\' | b'\'' | b'"' => *kind,
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\n' => return Some(after),
        b'x' => {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(number(digits, 16)?);
            return Some(after);
        }
        b'0'..=b'7' => {
            let length = rest.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            bytes.push(number(&rest[..length], 8)?);
            return Some(&rest[length..]);
        }
        other => {
            bytes.extend([b'\\', *other]);
            return Some(after);
        }
    };
    bytes.push(simple);
    Some(after)
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let all_digits = digits.iter().all(|digit| char::from(*digit).is_digit(radix));
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok().filter(|_| all_digits)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{decode, decode_value};

    #[test]
    fn texts_are_decoded_as_toasty_does() {
        let vectors = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/vectors/djangoplicity_bytes_repr.json"
        ));
        let vectors: Value = serde_json::from_str(vectors).unwrap();
        let mut checked = 0;
        for case in vectors["cases"].as_array().unwrap() {
            // toasty 0.20 does not know the double quotes that Python writes around an apostrophe; we do.
            if case["input"] == "b\"it's\"" {
                continue;
            }
            let mut value = case["input"].clone();
            decode_value(&mut value);
            assert_eq!(value, case["output"]);
            checked += 1;
        }
        assert_eq!(checked, 11);
    }

    #[test]
    fn double_quotes_are_known_too() {
        assert_eq!(decode("b\"it's\"").as_deref(), Some("it's"));
        assert_eq!(decode("b\"\"").as_deref(), Some(""));
    }

    #[test]
    fn every_escape_of_python_is_known() {
        assert_eq!(decode(r"b'\a\b\f\v\r\101\0\x41\q\\\n'").as_deref(), Some("\x07\x08\x0c\x0b\rA\0A\\q\\\n"));
    }

    #[test]
    fn what_is_not_a_bytes_literal_stays() {
        for text in [
            "b'", "b\"'", r"b'\'", r"b'\x4'", r"b'\x+1'", r"b'\777'", "b'a'b'", "b'é'", "b'a\nb'", "B'a'", "bcd",
            "b'a' ",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
