//! `skyfeed approve`, `skyfeed reject` and `skyfeed undo`.

use clap::Args;
use serde_json::{Value, json};
use skyfeed_pipeline::{
    batch::Failure,
    decide::{Decide, Decided, decide, plan},
    environment::Environment,
    id::ImageId,
    layout::decision::About,
    names::{Person, Revision},
    outcome::Outcome,
    record::Verdict,
    standing::{Standing, State},
};

use crate::{
    batch,
    context::Context,
    error::UsageError,
    exit::Exit,
    selection,
    standing_text::{next, people},
};

/// Approve staged studies
///
/// Writes down that you looked at a study and want it published. A decision is about one revision: if image or metadata change, the new
/// result waits for a decision of its own. `preview` shows a study. What you said before of the same revision no longer counts.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed approve eso1907a
  skyfeed approve 'eso19*' --by 'A. Person' --note 'checked against the press release'")]
pub(crate) struct Approve {
    #[command(flatten)]
    decision: Decision,
}

/// Reject staged studies, or images that were not downloaded yet
///
/// Writes down that a study is not to be published. Its image is not fetched again. What is on the site stays there: `retract` takes it down.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed reject eso1907a --note 'an artist'\\''s impression'")]
pub(crate) struct Reject {
    #[command(flatten)]
    decision: Decision,
}

/// Take back what you decided
///
/// Adds that your last decision on an image no longer counts; it stays in the history. `approve` and `reject` replace your earlier decision too.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed undo eso1907a
  skyfeed undo eso1907a --by berta --note 'it was the wrong image'")]
pub(crate) struct Undo {
    #[command(flatten)]
    decision: Decision,
}

#[derive(Args, Debug)]
struct Decision {
    /// Image ids, or patterns such as 'eso19*'
    #[arg(required = true)]
    ids: Vec<String>,
    /// The revision, if an image has several
    #[arg(long)]
    revision: Option<Revision>,
    /// Who decides [default: the name of your account]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// Do not ask before more than ten images
    #[arg(long)]
    yes: bool,
    /// Say what would be decided, and what it would come to
    #[arg(long)]
    dry_run: bool,
}

impl Approve {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        self.decision.take(context, Verdict::Approve).await
    }
}

impl Reject {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        self.decision.take(context, Verdict::Reject).await
    }
}

impl Undo {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        self.decision.take(context, Verdict::Withdraw).await
    }
}

impl Decision {
    async fn take(self, context: &Context, verdict: Verdict) -> anyhow::Result<Exit> {
        let by = context.deciding_person(self.by.as_deref())?;
        let env = context.feed.environment("decide").await?;
        let fits = |standing: &Standing| match verdict {
            Verdict::Approve | Verdict::Reject => standing.waiting().next().is_some(),
            Verdict::Withdraw => {
                standing.revisions.iter().any(|one| one.approved_by.contains(&by) || one.rejected_by.contains(&by))
            }
        };
        let ids = selection::select(context, &env, &self.ids, fits).await?;
        if self.revision.is_some() && ids.len() != 1 {
            return Err(UsageError("--revision is of one image: name one id".to_owned()).into());
        }
        if !self.dry_run {
            selection::confirm(context, question(verdict), ids.len(), self.yes)?;
        }
        let mut decided: Vec<Value> = Vec::new();
        let mut failures = Vec::new();
        for id in &ids {
            let command = Decide {
                id: id.clone(),
                revision: self.revision.clone(),
                verdict,
                by: by.clone(),
                note: self.note.clone(),
                manifest_sha256: None,
            };
            match self.one(&env, &command).await {
                Ok((done, new)) => {
                    self.tell(context, &command, &done, new)?;
                    decided.push(json!({
                        "id": id, "about": done.about, "decision": verdict.past(), "by": by, "new": new,
                        "dry_run": self.dry_run, "standing": done.standing,
                    }));
                }
                Err(failure) => failures.push(failure),
            }
        }
        batch::tell_failures(context.output, &failures);
        context.output.document(&json!({"decisions": decided, "failures": failures}))?;
        Ok(batch::exit(&[], &failures))
    }

    async fn one(&self, env: &Environment, command: &Decide) -> Result<(Decided, bool), Failure> {
        let answer = if self.dry_run { plan(env, command).await } else { decide(env, command).await };
        let id: &ImageId = &command.id;
        match answer {
            Ok(Outcome::Done(decided)) => Ok((decided, true)),
            Ok(Outcome::AlreadyDone(decided)) => Ok((decided, false)),
            Ok(Outcome::Unusable(reason)) => Err(Failure::permanent(id.as_str(), &reason)),
            Ok(Outcome::Busy { until }) => {
                Err(Failure::permanent(id.as_str(), &format!("somebody else is at it until {until}")))
            }
            Err(error) => Err(Failure::of(id.as_str(), &error)),
        }
    }

    /// What was decided, and what it comes to.
    fn tell(&self, context: &Context, command: &Decide, decided: &Decided, new: bool) -> anyhow::Result<()> {
        let Decide { id, verdict, by, .. } = command;
        let what = match &decided.about {
            About::Revision(revision) => format!("revision {revision}"),
            About::Candidate => "the image, before its download,".to_owned(),
        };
        let word = match (self.dry_run, new) {
            (true, _) => format!("would be {}", verdict.past()),
            (false, true) => verdict.past().to_owned(),
            (false, false) => format!("{} before", verdict.past()),
        };
        context.output.line(format_args!("{id}: {what} {word} by {by}"))?;
        context.output.line(format_args!("  {}", consequence(&decided.standing, by, &context.feed.as_arguments())))
    }
}

fn question(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approve",
        Verdict::Reject => "reject",
        Verdict::Withdraw => "take back what you said of",
    }
}

/// What people read of where the image stands with a decision.
fn consequence(standing: &Standing, by: &Person, feed: &str) -> String {
    let others: Vec<&Person> = standing.who.iter().filter(|person| *person != by).collect();
    match &standing.state {
        _ if standing.code == "rejected-but-live" => {
            format!("it stays on the site until it is taken down; next: {}", next(standing, feed))
        }
        State::Staged { approvals, required } if *approvals > 0 => {
            format!("{}: it waits for {} more", standing.why, required - approvals)
        }
        State::Rejected if !others.is_empty() => {
            let who = people(&others);
            format!(
                "{who} rejected it: it stays rejected until {who} takes that back (skyfeed undo {} --by NAME)",
                standing.id
            )
        }
        _ => format!("it is {}: {}; next: {}", standing.state.name(), standing.why, next(standing, feed)),
    }
}
