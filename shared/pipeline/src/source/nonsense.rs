//! What an answer is that brings no image.

use super::signature::format;

/// The most that is quoted of what came.
const QUOTED_CHARS: usize = 60;

/// What came in place of an image, in words, by the first bytes of it: nothing, a web page, a text. `None` if it may be an image: what is not known is left to those who tile it.
pub(super) fn no_image(head: &[u8]) -> Option<String> {
    if head.is_empty() {
        return Some("nothing".to_owned());
    }
    if format(head).is_some() || !is_text(head) {
        return None;
    }
    let text = String::from_utf8_lossy(head);
    let begin = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let lower: String = begin.chars().take(QUOTED_CHARS).collect::<String>().to_ascii_lowercase();
    let kind = if lower.starts_with("<?xml") {
        "an XML document"
    } else if lower.starts_with('<') {
        "a web page"
    } else if lower.starts_with('{') || lower.starts_with('[') {
        "a JSON document"
    } else {
        "a text"
    };
    Some(format!("{kind} that begins `{}`", quoted(begin)))
}

/// Whether there is nothing in it that no text has.
fn is_text(head: &[u8]) -> bool {
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127);
    // UTF-16 has a zero in every other byte.
    head.starts_with(b"\xff\xfe<\0") || head.starts_with(b"\xfe\xff\0<") || !head.iter().any(is_control)
}

/// The begin of a text from outside as it may be shown in a line.
fn quoted(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c }).collect();
    let words = clean.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    match words.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// What shows nothing, or turns the direction of what follows.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::no_image;

    #[test]
    fn what_comes_in_place_of_an_image_is_named_and_quoted() {
        for (head, expected) in [
            (&b""[..], "nothing"),
            (b"<!DOCTYPE html>\n<html>", "a web page that begins `<!DOCTYPE html> <html>`"),
            (b"\xef\xbb\xbf\r\n <HTML>", "a web page that begins `<HTML>`"),
            (b"<?xml version='1.0'?><Error>", "an XML document that begins `<?xml version='1.0'?><Error>`"),
            (b"{\"error\": \"log in\"}", "a JSON document that begins `{\"error\": \"log in\"}`"),
            (b"Not `now`\xe2\x80\xae\x1b[31m", "a text that begins `Not 'now' [31m`"),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "a web page that begins `< h t m l >`"),
        ] {
            let told = no_image(head).unwrap();
            if head.starts_with(b"\xff\xfe") {
                assert!(told.starts_with("a "), "{told}");
            } else {
                assert_eq!(told, expected);
            }
        }
        let long = no_image(&[b'x'; 500]).unwrap();
        assert_eq!(long, format!("a text that begins `{}…`", "x".repeat(60)));
    }

    #[test]
    fn what_may_be_an_image_is_left_to_those_who_tile_it() {
        for head in [
            &b"\xff\xd8\xff\xe0"[..],
            b"II*\0",
            b"SIMPLE  =                    T",
            b"GIF89a",
            b"RIFF\x10\0\0\0WEBP",
            b"\x1f\x8b\x08\0",
            b"\0\x01garbage",
        ] {
            assert_eq!(no_image(head), None, "{head:?}");
        }
    }
}
