//! `skyfeed approve`, `skyfeed reject` and `skyfeed undo`.

use clap::Args;
use futures::{StreamExt, stream};
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
    standing::{Approval, RevisionStanding, Standing},
};

use crate::{
    batch,
    context::Context,
    error::UsageError,
    exit::Exit,
    feed::FeedOptions,
    selection,
    shell::about,
    standing_text::{next, people, time, undo, what},
    terminal::one_line,
};

/// Decisions that are written at a time.
const AT_A_TIME: usize = 16;

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
  skyfeed reject eso1907a --note 'an artist'\\''s impression'
  skyfeed reject eso1908b --dry-run        what it would come to")]
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
        let env = &context.feed.environment_unless(self.dry_run, "decide").await?;
        let said = |standing: &Standing| {
            let of_revisions = standing.revisions.iter().flat_map(|one| one.approved_by.iter().chain(&one.rejected_by));
            of_revisions.chain(&standing.who).any(|person| *person == by)
        };
        let fits = |standing: &Standing| match verdict {
            Verdict::Approve | Verdict::Reject => standing.waiting().next().is_some(),
            Verdict::Withdraw => said(standing),
        };
        let ids = selection::select(context, env, &self.ids, fits).await?;
        if self.revision.is_some() && ids.len() != 1 {
            return Err(UsageError("--revision is of one image: name one id".to_owned()).into());
        }
        if !self.dry_run && selection::confirm(context, question(verdict), ids.len(), self.yes).await?.is_none() {
            return Ok(context.interrupt.exit_or(Exit::Done));
        }
        let (mut decided, mut failures): (Vec<Value>, _) = (Vec::new(), Vec::new());
        let commands: Vec<Decide> = ids.iter().map(|id| self.command(id, verdict, &by)).collect();
        let answers = commands.iter().map(|command| self.one(env, command));
        let mut answers = stream::iter(answers.collect::<Vec<_>>()).buffered(AT_A_TIME).zip(stream::iter(&commands));
        while let Some((answer, command)) = answers.next().await {
            match answer {
                Ok((done, new)) => {
                    self.tell(context, env, command, &done, new)?;
                    decided.push(json!({
                        "id": command.id, "about": done.about, "decision": verdict.past(), "by": by, "new": new,
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

    fn command(&self, id: &ImageId, verdict: Verdict, by: &Person) -> Decide {
        let (revision, note) = (self.revision.clone(), self.note.clone());
        Decide { id: id.clone(), revision, verdict, by: by.clone(), note, manifest_sha256: None }
    }

    async fn one(&self, env: &Environment, command: &Decide) -> Result<(Decided, bool), Failure> {
        let answer = if self.dry_run { plan(env, command).await } else { decide(env, command).await };
        let id = command.id.as_str();
        match answer {
            Ok(Outcome::Done(decided)) => Ok((decided, true)),
            Ok(Outcome::AlreadyDone(decided)) => Ok((decided, false)),
            Ok(Outcome::Unusable(reason)) => Err(Failure::permanent(id, &reason)),
            Ok(Outcome::Busy { until }) => {
                Err(Failure::permanent(id, &format!("somebody else is at it until {}", time(until))))
            }
            Err(error) => Err(Failure::of(id, &error)),
        }
    }

    /// What was decided, and what it comes to.
    fn tell(
        &self,
        context: &Context,
        env: &Environment,
        command: &Decide,
        decided: &Decided,
        new: bool,
    ) -> anyhow::Result<()> {
        let Decide { id, verdict, by, .. } = command;
        let what = what(&decided.about);
        let word = match (verdict, self.dry_run, new) {
            (Verdict::Withdraw, true, _) => format!("{by} would take back what was said of {what}"),
            (Verdict::Withdraw, false, _) => format!("{by} took back what was said of {what}"),
            (_, _, false) => format!("{what} {} before by {by}", verdict.past()),
            (_, true, true) => format!("{what} would be {} by {by}", verdict.past()),
            (_, false, true) => format!("{what} {} by {by}", verdict.past()),
        };
        context.output.line(format_args!("{id}: {word}"))?;
        let came_to = came_to(decided, *verdict, env.config.approvals_required, &context.feed);
        context.output.line(format_args!("  {}", one_line(&came_to)))
    }
}

fn question(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approve",
        Verdict::Reject => "reject",
        Verdict::Withdraw => "take back what you said of",
    }
}

/// What a decision comes to, with what others said.
fn came_to(decided: &Decided, verdict: Verdict, required: u32, feed: &FeedOptions) -> String {
    let Some(standing) = &decided.standing else { return "nothing else was known of it".to_owned() };
    let is_meant = |one: &&RevisionStanding| decided.about == About::Revision(one.revision.clone());
    let next = next(standing, feed);
    match (standing.revisions.iter().find(is_meant), verdict) {
        (Some(one), Verdict::Reject) if one.live => format!("it stays public until it is taken down; {next}"),
        (Some(one), Verdict::Withdraw) if one.live && one.approved_by.is_empty() && one.rejected_by.is_empty() => {
            let down = about("retract", &standing.id, &feed.as_arguments());
            format!("nobody approves it any more, and it stays public all the same; to take it down: {down}")
        }
        (Some(one), Verdict::Approve) if one.approval == Approval::Rejected => {
            let who = people(&one.rejected_by);
            let undo = |who| undo(standing, Some(who), &feed.as_arguments());
            let undo: Vec<String> = one.rejected_by.iter().map(undo).collect();
            let take = if one.rejected_by.len() == 1 { "takes" } else { "take" };
            format!("{who} rejected it: it stays rejected until {who} {take} that back ({})", undo.join(", "))
        }
        (Some(one), Verdict::Approve) if one.approval == Approval::Waiting => {
            let approvals = u32::try_from(one.approved_by.len()).unwrap_or(u32::MAX);
            let more = match required.saturating_sub(approvals) {
                1 => "one".to_owned(),
                more => more.to_string(),
            };
            format!("approved by {}, {approvals} of {required}: it waits for {more} more", people(&one.approved_by))
        }
        // The sentence often begins with the state.
        _ if standing.why.starts_with(standing.state.name()) => format!("{}; {next}", standing.why),
        _ => format!("{}: {}; {next}", standing.state.name(), standing.why),
    }
}
