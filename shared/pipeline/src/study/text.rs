//! What people read of a study.

use skyfeed_tiling::sky::Avm;

use crate::record::{Publication, SourceRecord};

/// How many bytes of each text are kept; the longest of real feeds have a tenth of that.
const NAME: usize = 1000;
const DESCRIPTION: usize = 50_000;
const CREDITS: usize = 10_000;
const URL: usize = 4000;
const DATE: usize = 100;
const PUBLICATION: usize = 1000;

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
        .within_limits()
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
        .within_limits()
    }

    /// Cuts what is too long, so that one image cannot make the index of a feed unreadable.
    fn within_limits(mut self) -> Self {
        let [name, description, credits, publication] = [NAME, DESCRIPTION, CREDITS, PUBLICATION];
        self.name = cut(self.name, name);
        self.description = cut(self.description, description);
        self.credits = cut(self.credits, credits);
        // Half a URL or half a date is none.
        if self.credits_url.len() > URL {
            self.credits_url.clear();
        }
        self.last_updated = self.last_updated.filter(|date| date.len() <= DATE);
        self.publication = self.publication.filter(|its| {
            its.published.len() <= DATE && its.channel.len() <= publication && its.item.len() <= publication
        });
        self
    }

    /// Escapes description and credits: clients show both as HTML, and feeds are not to be trusted with that.
    pub fn with_escaped_markup(mut self) -> Self {
        self.description = escape_markup(&self.description);
        self.credits = escape_markup(&self.credits);
        self
    }
}

/// The beginning of a text of more than `most` bytes, with a sign that it goes on.
fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
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
    use super::{StudyText, escape_markup};
    use crate::{
        id::ImageId,
        record::{FORMAT, SourceRecord},
    };

    #[test]
    fn long_texts_are_cut_and_long_urls_are_none() {
        let long = "ü&".repeat(1 << 20);
        let record = SourceRecord {
            format: FORMAT,
            id: ImageId::new("m31").unwrap(),
            title: long.clone(),
            description: long.clone(),
            credits: long.clone(),
            credits_url: format!("http://example.org/{long}"),
            last_updated: Some(long),
            publication: None,
            spatial: None,
        };
        let text = StudyText::from_record(&record);
        assert!(text.name.ends_with("ü&…") || text.name.ends_with("ü…"), "{}", text.name.len());
        assert!(text.name.len() < 1010 && text.description.len() < 200_000 && text.credits.len() < 40_000);
        assert_eq!((text.credits_url.as_str(), text.last_updated), ("", None));
    }

    #[test]
    fn markup_of_a_feed_is_shown_and_not_obeyed() {
        assert_eq!(
            escape_markup("<a href=\"x\">it's & </a>"),
            "&lt;a href=&quot;x&quot;&gt;it&#x27;s &amp; &lt;/a&gt;"
        );
    }
}
