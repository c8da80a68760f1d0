//! JavaScript literals (ECMA-262, section 13.2): what a script may write where JSON could stand.
//!
//! Beyond JSON: keys without quotes, single quotes and backquotes, the escapes of JavaScript, comments, trailing commas, `undefined`. Beyond
//! JavaScript, because the templates of the sites are not careful: line breaks in texts, and doubled quotes (`'Artist''s'`).

use serde_json::{Map, Number, Value};

/// Deeper nesting is an attack.
const MAX_DEPTH: u32 = 64;

/// A page has some thousand values. One of nothing but commas would need seventy times its length as values.
const MAX_VALUES: u32 = 1_000_000;

/// Why a literal cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of it: {problem}")]
pub(super) struct LiteralError {
    line: usize,
    problem: &'static str,
}

/// Reads the literal at the beginning of `text`; what follows it does not matter.
pub(super) fn read(text: &str) -> Result<Value, LiteralError> {
    let mut reader = Reader { rest: text, values: 0 };
    reader.value(0).map_err(|problem| {
        let read = &text[..text.len() - reader.rest.len()];
        LiteralError { line: read.matches('\n').count() + 1, problem }
    })
}

struct Reader<'a> {
    rest: &'a str,
    /// How many were read.
    values: u32,
}

type Read<T> = Result<T, &'static str>;

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u32) -> Read<Value> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        self.count()?;
        match self.peek()? {
            '[' => self.array(depth),
            '{' => self.object(depth),
            '\'' | '"' | '`' => self.string().map(Value::String),
            _ => self.word().and_then(constant),
        }
    }

    fn count(&mut self) -> Read<()> {
        self.values += 1;
        if self.values > MAX_VALUES { Err("it has too many values") } else { Ok(()) }
    }

    fn array(&mut self, depth: u32) -> Read<Value> {
        self.expect('[')?;
        let mut values = Vec::new();
        loop {
            match self.peek()? {
                ']' => break,
                ',' => {
                    self.count()?;
                    values.push(Value::Null);
                }
                _ => values.push(self.value(depth + 1)?),
            }
            self.comma_before(']')?;
        }
        self.expect(']')?;
        Ok(Value::Array(values))
    }

    fn object(&mut self, depth: u32) -> Read<Value> {
        self.expect('{')?;
        let mut record = Map::new();
        while self.peek()? != '}' {
            let key = match self.peek()? {
                '\'' | '"' => self.string()?,
                _ => self.word()?.to_owned(),
            };
            self.expect(':')?;
            let value = self.value(depth + 1)?;
            record.insert(key, value);
            self.comma_before('}')?;
        }
        self.expect('}')?;
        Ok(Value::Object(record))
    }

    fn comma_before(&mut self, end: char) -> Read<()> {
        match self.peek()? {
            ',' => self.expect(','),
            next if next == end => Ok(()),
            _ => Err("a comma or the end is missing"),
        }
    }

    /// A name, number or constant.
    fn word(&mut self) -> Read<&'a str> {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '+' | '-');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err("it is not a literal");
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(word)
    }

    fn string(&mut self) -> Read<String> {
        let quote = self.next()?;
        let mut units = Units::default();
        loop {
            match self.next()? {
                '\\' => self.escape(&mut units)?,
                c if c == quote => match self.rest.strip_prefix(quote) {
                    Some(rest) => {
                        self.rest = rest;
                        units.push(quote);
                    }
                    None => return Ok(units.finish()),
                },
                '$' if quote == '`' && self.rest.starts_with('{') => {
                    return Err("a text with parts to fill in is not a literal");
                }
                c => units.push(c),
            }
        }
    }

    fn escape(&mut self, units: &mut Units) -> Read<()> {
        match self.next()? {
            'n' => units.push('\n'),
            't' => units.push('\t'),
            'r' => units.push('\r'),
            'b' => units.push('\u{8}'),
            'f' => units.push('\u{c}'),
            'v' => units.push('\u{b}'),
            '0' => units.push('\0'),
            '\n' | '\u{2028}' | '\u{2029}' => {}
            '\r' => self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest),
            'x' => units.push_unit(self.hex(2)?),
            'u' => match self.rest.strip_prefix('{') {
                Some(rest) => {
                    let (digits, rest) = rest.split_once('}').ok_or("an escape does not end")?;
                    self.rest = rest;
                    units.push(code_point(digits).and_then(char::from_u32).ok_or("an escape is not a character")?);
                }
                None => units.push_unit(self.hex(4)?),
            },
            other => units.push(other),
        }
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Read<u16> {
        let problem = "an escape has not enough digits";
        let (digits, rest) = self.rest.split_at_checked(digits).ok_or(problem)?;
        self.rest = rest;
        code_point(digits).and_then(|code| code.try_into().ok()).ok_or(problem)
    }

    /// The next character after white space and comments.
    fn peek(&mut self) -> Read<char> {
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            if let Some(comment) = self.rest.strip_prefix("//") {
                self.rest = comment.find(['\n', '\r']).map_or("", |end| &comment[end..]);
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
            } else {
                return self.rest.chars().next().ok_or("it does not end");
            }
        }
    }

    fn expect(&mut self, wanted: char) -> Read<()> {
        self.peek()?;
        self.rest =
            self.rest.strip_prefix(wanted).ok_or("something else stands where a name, colon or bracket must be")?;
        Ok(())
    }

    fn next(&mut self) -> Read<char> {
        let next = self.rest.chars().next().ok_or("it does not end")?;
        self.rest = &self.rest[next.len_utf8()..];
        Ok(next)
    }
}

