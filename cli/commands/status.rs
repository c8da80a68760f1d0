//! `skyfeed status`.

use std::cmp::Reverse;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use skyfeed_pipeline::standing::{Next, Standing};

use crate::{
    context::Context,
    exit::Exit,
    feed::FeedOptions,
    selection,
    standing_text::{attempt, next, since},
    terminal::{clipped, column},
};

/// Columns for ids and titles.
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
        listed.sort_by_key(|standing| order(standing));
        for standing in listed {
            for line in lines(standing, &context.feed, env.clock.now()) {
                output.line(line)?;
            }
        }
        let counts = selection::counts(&standings);
        if counts.is_empty() {
            let feed = context.feed.as_arguments();
            output.line(format_args!("no images yet; `skyfeed run{feed}` asks the source"))?;
        } else {
            let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
            output.line(counts.join(", "))?;
        }
        let counts: Map<String, Value> =
            counts.into_iter().map(|(state, count)| (state.to_owned(), count.into())).collect();
        let images: Vec<&Standing> = standings.iter().collect();
        output.document(&json!({"counts": counts, "images": images}))?;
        Ok(Exit::Done)
    }
}

/// What people read of one image: a line that says where it is, and below it why and what next.
fn lines(standing: &Standing, feed: &FeedOptions, now: Timestamp) -> Vec<String> {
    let id = column(standing.id.as_str(), ID_COLUMNS);
    let state = standing.state.name();
    let begun = standing.since.map(|begun| since(begun, now)).unwrap_or_default();
    let title = standing.title.as_ref().map(|title| clipped(title, TITLE_COLUMNS)).unwrap_or_default();
    let mut lines = vec![format!("{id}  {state:<10}  {begun}  {title}").trim_end().to_owned()];
    let mut say = |text: &str| lines.push(format!("    {text}"));
    let why = clipped(&why(standing), WHY_COLUMNS);
    say(&if standing.is_stuck() { format!("STUCK: {why}") } else { why });
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
fn order(standing: &Standing) -> impl Ord + use<> {
    (Reverse(standing.is_stuck()), Reverse(standing.is_open()), standing.since.is_none(), standing.since)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use skyfeed_pipeline::{
        id::ImageId,
        standing::{Next, Problem, Standing, State},
    };
    use unicode_width::UnicodeWidthStr;

    use super::{lines, order};
    use crate::feed::FeedOptions;

    fn standing(id: &str, state: State, since: i64, next: Next) -> Standing {
        Standing {
            id: ImageId::new(id).unwrap(),
            title: None,
            code: state.name(),
            state,
            revision: None,
            since: Some(Timestamp::from_second(since).unwrap()),
            why: "because".to_owned(),
            who: Vec::new(),
            problem: None,
            next,
            revisions: Vec::new(),
            refused: Vec::new(),
            to_publish: None,
            is_unusable: false,
            same_as: None,
            open_attempt: None,
        }
    }

    #[test]
    fn what_is_stuck_comes_first_and_then_the_oldest_that_waits() {
        let nothing = || Next::Nothing { because: "it is on the site" };
        let problem = Some(Problem { code: "two-images", text: "there are two".to_owned() });
        let mut all = [
            standing("published", State::Published, 1, nothing()),
            standing("new", State::Fetched, 30, Next::Tile),
            standing("old", State::Fetched, 20, Next::Tile),
            Standing { problem: problem.clone(), ..standing("stuck-new", State::Fetched, 50, Next::Tile) },
            Standing { problem, ..standing("stuck-old", State::Fetched, 40, Next::Tile) },
            Standing { since: None, ..standing("ageless", State::Fetched, 0, Next::Tile) },
        ];
        all.sort_by_key(order);
        let ids: Vec<&str> = all.iter().map(|standing| standing.id.as_str()).collect();
        assert_eq!(ids, ["stuck-old", "stuck-new", "old", "new", "ageless", "published"]);
    }

    #[test]
    fn one_long_id_pads_no_other_and_columns_stand_below_each_other() {
        let now = Timestamp::from_second(0).unwrap() + SignedDuration::from_hours(72);
        let state_at = |id: &str| {
            let lines = lines(&standing(id, State::Fetched, 0, Next::Tile), &FeedOptions::default(), now);
            assert!(lines[0].ends_with("fetched     since 1970-01-01 00:00 UTC, 3 days"), "{lines:?}");
            assert_eq!(lines[1], "    because");
            lines[0].split_once("  fetched").unwrap().0.width()
        };
        let columns = ["m31", &"x".repeat(200), "星雲の画像", &"星".repeat(60)].map(state_at);
        assert_eq!(columns, [32; 4]);
    }

    #[test]
    fn a_command_to_copy_has_the_whole_id() {
        let long = "x".repeat(100);
        let all = lines(&standing(&long, State::Fetched, 0, Next::Tile), &FeedOptions::default(), Timestamp::now());
        assert_eq!(all[2], format!("    next: skyfeed tile {long}"));
    }
}
