//! `skyfeed status`.

use std::cmp::Reverse;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use skyfeed_pipeline::{
    stage::Stage,
    standing::{Next, Standing},
    whole_feed,
};
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};
use unicode_width::UnicodeWidthStr;

use crate::{
    context::Context,
    exit::Exit,
    feed::FeedOptions,
    selection,
    standing_text::{at, attempt, next, since},
    terminal::{clipped, column},
};

/// Columns for ids, at most, and titles.
const ID_COLUMNS: usize = 32;
const TITLE_COLUMNS: usize = 40;
/// As much of a reason as people read in a list; `why` has it whole.
const WHY_COLUMNS: usize = 160;

/// Show where every image stands, and what is stuck
///
/// Lists the images that wait for something or went wrong, what is stuck first, then the oldest, and counts the rest. Times are UTC.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed status
  skyfeed status --all
  skyfeed status --json | jq '.images[] | select(.state == \"staged\") | .id'")]
pub(crate) struct Status {
    /// List the published, rejected, retracted and skipped images too
    #[arg(long)]
    all: bool,
}

impl Status {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_to_read("status").await?;
        let standings = selection::all(context, &env).await?;
        let output = context.output;
        let mut listed: Vec<&Standing> = standings.iter().filter(|standing| self.all || standing.is_open()).collect();
        // Sorted by id before.
        listed.sort_by_key(|standing| order(standing.is_stuck(), standing.is_open(), standing.since));
        // One long id pads no other.
        let widest = listed.iter().map(|standing| standing.id.as_str().width()).max().unwrap_or(0).min(ID_COLUMNS);
        for standing in listed {
            for line in lines(standing, widest, &context.feed, env.clock.now()) {
                output.line(line)?;
            }
        }
        let answered = whole_feed::last_done(&env, Stage::Refresh).await?;
        let looked = whole_feed::last_done(&env, Stage::Look).await?;
        for line in of_feed(&standings.of_feed, answered.as_ref(), looked.as_ref(), env.clock.now()) {
            output.line(line)?;
        }
        let counts = selection::counts(&standings);
        if counts.is_empty() {
            let feed = context.feed.as_arguments();
            output.line(format_args!("no images yet; `skyfeed run{feed}` asks the source"))?;
        } else {
            output.line(selection::counted(&counts))?;
        }
        let counts: Map<String, Value> =
            counts.into_iter().map(|(state, count)| (state.to_owned(), count.into())).collect();
        let images: Vec<&Standing> = standings.iter().collect();
        let feed = json!({"answered": answered, "looked_at": looked, "failed": standings.of_feed});
        output.document(&json!({"feed": feed, "counts": counts, "images": images}))?;
        Ok(Exit::Done)
    }
}

/// When the source last answered, when the site was looked at, and what is wrong with the feed as a whole.
fn of_feed(open: &[Attempt], answered: Option<&Attempt>, looked: Option<&Attempt>, now: Timestamp) -> Vec<String> {
    let told = |attempt: &Attempt| match &attempt.outcome {
        Some(AttemptOutcome::Done { receipt }) => format!("{}: {receipt}", at(attempt.started, now)),
        _ => at(attempt.started, now),
    };
    let answered = answered.map_or_else(
        || "the source has not answered yet".to_owned(),
        |answered| format!("the source last answered {}", told(answered)),
    );
    let looked = looked.map(|looked| format!("the site was last looked at {}", told(looked)));
    let stuck = |open: &Attempt| {
        format!("STUCK: {}, last tried {}", clipped(&attempt(open), WHY_COLUMNS), at(open.started, now))
    };
    open.iter().map(stuck).chain([answered]).chain(looked).collect()
}

/// What people read of one image: a line that says where it is, and below it why and what next.
fn lines(standing: &Standing, columns: usize, feed: &FeedOptions, now: Timestamp) -> Vec<String> {
    let id = column(standing.id.as_str(), columns);
    let state = standing.state.name();
    let begun = standing.since.map(|begun| since(begun, now)).unwrap_or_default();
    let title = standing.title.as_ref().map(|title| clipped(title, TITLE_COLUMNS)).unwrap_or_default();
    let mut lines = vec![format!("{id}  {state:<10}  {begun}  {title}").trim_end().to_owned()];
    let mut say = |text: &str| lines.push(format!("    {text}"));
    let why = clipped(&why(standing), WHY_COLUMNS);
    say(&if standing.is_stuck() { format!("STUCK: {why}") } else { why });
    if standing.changed_at_source {
        say("changed at the source since it was downloaded");
    }
    if let Some(same) = standing.same_as.as_ref().filter(|_| standing.is_open()) {
        say(&format!("the same file is on the site as {same}"));
    }
    for refused in &standing.refused {
        say(&format!("{} counts for nothing: {}", refused.key, clipped(&refused.reason, WHY_COLUMNS)));
    }
    if !matches!(standing.next, Next::Nothing { .. }) {
        say(&next(standing, feed));
    }
    lines
}

fn why(standing: &Standing) -> String {
    let problem = standing.problem.as_ref().map(|problem| problem.text.clone());
    let attempt = standing.open_attempt.as_ref().map(attempt);
    problem.or(attempt).unwrap_or_else(|| standing.why.clone())
}

/// What is stuck first, then what waits, each with the oldest first.
fn order(is_stuck: bool, is_open: bool, since: Option<Timestamp>) -> impl Ord {
    (Reverse(is_stuck), Reverse(is_open), since.is_none(), since)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::order;

    #[test]
    fn what_is_stuck_comes_first_and_then_the_oldest_that_waits() {
        let at = |second| Some(Timestamp::from_second(second).unwrap());
        let mut all = [
            ("published", order(false, false, at(1))),
            ("new", order(false, true, at(30))),
            ("old", order(false, true, at(20))),
            ("stuck-new", order(true, true, at(50))),
            ("stuck-old", order(true, true, at(40))),
            ("ageless", order(false, true, None)),
        ];
        all.sort_by(|(_, a), (_, b)| a.cmp(b));
        assert_eq!(all.map(|(id, _)| id), ["stuck-old", "stuck-new", "old", "new", "ageless", "published"]);
    }
}
