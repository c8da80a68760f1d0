//! Command lines that people copy into a shell.

use skyfeed_pipeline::id::ImageId;

/// A word as a shell reads it back: in quotes if it needs them.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A command about one image. `options` are those of the command line, each after a space.
///
/// ```text
/// skyfeed preview 'NGC 253' --feed my-feed
/// ```
pub(crate) fn about(verb: &str, id: &ImageId, options: &str) -> String {
    let word = quoted(id.as_str());
    // What begins with a hyphen would be taken for an option, in quotes too.
    if id.as_str().starts_with('-') {
        format!("skyfeed {verb}{options} -- {word}")
    } else {
        format!("skyfeed {verb} {word}{options}")
    }
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::id::ImageId;

    use super::{about, quoted};

    #[test]
    fn an_id_that_begins_with_a_hyphen_is_no_option() {
        let line = |id: &str| about("why", &ImageId::new(id).unwrap(), " --feed x");
        assert_eq!(line("NGC 253"), "skyfeed why 'NGC 253' --feed x");
        assert_eq!(line("-dash"), "skyfeed why --feed x -- -dash");
        assert_eq!(line("- dash"), "skyfeed why --feed x -- '- dash'");
    }

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
