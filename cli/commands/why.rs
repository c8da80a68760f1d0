//! `skyfeed why`.

use clap::Args;
use jiff::Timestamp;
use skyfeed_pipeline::{
    id::ImageId,
    reindex,
    standing::{RevisionStanding, Standing, State},
};

use crate::{
    context::Context,
    exit::Exit,
    feed::FeedOptions,
    standing_text::{attempt, next, people, since, time},
    terminal::one_line,
};

/// Say where one image is, since when, why, and what would move it on
///
/// Looks at this image alone. `history` tells all that was done with it.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed why eso1907a
  skyfeed why eso1907a --json | jq -r .code")]
pub(crate) struct Why {
    /// The image id
    id: ImageId,
}

impl Why {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let env = context.feed.environment_to_read("why").await?;
        let Some(standing) = Standing::of(&env, &self.id).await? else {
            let feed = context.feed.as_arguments();
            anyhow::bail!("nothing is known of `{}`; `skyfeed status --all{feed}` lists the images", self.id);
        };
        // A damaged index hides nothing else.
        let indexed = reindex::is_listed(&env, &self.id).await.map_err(|error| error.chain().join(": "));
        let output = context.output;
        for line in lines(&standing, &indexed, &context.feed, env.clock.now()) {
            output.line(line)?;
        }
        let mut document = serde_json::to_value(&standing)?;
        document["indexed"] = serde_json::to_value(indexed.ok())?;
        document["next_command"] = next(&standing, &context.feed).into();
        output.document(&document)?;
        Ok(Exit::Done)
    }
}

fn lines(standing: &Standing, indexed: &Result<bool, String>, feed: &FeedOptions, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", standing.id, standing.state.name())];
    let mut say = |name: &str, text: &str| lines.push(format!("  {name:<9} {}", one_line(text)));
    if let Some(title) = &standing.title {
        say("title", title);
    }
    if let Some(begun) = standing.since {
        say("since", since(begun, now).trim_start_matches("since "));
    }
    say("why", &standing.why);
    if !standing.who.is_empty() {
        say("who", &people(&standing.who));
    }
    say("code", standing.code);
    if let Some(problem) = &standing.problem {
        say("problem", &problem.text);
    } else if standing.is_stuck() {
        say("problem", "the last attempt failed");
    }
    if standing.changed_at_source {
        say("source", "changed at the source since it was downloaded");
    }
    if let Some(same) = &standing.same_as {
        say("same as", &format!("the same file is on the site as {same}"));
    }
    if let Some(open) = &standing.open_attempt {
        say("attempt", &format!("{}, no. {}, by {}", attempt(open), open.attempt, open.trigger));
    }
    for revision in &standing.revisions {
        say("revision", &of_revision(revision));
    }
    for refused in &standing.refused {
        say("refused", &format!("{}: {}", refused.key, refused.reason));
    }
    say("index", &of_index(standing, indexed, &feed.as_arguments()));
    lines.push(format!("  {}", next(standing, feed)));
    lines
}

fn of_index(standing: &Standing, indexed: &Result<bool, String>, options: &str) -> String {
    let should = matches!(standing.state, State::Published);
    match indexed {
        Err(problem) => format!("it cannot be read: {problem}"),
        Ok(true) if standing.state == State::Retracted => {
            format!("the feed's index still shows it; next: skyfeed reindex{options}")
        }
        Ok(true) => "the feed's index shows it".to_owned(),
        Ok(false) if should => format!("the feed's index does not show it yet; next: skyfeed reindex{options}"),
        Ok(false) => "the feed's index does not show it".to_owned(),
    }
}

fn of_revision(revision: &RevisionStanding) -> String {
    let mut text = format!("{} {}, staged {}", revision.revision, revision.word(), time(revision.staged));
    for (verb, persons) in [("approved", &revision.approved_by), ("rejected", &revision.rejected_by)] {
        if !persons.is_empty() {
            text += &format!(", {verb} by {}", people(persons));
        }
    }
    if !revision.note.is_empty() {
        text += &format!(": {}", revision.note);
    }
    text
}
