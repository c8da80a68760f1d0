//! Publication dates.

use jiff::{civil::DateTime, fmt::temporal::Pieces};

/// A date as Python's `datetime.isoformat` writes it, with an offset; without one it is in UTC. `None` if it is not a date (ISO 8601).
pub(super) fn with_offset(text: &str) -> Option<String> {
    let pieces = Pieces::parse(text.trim()).ok()?;
    let time = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or_default());
    let microseconds = match time.subsec_nanosecond() / 1000 {
        0 => String::new(),
        microseconds => format!(".{microseconds:06}"),
    };
    let offset_minutes = pieces.to_numeric_offset().map_or(0, |offset| offset.seconds() / 60);
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
    Some(format!("{}{microseconds}{sign}{hours:02}:{minutes:02}", time.strftime("%Y-%m-%dT%H:%M:%S")))
}

#[cfg(test)]
mod tests {
    use super::with_offset;

    #[test]
    fn a_date_without_an_offset_is_in_utc() {
        for (text, expected) in [
            ("2021-03-04T05:06:07", "2021-03-04T05:06:07+00:00"),
            ("2021-03-04 05:06:07", "2021-03-04T05:06:07+00:00"),
            ("2021-03-04", "2021-03-04T00:00:00+00:00"),
            ("2021-03-04T05:06:07.25", "2021-03-04T05:06:07.250000+00:00"),
        ] {
            assert_eq!(with_offset(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn an_offset_is_kept() {
        for (text, expected) in [
            ("2024-01-02T03:04:05+02:00", "2024-01-02T03:04:05+02:00"),
            ("2024-01-02T03:04:05-03:30", "2024-01-02T03:04:05-03:30"),
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
        ] {
            assert_eq!(with_offset(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_not_a_date_is_none() {
        for text in ["", "soon", "2021-13-01", "2021-02-30T00:00:00", "04/03/2021"] {
            assert_eq!(with_offset(text), None, "{text}");
        }
    }
}
