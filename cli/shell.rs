//! Command lines that people copy into a shell.

/// A word as a shell reads it back: in quotes if it needs them.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (word, line) in [
            ("eso1907a", "eso1907a"),
            ("/srv/my-feed", "/srv/my-feed"),
            ("NGC 253", "'NGC 253'"),
            ("a;b`c", "'a;b`c'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), line);
        }
    }
}
