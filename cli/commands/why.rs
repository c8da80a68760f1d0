//! `skyfeed why`.

use clap::Args;
use serde_json::json;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    layout,
    standing::{Approval, RevisionStanding, Standing, State},
};

use crate::{
    context::Context,
    exit::Exit,
    standing_text::{ago, next, people, time},
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
        let feed = context.feed.as_arguments();
        let Some(standing) = Standing::of(&env, &self.id).await? else {
            anyhow::bail!("nothing is known of `{}`; `skyfeed status --all{feed}` lists the images", self.id);
        };
        let indexed = if standing.state == State::Published { Some(is_indexed(&env, &self.id).await?) } else { None };
        let output = context.output;
        for line in lines(&standing, indexed, &feed, env.clock.now()) {
            output.line(line)?;
        }
        let mut document = serde_json::to_value(&standing)?;
        if let Some(indexed) = indexed {
            document["indexed"] = indexed.into();
        }
        output.document(&json!(document))?;
        Ok(Exit::Done)
    }
}

/// Whether the feed's index names the image: only the index itself can tell.
async fn is_indexed(env: &Environment, id: &ImageId) -> anyhow::Result<bool> {
    let Some(index) = env.site.get(layout::INDEX).await? else { return Ok(false) };
    let folder = format!("{}{id}/", env.config.publish_url_prefix);
    let escaped = folder.replace('&', "&amp;").replace('\'', "&apos;");
    let text = String::from_utf8_lossy(&index.bytes);
    Ok(text.contains(&format!("\"{folder}")) || text.contains(&format!("\"{escaped}")))
}

fn lines(standing: &Standing, indexed: Option<bool>, feed: &str, now: jiff::Timestamp) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", standing.id, standing.state.name())];
    let mut say = |name: &str, text: String| lines.push(format!("  {name:<9} {text}"));
    if let Some(title) = &standing.title {
        say("title", title.clone());
    }
    if let Some(since) = standing.since {
        say("since", format!("{}, {}", time(since), ago(since, now)));
    }
    say("why", standing.why.clone());
    if !standing.who.is_empty() {
        say("who", people(&standing.who.iter().collect::<Vec<_>>()));
    }
    if let Some(problem) = &standing.problem {
        say("problem", format!("{} ({})", problem.text, problem.code));
    }
    if let Some(attempt) = &standing.open_attempt {
        let state = if attempt.outcome.is_some() { "failed" } else { "runs, or was killed" };
        say("attempt", format!("{} {state}, begun {}", attempt.kind, time(attempt.started)));
    }
    for revision in &standing.revisions {
        say("revision", of_revision(revision));
    }
    for refused in &standing.refused {
        say("refused", format!("{}: {}", refused.key, refused.reason));
    }
    match indexed {
        Some(true) => say("index", "the feed's index names it".to_owned()),
        Some(false) => say("index", format!("the feed's index does not name it yet; skyfeed reindex{feed}")),
        None => {}
    }
    say("code", standing.code.to_owned());
    say("next", next(standing, feed));
    lines
}

fn of_revision(revision: &RevisionStanding) -> String {
    let word = match revision.approval {
        _ if revision.live => "live",
        Approval::Waiting => "waits",
        Approval::Approved => "approved",
        Approval::Rejected => "rejected",
        Approval::Unreadable => "unreadable",
    };
    let mut text = format!("{} {word}, staged {}", revision.revision, time(revision.staged));
    for (verb, persons) in [("approved", &revision.approved_by), ("rejected", &revision.rejected_by)] {
        if !persons.is_empty() {
            text += &format!(", {verb} by {}", people(&persons.iter().collect::<Vec<_>>()));
        }
    }
    if !revision.note.is_empty() {
        text += &format!(": {}", revision.note);
    }
    text
}
