//! Keys of decisions: which image and what of it, the how manyth, and by whom.
//!
//! `decisions/<id>/<about>/<n>-<by>.json`, exactly so deep. What a decision says of itself is never asked: its key tells, so that an access rule such as
//! `decisions/*/*/0*-anna.json`, with each digit, holds a person to her own name. For that, a hyphen within a name is encoded too: `x-anna` is `x%2Danna`. The digit matters: a name alone is what
//! the first edition wrote, with hyphens in it, so a rule for `*-anna.json` would let her be `x-anna` and `y-anna` as well.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::DECISIONS;
use crate::{
    id::ImageId,
    names::{Person, Revision},
};

/// What IAM lets names of users consist of, but for the hyphen.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'@').remove(b'_').remove(b'.').remove(b'+').remove(b'=').remove(b',');
/// Stands in place of a revision in decisions on an image that was not downloaded yet.
const CANDIDATE: &str = "candidate";

/// The highest number of a decision. Whoever chose one out of all proportion would leave no room for others.
pub const MOST: u32 = 1_000_000;

/// What a decision is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// One revision.
    Revision(Revision),
    /// The image as such, before there is a revision.
    Candidate,
}

impl fmt::Display for About {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(revision) => revision.fmt(out),
            Self::Candidate => out.write_str(CANDIDATE),
        }
    }
}

/// What the key of a decision tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionKey {
    /// What it is about.
    pub about: About,
    /// Counts the decisions of an image from 1. 0 is what the first edition wrote, one for each person and revision.
    pub number: u32,
    /// Who decided.
    pub by: Person,
}

/// The key of a decision.
pub fn key(id: &ImageId, key: &DecisionKey) -> String {
    let DecisionKey { about, number, by } = key;
    format!("{DECISIONS}{id}/{about}/{number:02}-{}.json", utf8_percent_encode(by.as_str(), PLAIN))
}

/// What the key of an object below `decisions/<id>/` tells; `None` if no decision has such a key.
pub fn parse(id: &ImageId, key: &str) -> Option<DecisionKey> {
    let (about, name) = key.strip_prefix(DECISIONS)?.strip_prefix(id.as_str())?.strip_prefix('/')?.split_once('/')?;
    let about = match about {
        CANDIDATE => About::Candidate,
        revision => About::Revision(revision.parse().ok()?),
    };
    let name = name.strip_suffix(".json").filter(|name| !name.contains('/'))?;
    let numbered = || {
        let (number, by) = name.split_once('-')?;
        let is_number = number.len() >= 2 && number.bytes().all(|digit| digit.is_ascii_digit());
        let number = number.parse().ok().filter(|number| is_number && (1..=MOST).contains(number))?;
        let by = Person::new(&percent_decode_str(by).decode_utf8().ok()?).ok()?;
        Some(DecisionKey { about: about.clone(), number, by })
    };
    match numbered() {
        // One person has one key: another way of writing it is not theirs.
        Some(decision) if self::key(id, &decision) == key => Some(decision),
        Some(_) => None,
        None if name.starts_with(|c: char| c.is_ascii_digit()) && name.contains('-') => None,
        None => Some(DecisionKey { about, number: 0, by: Person::new(name).ok()? }),
    }
}

/// What an object is about that lies where decisions lie, whatever its name; `None` if no decision lies there.
pub fn about(id: &ImageId, key: &str) -> Option<About> {
    let (about, name) = key.strip_prefix(DECISIONS)?.strip_prefix(id.as_str())?.strip_prefix('/')?.split_once('/')?;
    name.strip_suffix(".json").filter(|name| !name.contains('/'))?;
    match about {
        CANDIDATE => Some(About::Candidate),
        revision => revision.parse().ok().map(About::Revision),
    }
}

/// How the first edition wrote a person's name in a key.
pub fn first_edition_name(by: &str) -> String {
    let bears = |at: usize, c: char| c.is_alphanumeric() || matches!(c, '@' | '_' | '+') || (c == '.' && at > 0);
    by.chars().enumerate().map(|(at, c)| if bears(at, c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::{About, DecisionKey, key, parse};
    use crate::{
        id::ImageId,
        names::{Person, Revision},
    };

    fn id() -> ImageId {
        ImageId::new("m 31").unwrap()
    }

    fn decision(by: &str) -> DecisionKey {
        DecisionKey { about: About::Revision(Revision::of(&[])), number: 7, by: Person::new(by).unwrap() }
    }

    #[test]
    fn keys_tell_who_and_which_exactly_one_level_deep() {
        for by in ["anna", "An Na", "An-Na", "José", "../../published/y", "a.b+c@example.org", "x%2Dy"] {
            let key = key(&id(), &decision(by));
            assert_eq!(key.matches('/').count(), 3, "{key}");
            assert_eq!(parse(&id(), &key), Some(decision(by)), "{key}");
        }
        let about = Revision::of(&[]);
        assert_eq!(key(&id(), &decision("anna")), format!("decisions/m 31/{about}/07-anna.json"));
        let candidate = DecisionKey { about: About::Candidate, ..decision("anna") };
        assert_eq!(key(&id(), &candidate), "decisions/m 31/candidate/07-anna.json");
        assert_eq!(parse(&id(), "decisions/m 31/candidate/07-anna.json"), Some(candidate));
    }

    #[test]
    fn nobody_writes_under_the_name_of_another() {
        let about = Revision::of(&[]);
        // Rules for `0*-anna.json` and the like let these be written: none of them may be read as a decision of carl's, or of an invented person.
        for name in [
            "07-carl-anna.json",
            "07-anna/carl-anna.json",
            "carl/07-anna.json",
            "0x-anna.json",
            "7-anna.json",
            "07-%61nna.json",
            "00-anna.json",
        ] {
            assert_eq!(parse(&id(), &format!("decisions/m 31/{about}/{name}")), None, "{name}");
        }
    }

    #[test]
    fn one_person_has_one_key_however_the_name_is_written() {
        assert_eq!(key(&id(), &decision("Jose\u{301}")), key(&id(), &decision("José")));
        assert_eq!(key(&id(), &decision("  anna ")), key(&id(), &decision("anna")));
    }

    #[test]
    fn a_name_alone_is_what_the_first_edition_wrote() {
        let about = Revision::of(&[]);
        let read = parse(&id(), &format!("decisions/m 31/{about}/An-Na.json")).unwrap();
        assert_eq!((read.number, read.by.as_str()), (0, "An-Na"));
    }
}
