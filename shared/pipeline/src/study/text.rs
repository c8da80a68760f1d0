//! What people read of a study.

use skyfeed_tiling::sky::Avm;

use crate::record::{Publication, SourceRecord};

/// What people read of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StudyText {
    /// Name of the folder, the place and the image set.
    pub name: String,
    /// What the image shows.
    pub description: String,
    /// Who made it.
    pub credits: String,
    /// The page about it.
    pub credits_url: String,
    /// When the source last changed it, as the source writes dates.
    pub last_updated: Option<String>,
    /// How a Djangoplicity site published it.
    pub publication: Option<Publication>,
}

impl StudyText {
    /// What a source says, with its markup escaped, as the feeds of toasty have it.
    pub fn from_record(record: &SourceRecord) -> Self {
        Self {
            name: if record.title.is_empty() { record.id.to_string() } else { record.title.clone() },
            description: record.description.clone(),
            credits: record.credits.clone(),
            credits_url: record.credits_url.clone(),
            last_updated: record.last_updated.clone(),
            publication: record.publication.clone(),
        }
        .with_escaped_markup()
    }

    /// What the AVM inside a picture says, as it is; without a title the picture gets `default_name`.
    pub fn from_avm(avm: &Avm, default_name: &str) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            name: avm.title.clone().filter(|title| !title.is_empty()).unwrap_or_else(|| default_name.to_owned()),
            description: text(&avm.description),
            credits: text(&avm.credit),
            credits_url: text(&avm.reference_url),
            last_updated: avm.metadata_date.clone().or_else(|| avm.date.clone()),
            publication: None,
        }
    }

    /// Escapes description and credits: clients show both as HTML, and feeds are not to be trusted with that.
    pub fn with_escaped_markup(mut self) -> Self {
        self.description = escape_markup(&self.description);
        self.credits = escape_markup(&self.credits);
        self
    }
}

/// Makes a text safe in HTML, in attributes too. Escapes as Python's `html.escape` does, which wrote the feeds that exist.
pub fn escape_markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape_markup;

    #[test]
    fn markup_of_a_feed_is_shown_and_not_obeyed() {
        assert_eq!(
            escape_markup("<a href=\"x\">it's & </a>"),
            "&lt;a href=&quot;x&quot;&gt;it&#x27;s &amp; &lt;/a&gt;"
        );
    }
}
