//! When an image counts as new.

use jiff::{Timestamp, civil, tz};
use skyfeed_wtml::{Folder, Item, Place};

/// The date that orders the place of a folder; `None` if the documents do not tell.
pub(crate) fn sort_date(folder: &Folder) -> Option<Timestamp> {
    folder.children.iter().find_map(|item| match item {
        Item::Place(place) => place_date(place),
        _ => None,
    })
}

/// `XLastUpdated`, else the publication time of the annotation.
pub(crate) fn place_date(place: &Place) -> Option<Timestamp> {
    let last_updated = place.metadata.iter().find(|(name, _)| name == "LastUpdated");
    last_updated.and_then(|(_, text)| parse_date(text)).or_else(|| parse_date(&published(&place.annotation)?))
}

fn published(annotation: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(annotation).ok()?;
    Some(value.get("publishedUTCISO8601")?.as_str()?.to_owned())
}

/// Reads ISO 8601 as feeds write it: with `T` or a space, with or without an offset (then UTC), or a mere date.
pub(crate) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let naive = text.parse::<civil::DateTime>().or_else(|_| text.parse::<civil::Date>().map(Into::into)).ok()?;
    tz::Offset::UTC.to_timestamp(naive).ok()
}

#[cfg(test)]
mod tests {
    use super::parse_date;

    #[test]
    fn dates_of_feeds_are_read_and_naive_ones_are_utc() {
        let instant = |text| parse_date(text).map(|date| date.to_string());
        assert_eq!(instant("2019-04-08T14:00:38").as_deref(), Some("2019-04-08T14:00:38Z"));
        assert_eq!(instant("2019-04-08 14:00:38.128143+00:00").as_deref(), Some("2019-04-08T14:00:38.128143Z"));
        assert_eq!(instant("2021-12-31T20:00:00-05:00").as_deref(), Some("2022-01-01T01:00:00Z"));
        assert_eq!(instant("2020-02-29").as_deref(), Some("2020-02-29T00:00:00Z"));
        assert_eq!(instant("yesterday"), None);
    }
}
