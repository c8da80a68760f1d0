//! Decisions as they stand in the work store.

use jiff::Timestamp;
use serde::Serialize;
use skyfeed_ports::store::ObjectMeta;

use crate::{
    id::ImageId,
    layout::{self, decision::About},
    names::Person,
    record::{DecisionRecord, FORMAT, Verdict},
};

const NO_KEY: &str = "a decision belongs in decisions/ID/REVISION/NUMBER-NAME.json";

/// What one person said once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Its key.
    pub key: String,
    /// What it is about.
    pub about: About,
    /// Its place in the order of the image's decisions; 0 is the first edition's.
    pub number: u32,
    /// Who said it, as the key tells.
    pub by: Person,
    /// What was said.
    #[serde(rename = "decision")]
    pub verdict: Verdict,
    /// Why, if the person said so.
    pub note: String,
    /// Digest (hex) of the manifest that the person looked at.
    pub manifest_sha256: String,
    /// When, by the clock of the store.
    pub at: Timestamp,
}

/// An object among the decisions that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its key.
    pub key: String,
    /// Why it counts for nothing.
    pub reason: String,
    /// What it would be about, had it been readable: it might be a reject, so nothing of that is published.
    pub might_reject: Option<About>,
}

/// What lies among the decisions on an image.
pub type Found = Result<Decision, Refused>;

impl Decision {
    /// Orders the decisions on an image. The number is the store's: it counts up from decision to decision, whatever the clocks of people say, and stays when a
    /// feed is copied. Two that were written at once have the same, and go by the store's time.
    pub fn order(&self) -> (u32, Timestamp) {
        (self.number, self.at)
    }

    /// Reads an object of `decisions/<id>/`.
    pub(crate) fn read(id: &ImageId, meta: &ObjectMeta, bytes: &[u8]) -> Found {
        let about = Self::about(id, &meta.key)?;
        let refused = |reason: String, might_reject| Refused { key: meta.key.clone(), reason, might_reject };
        let key = layout::decision::parse(id, &meta.key);
        let record: DecisionRecord = match (serde_json::from_slice(bytes), &key) {
            (Ok(record), _) => record,
            (Err(error), Some(_)) => return Err(refused(format!("it cannot be read: {error}"), Some(about))),
            // Neither its name nor its content has anything of a decision.
            (Err(_), None) => return Err(refused(NO_KEY.to_owned(), None)),
        };
        // Whose word it is cannot be told, or not surely. An approval counts for nothing then; a reject still holds up what it is about.
        let of_nobody = |reason: &str| {
            let might_reject = (record.decision == Verdict::Reject).then(|| about.clone());
            refused(reason.to_owned(), might_reject)
        };
        let key = key.ok_or_else(|| of_nobody(NO_KEY))?;
        let first_edition = record.format == FORMAT;
        if first_edition != (key.number == 0) {
            return Err(of_nobody("its key and its format are of different editions"));
        }
        let by = match record.by.as_deref() {
            // The first edition's keys bear a shortened name; the record has it in full, if it is the same.
            Some(full) if first_edition && layout::decision::first_edition_name(full) == key.by.as_str() => {
                Person::new(full).unwrap_or(key.by)
            }
            _ => key.by,
        };
        // A clock that is ahead does not make a decision the later one; a copy of the feed does not either.
        let at = record.at.filter(|_| first_edition).map_or(meta.modified, |at| at.min(meta.modified));
        let DecisionRecord { decision: verdict, note, manifest_sha256, .. } = record;
        Ok(Self { key: meta.key.clone(), about: key.about, number: key.number, by, verdict, note, manifest_sha256, at })
    }

    /// What it is about, by where it lies.
    ///
    /// # Errors
    /// No decision lies there.
    pub(crate) fn about(id: &ImageId, key: &str) -> Result<About, Refused> {
        let nowhere = || Refused { key: key.to_owned(), reason: NO_KEY.to_owned(), might_reject: None };
        layout::decision::about(id, key).ok_or_else(nowhere)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use skyfeed_ports::store::{ETag, ObjectMeta};

    use super::Decision;
    use crate::{id::ImageId, names::Revision, record::Verdict};

    fn meta(name: &str) -> ObjectMeta {
        let modified = Timestamp::from_second(1_700_000_000).unwrap();
        let key = format!("decisions/m31/{}/{name}", Revision::of(&[]));
        ObjectMeta { key, size_bytes: 1, etag: ETag("1".to_owned()), modified }
    }

    fn read(name: &str, text: &str) -> super::Found {
        Decision::read(&ImageId::new("m31").unwrap(), &meta(name), text.as_bytes())
    }

    #[test]
    fn who_and_when_come_from_the_store_and_not_from_the_record() {
        let text = r#"{"format": 2, "decision": "approve", "by": "carl", "at": "2031-01-01T00:00:00Z", "manifest_sha256": "00"}"#;
        let decision = read("03-anna.json", text).unwrap();
        assert_eq!((decision.by.as_str(), decision.number, decision.verdict), ("anna", 3, Verdict::Approve));
        assert_eq!(decision.at, meta("").modified);
    }

    #[test]
    fn the_first_edition_has_number_0_its_full_name_and_no_time_to_come() {
        let text = r#"{"format": 1, "decision": "approve", "by": "An Na", "at": "2031-01-01T00:00:00Z", "manifest_sha256": "00"}"#;
        let decision = read("An-Na.json", text).unwrap();
        assert_eq!((decision.by.as_str(), decision.number, decision.at), ("An Na", 0, meta("").modified));
        let other = read("carl.json", text).unwrap();
        assert_eq!(other.by.as_str(), "carl", "a record says another name than its key");
    }

    #[test]
    fn what_is_no_decision_is_named_and_what_might_be_a_reject_is_known() {
        let damaged = read("01-anna.json", "{\"format\": 2").unwrap_err();
        assert!(damaged.might_reject.is_some() && damaged.reason.contains("cannot be read"), "{damaged:?}");
        assert_eq!(read("anna/carl/anna.json", "{}").unwrap_err().might_reject, None);
        let later = read("01-anna.json", r#"{"format": 3, "decision": "approve"}"#).unwrap_err();
        assert!(later.reason.contains("its format is 3"), "{later:?}");
        let forged =
            r#"{"format": 1, "decision": "approve", "by": "x", "at": "2020-01-01T00:00:00Z", "manifest_sha256": ""}"#;
        assert_eq!(read("01-anna.json", forged).unwrap_err().might_reject, None);
    }

    #[test]
    fn a_reject_under_a_name_that_tells_nobody_still_holds_up_its_revision() {
        let first =
            r#"{"format": 1, "decision": "reject", "by": "x", "at": "2020-01-01T00:00:00Z", "manifest_sha256": ""}"#;
        let second = r#"{"format": 2, "decision": "reject"}"#;
        let long = format!("{}.json", "A".repeat(90));
        for name in ["4th-reviewer.json", "42-anna.json", "2e9f-uuid.json", "1000001-anna.json", "7-anna.json", &long] {
            for text in [first, second] {
                let Err(refused) = read(name, text) else {
                    assert!(name == "42-anna.json" && text == second, "{name} was read");
                    continue;
                };
                assert!(refused.might_reject.is_some(), "{name}: {refused:?}");
                let approval = text.replace("reject", "approve");
                assert_eq!(read(name, &approval).unwrap_err().might_reject, None, "{name}");
            }
        }
    }
}
