//! The texts of single values.

use crate::number::format_float;

/// A value that one attribute, or the text of one element, can hold.
pub(crate) trait Value: Sized {
    /// What a text must be, to end the sentence "… is expected".
    const EXPECTED: &'static str;

    fn parse(text: &str) -> Option<Self>;

    /// The text in a document; empty if there is nothing to write.
    fn to_text(&self) -> String;
}

impl Value for String {
    const EXPECTED: &'static str = "a text";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    /// Drops what no XML document can hold, not even escaped (XML 1.0, production 2).
    fn to_text(&self) -> String {
        let forbidden =
            |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
        self.replace(forbidden, "")
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "`True` or `False`";

    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            text => text.parse::<i64>().ok().map(|number| number != 0),
        }
    }

    fn to_text(&self) -> String {
        if *self { "True" } else { "False" }.to_owned()
    }
}

impl Value for f64 {
    const EXPECTED: &'static str = "a finite number";

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn to_text(&self) -> String {
        if self.is_finite() { format_float(*self) } else { String::new() }
    }
}

impl Value for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl Value for u32 {
    const EXPECTED: &'static str = "a whole number, not negative,";

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl<T: Value> Value for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::parse(text).map(Some) }
    }

    fn to_text(&self) -> String {
        self.as_ref().map(T::to_text).unwrap_or_default()
    }
}
