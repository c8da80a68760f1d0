//! Where an image stands, as people read it.

use jiff::Timestamp;
use skyfeed_pipeline::{
    names::Person,
    standing::{Next, Standing},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::shell::quoted;

/// What moves an image on: a command, ready for a shell, or why there is none.
pub(crate) fn next(standing: &Standing, feed: &str) -> String {
    let id = quoted(standing.id.as_str());
    let by_id = |command: &str| format!("skyfeed {command} {id}{feed}");
    match &standing.next {
        Next::Fetch => by_id("fetch"),
        Next::FetchAgain => {
            format!("mend the source, then skyfeed fetch --again {id}{feed} && skyfeed tile {id}{feed}")
        }
        Next::Tile => by_id("tile"),
        Next::Preview { revision } if standing.revisions.len() > 1 => {
            format!("skyfeed preview {id} --revision {revision}{feed}")
        }
        Next::Preview { .. } => by_id("preview"),
        Next::Publish => format!("skyfeed publish {id}{feed} && skyfeed reindex{feed}"),
        Next::Retract => format!("skyfeed retract {id}{feed} && skyfeed reindex{feed}"),
        Next::Restore => format!("skyfeed restore {id}{feed} && skyfeed reindex{feed}"),
        Next::Undo => by_id("undo"),
        Next::Mend { key } => format!("mend or delete {} in the work store, then skyfeed run{feed}", quoted(key)),
        Next::Wait { until } => format!("nothing before {}", time(*until)),
        Next::Nothing { because } => format!("nothing: {because}"),
    }
}

/// A time as people read it: UTC, and says so.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long ago, in the largest unit that is not 0.
pub(crate) fn ago(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Names in a row.
pub(crate) fn people(people: &[&Person]) -> String {
    people.iter().map(|person| person.as_str()).collect::<Vec<_>>().join(", ")
}

/// A text cut to so many columns of a terminal, and filled up to them.
pub(crate) fn column(text: &str, columns: usize) -> String {
    let mut cut = clipped(text, columns);
    let width = cut.width();
    cut.extend(std::iter::repeat_n(' ', columns.saturating_sub(width)));
    cut
}

/// A text cut to so many columns of a terminal, on one line.
pub(crate) fn clipped(text: &str, columns: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
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
    use jiff::{SignedDuration, Timestamp};
    use unicode_width::UnicodeWidthStr;

    use super::{ago, column};

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
    }

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let then = Timestamp::UNIX_EPOCH;
        for (seconds, expected) in
            [(0, "0 seconds"), (59, "59 seconds"), (60, "1 minute"), (7300, "2 hours"), (90_000, "1 day")]
        {
            assert_eq!(ago(then, then + SignedDuration::from_secs(seconds)), expected);
        }
    }
}
