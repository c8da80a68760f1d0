//! `skyfeed approve` and `skyfeed reject`.

use clap::Args;
use serde_json::{Value, json};
use skyfeed_pipeline::{
    batch::Failure,
    decide::{Decide, decide},
    environment::Environment,
    id::ImageId,
    outcome::Outcome,
    record::Verdict,
    revision::Revision,
};

use super::Context;
use crate::{
    batch,
    exit::{Exit, UsageError},
    selection,
};

/// Approve staged studies
///
/// Writes down that you looked at a study and want it published. A decision is about one revision: if image or metadata change, the new
/// result waits for a decision of its own. `preview` shows a study.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed approve eso1907a
  skyfeed approve 'eso19*' --by 'A. Person' --note 'checked against the press release'")]
pub(crate) struct Approve {
    #[command(flatten)]
    decision: Decision,
}

/// Reject staged studies
///
/// Writes down that a study is not to be published. Its image is not fetched again.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed reject eso1907a --note 'an artist'\\''s impression'")]
pub(crate) struct Reject {
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
    /// Say what would be decided
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

impl Decision {
    async fn take(self, context: &Context, verdict: Verdict) -> anyhow::Result<Exit> {
        let by = context.deciding_person(self.by.as_deref())?;
        let env = context.feed.environment("decide").await?;
        let waiting = selection::in_state(&env, |image| !image.waiting.is_empty()).await?;
        let ids = selection::select(&self.ids, &waiting)?;
        if self.revision.is_some() && ids.len() != 1 {
            return Err(UsageError("--revision is of one image: name one id".to_owned()).into());
        }
        let word = match verdict {
            Verdict::Approve => "approved",
            Verdict::Reject => "rejected",
        };
        let mut decided: Vec<Value> = Vec::new();
        let mut failures = Vec::new();
        for id in ids {
            if self.dry_run {
                context.output.line(format_args!("{id}: would be {word} by {by}"))?;
                decided.push(json!({"id": id, "would_be": word, "by": by}));
                continue;
            }
            match self.of(&env, &id, verdict, &by).await {
                Ok((revision, new)) => {
                    let before = if new { "" } else { " before" };
                    context.output.line(format_args!("{id}: revision {revision} {word}{before} by {by}"))?;
                    decided.push(json!({"id": id, "revision": revision, "decision": word, "by": by, "new": new}));
                }
                Err(failure) => failures.push(failure),
            }
        }
        batch::tell_failures(context.output, &failures);
        if verdict == Verdict::Approve && !decided.is_empty() && !self.dry_run {
            let (next, feed) = (context.feed.next(), context.feed.as_arguments());
            context.output.line(format_args!("{next}: skyfeed publish{feed} && skyfeed reindex{feed}"))?;
        }
        context.output.document(&json!({"decisions": decided, "failures": failures}))?;
        Ok(batch::exit(&[], &failures))
    }

    async fn of(
        &self,
        env: &Environment,
        id: &ImageId,
        verdict: Verdict,
        by: &str,
    ) -> Result<(Revision, bool), Failure> {
        let (revision, note) = (self.revision.clone(), self.note.clone());
        let command = Decide { id: id.clone(), revision, verdict, by: by.to_owned(), note };
        match decide(env, command).await {
            Ok(Outcome::Done(revision)) => Ok((revision, true)),
            Ok(Outcome::AlreadyDone(revision)) => Ok((revision, false)),
            Ok(Outcome::Unusable(reason)) => Err(Failure::permanent(id.as_str(), &reason)),
            Ok(Outcome::Busy { until }) => {
                let causes = vec![format!("somebody else is at it until {until}")];
                Err(Failure { item: id.to_string(), transient: true, of_surroundings: false, causes })
            }
            Err(error) => Err(Failure::of(id.as_str(), &error)),
        }
    }
}

impl Context {
    /// Who takes a decision.
    ///
    /// # Errors
    /// Neither the person nor the system says so.
    pub(crate) fn deciding_person(&self, named: Option<&str>) -> Result<String, UsageError> {
        let name = named.or(self.user.as_deref()).map(str::trim).filter(|name| !name.is_empty());
        name.map(str::to_owned)
            .ok_or_else(|| UsageError("a decision needs the name of who takes it: --by NAME".to_owned()))
    }
}
