//! Texts on a terminal: what they may hold, and how wide they are.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A text without what would move the cursor, colour the rest or turn the direction of writing: titles and notes come from others.
pub(crate) fn harmless(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => clean.push(c),
            c if c.is_control() || turns(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    clean
}

/// The same on one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a character turns the direction of what follows.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text on one line, cut to so many columns and filled up to them.
pub(crate) fn column(text: &str, columns: usize) -> String {
    let mut cut = clipped(text, columns);
    let width = cut.width();
    cut.extend(std::iter::repeat_n(' ', columns.saturating_sub(width)));
    cut
}

/// A text on one line, cut to so many columns.
pub(crate) fn clipped(text: &str, columns: usize) -> String {
    let text = one_line(text);
    if text.width() <= columns {
        return text;
    }
    let mut cut = String::new();
    let mut width = 0;
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        if width >= columns {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::{clipped, column, harmless, one_line};

    #[test]
    fn columns_are_as_wide_as_terminals_show_them() {
        for text in
            ["short", "星雲", "星雲星雲星雲星雲", "a very long id that does not fit", "e\u{301}\u{301}a", "a\nb\tc"]
        {
            let cut = column(text, 10);
            assert_eq!(cut.width(), 10, "{cut:?}");
        }
        assert_eq!(column("abcdefghijk", 10), "abcdefghi…");
        assert_eq!(column("星雲星雲星雲", 10).trim_end(), "星雲星雲…");
        assert_eq!(clipped("exactly 10", 10), "exactly 10");
    }

    #[test]
    fn a_title_neither_colours_the_terminal_nor_turns_the_line() {
        assert_eq!(harmless("a\u{1b}[31mb\u{202e}c\rd"), r"a\u{1b}[31mb\u{202e}c\u{d}d");
        assert_eq!(harmless("two\nlines"), "two\nlines");
        assert_eq!(one_line(" two \n lines\t here"), "two lines here");
    }
}
