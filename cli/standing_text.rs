//! Where an image stands, as people read it.

use jiff::Timestamp;
use skyfeed_pipeline::{
    layout::decision::About,
    names::Person,
    standing::{Next, Standing},
};
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};

use crate::{
    feed::FeedOptions,
    shell::{about, quoted},
};

/// What moves an image on: a command that works as it is printed, after `next:` or the condition under which it is of use; or why there is none.
pub(crate) fn next(standing: &Standing, feed: &FeedOptions) -> String {
    let options = feed.as_arguments();
    let (by_id, then) = (|verb: &str| about(verb, &standing.id, &options), feed.next());
    let reindex = format!("skyfeed reindex{options}");
    match &standing.next {
        Next::Fetch => format!("{then}: {}", by_id("fetch")),
        Next::FetchAgain => {
            format!("next, when its source is mended: {} && {}", by_id("fetch --again"), by_id("tile"))
        }
        Next::Tile => format!("{then}: {}", by_id("tile")),
        Next::Preview { revision } => {
            let preview = match standing.waiting().count() {
                1 => by_id("preview"),
                _ => about("preview", &standing.id, &format!(" --revision {revision}{options}")),
            };
            let is_new = standing.revisions.iter().any(|one| one.live);
            format!("{}: {preview}", if is_new { "a new revision waits" } else { "next" })
        }
        Next::Publish => format!("{then}: {} && {reindex}", by_id("publish")),
        Next::Retract => format!("next: {} && {reindex}", by_id("retract")),
        Next::Restore => format!("to bring it back: {} && {reindex}", by_id("restore")),
        Next::Undo => format!("to take that back: {}", undo(standing, standing.who.first(), &options)),
        Next::Mend { key } => format!(
            "next: mend or delete {}, then skyfeed run{options}",
            feed.work().map_or_else(|_| key.clone(), |work| quoted(&work.join(key).to_string()))
        ),
        Next::Wait { until } => {
            format!("it is tried again after {}; to try now: {}", time(*until), by_id("fetch"))
        }
        Next::Nothing { because } => format!("nothing to do: {because}"),
    }
}

/// The command by which a person takes back what they said last of an image.
pub(crate) fn undo(standing: &Standing, who: Option<&Person>, options: &str) -> String {
    let by = who.map(|who| format!(" --by={}", quoted(who.as_str()))).unwrap_or_default();
    about("undo", &standing.id, &format!("{by}{options}"))
}

/// What became of an attempt that is not done.
pub(crate) fn attempt(attempt: &Attempt) -> String {
    match &attempt.outcome {
        Some(AttemptOutcome::Failed { class, chain }) => {
            format!("{} failed ({class}): {}", attempt.kind, chain.join(": "))
        }
        _ => format!("{} since {}, or killed then", attempt.kind, time(attempt.started)),
    }
}

/// A time as people read it: UTC, and says so.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Since when, and how long that is: `since 2026-11-26 10:31 UTC, 3 days`.
pub(crate) fn since(since: Timestamp, now: Timestamp) -> String {
    format!("since {}, {}", time(since), ago(since, now))
}

/// When, and how long ago that is: `2026-11-26 10:31 UTC, 3 days ago`.
pub(crate) fn at(then: Timestamp, now: Timestamp) -> String {
    format!("{}, {} ago", time(then), ago(then, now))
}

/// How long ago, in the largest unit that is not 0.
fn ago(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// What a decision is about, in a sentence.
pub(crate) fn what(about: &About) -> String {
    match about {
        About::Revision(revision) => format!("revision {revision}"),
        About::Candidate => "the image, before its download,".to_owned(),
    }
}

/// Names in a row.
pub(crate) fn people<'a>(people: impl IntoIterator<Item = &'a Person>) -> String {
    people.into_iter().map(Person::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::since;

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let then = Timestamp::UNIX_EPOCH;
        for (seconds, age) in
            [(0, "0 seconds"), (59, "59 seconds"), (60, "1 minute"), (7300, "2 hours"), (90_000, "1 day")]
        {
            let told = since(then, then + SignedDuration::from_secs(seconds));
            assert_eq!(told, format!("since 1970-01-01 00:00 UTC, {age}"));
        }
    }
}