/// Collects a text; escapes may give its characters as halves (UTF-16 surrogates).
#[derive(Default)]
struct Units {
    text: String,
    high: Option<u16>,
}

impl Units {
    fn push(&mut self, c: char) {
        self.flush();
        self.text.push(c);
    }

    fn push_unit(&mut self, unit: u16) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(c)) = char::decode_utf16([high, unit]).next() {
                self.text.push(c);
                return;
            }
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            _ => self.text.push(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    fn flush(&mut self) {
        if self.high.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn finish(mut self) -> String {
        self.flush();
        self.text
    }
}

fn code_point(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
}

fn constant(word: &str) -> Read<Value> {
    let (negative, magnitude) = match word.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let hexadecimal = magnitude.strip_prefix("0x").or_else(|| magnitude.strip_prefix("0X"));
    Ok(match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" | "undefined" | "NaN" => Value::Null,
        _ if let Some(digits) = hexadecimal => {
            let number = u32::from_str_radix(digits, 16).map(i64::from).map_err(|_| "a number is not a number")?;
            Value::from(if negative { -number } else { number })
        }
        _ if magnitude.starts_with(|c: char| c.is_ascii_digit() || c == '.') => number(negative, magnitude)?,
        _ => return Err("it is not a literal"),
    })
}

fn number(negative: bool, magnitude: &str) -> Read<Value> {
    if let Ok(integer) = magnitude.parse::<i64>() {
        return Ok(Value::from(if negative { -integer } else { integer }));
    }
    let float: f64 = magnitude.parse().map_err(|_| "a number is not a number")?;
    Ok(Number::from_f64(if negative { -float } else { float }).map_or(Value::Null, Value::Number))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_VALUES, read};

    fn value(text: &str) -> Value {
        read(text).unwrap()
    }

    #[test]
    fn json_is_a_literal() {
        let json = r#"[{"id": "a\u00e9\n\/", "n": [1, -2.5, 1e3, true, false, null], "o": {}}]"#;
        assert_eq!(value(json), serde_json::from_str::<Value>(json).unwrap());
    }

    #[test]
    fn what_javascript_allows_beyond_json_is_read() {
        let text =
            "[ // images\n { id: 'a', \"b\": `c`, $d_1: +1, 'e': .5, f: 0x1F, /* g */ é: undefined, 2: NaN, }, ]; rest";
        let expected = json!([{"id": "a", "b": "c", "$d_1": 1, "e": 0.5, "f": 31, "é": null, "2": null}]);
        assert_eq!(value(text), expected);
        assert_eq!(value("[,1,,2,]"), json!([null, 1, null, 2]));
    }

    #[test]
    fn escapes_of_javascript_are_undone() {
        for (text, expected) in [
            (r"'It\'s'", "It's"),
            (r"'\u0027\x41\u{1F30C}'", "'A\u{1f30c}"),
            (r"'\ud83c\udf0c'", "\u{1f30c}"),
            (r"'\ud83c!\udf0c'", "\u{fffd}!\u{fffd}"),
            (r"'\ud83c\ud83c\udf0c'", "\u{fffd}\u{1f30c}"),
            (r"'\b\f\n\r\t\v\0\q'", "\u{8}\u{c}\n\r\t\u{b}\0q"),
            ("'a\\\nb\\\r\nc'", "abc"),
            ("'a // b'", "a // b"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn doubled_quotes_and_line_breaks_are_tolerated() {
        assert_eq!(value("['Artist''s', '', \"a\"\"b\", 'a\nb']"), json!(["Artist's", "", "a\"b", "a\nb"]));
    }

    #[test]
    fn what_is_no_literal_is_an_error_that_says_where() {
        for text in [
            "",
            "[",
            "[1",
            "{a",
            "{a:",
            "{a:1",
            "'a",
            "'\\",
            r"'\u12'",
            r"'\u{110000}'",
            r"'\u{+1}'",
            "[1 2]",
            "{a 1}",
            "f(1)",
            "[new Date()]",
            "`${a}`",
            "/* a",
            "1.2.3",
            "0x",
            "-0x-1",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("[\n1,\n2 3]").unwrap_err().to_string(), "line 3 of it: a comma or the end is missing");
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        // The array is a value too.
        let most = MAX_VALUES as usize - 1;
        for value in [",", "0,", "[],", "{},"] {
            assert!(read(&format!("[{}]", value.repeat(most))).is_ok(), "{value}");
            assert!(read(&format!("[{}]", value.repeat(most + 1))).is_err(), "{value}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(read(&"[".repeat(1_000_000)).is_err());
        assert!(read(&"{a:".repeat(1_000_000)).is_err());
        assert!(read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_ok());
    }
}
