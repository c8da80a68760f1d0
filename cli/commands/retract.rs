//! `skyfeed retract`.

use clap::Args;
use skyfeed_pipeline::{
    batch::{Ending, Event, Failure, each},
    config::SiteLayout,
    environment::Environment,
    names::Person,
    retract::{self, Reason, retract},
    stage::Stage,
    standing::{Standing, State, TAKEDOWN_UNFINISHED},
};

use crate::{batch, cloud::Forget, context::Context, dry_run, exit::Exit, selection};

/// Take images off the site
///
/// Removes the images from the site and keeps them off it; `reindex` then takes them out of the feed's index. What caches hold stays
/// reachable until they forget it: documents for a minute, tiles for up to a year.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed retract eso1907a --note 'withdrawn by its author' && skyfeed reindex
  skyfeed retract eso1907a --invalidate E1ABCDEFGHIJK2     tell CloudFront to forget it")]
pub(crate) struct Retract {
    #[command(flatten)]
    asked: Asked,
    /// Have CloudFront forget the images too, by the program `aws`; the id of the distribution
    #[arg(long, value_name = "DISTRIBUTION")]
    #[arg(value_parser = distribution)]
    invalidate: Option<String>,
    /// Say what would be taken down
    #[arg(long)]
    dry_run: bool,
}

/// What is said of images that are taken down or brought back.
#[derive(Args, Debug)]
pub(super) struct Asked {
    /// Image ids, or patterns such as 'eso19*'
    #[arg(required = true)]
    pub(super) ids: Vec<String>,
    /// Who does it [default: the name of your account]
    #[arg(long, value_name = "NAME")]
    pub(super) by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(super) note: String,
    /// Do not ask before more than ten images
    #[arg(long)]
    pub(super) yes: bool,
}

impl Retract {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let by = context.deciding_person(self.asked.by.as_deref())?;
        let env = context.feed.environment_unless(self.dry_run, &trigger("retract", &by, &self.asked.note)).await?;
        let fits = |standing: &Standing| {
            matches!(standing.state, State::Published | State::Publishing) || standing.code == TAKEDOWN_UNFINISHED
        };
        let ids = selection::select(context, &env, &self.asked.ids, fits).await?;
        let env = &env;
        if self.dry_run {
            let plan = |id| async move { retract::plan(env, &id).await };
            return dry_run::tell(context, Stage::Retract, &ids, Vec::new(), plan).await;
        }
        if selection::confirm(context, "take down", ids.len(), self.asked.yes).await?.is_none() {
            return Ok(context.interrupt.exit_or(Exit::Done));
        }
        let reason = &Reason { by: Some(by), note: self.asked.note.clone() };
        batch::run(context, async |reporter| {
            let step = |id| async move {
                Event::new(Stage::Retract, &id, retract(env, &id, reason).await.map(|o| o.map(|()| "")))
            };
            let events = each(Stage::Retract, &ids, 1, reporter, step).await;
            let down: Vec<&str> =
                events.iter().filter(|event| event.is_done()).map(|event| event.id.as_str()).collect();
            let new = events.iter().any(|event| matches!(event.ending, Ending::Done { .. }));
            let failures = self.tell_caches(context, env, &down, new)?;
            Ok((events, failures))
        })
        .await
    }

    /// Says what caches may still show, and has CloudFront forget it if that was asked for.
    fn tell_caches(
        &self,
        context: &Context,
        env: &Environment,
        down: &[&str],
        new: bool,
    ) -> anyhow::Result<Vec<Failure>> {
        let output = context.output;
        if new {
            output.line(what_is_left(env.config.site_layout))?;
        }
        if down.is_empty() {
            return Ok(Vec::new());
        }
        let forget = Forget::images(&env.config.publish_url_prefix, down.iter().copied());
        let Some(distribution) = &self.invalidate else {
            if new && context.feed.site()?.is_url() {
                output
                    .line(format_args!("if CloudFront stands before the site, have it forget: {}", forget.command()))?;
                output.line(format_args!("  {}", Forget::advice()))?;
            }
            return Ok(Vec::new());
        };
        Ok(match forget.run(distribution) {
            Ok(()) => {
                output
                    .line(format_args!("CloudFront {distribution} was told to forget it, which takes a few minutes"))?;
                Vec::new()
            }
            Err(error) => vec![Failure::permanent("CloudFront", &crate::error::chain(error.as_ref()).join(": "))],
        })
    }
}

/// What may be the id of a distribution: nothing that a program could take for an option.
fn distribution(text: &str) -> Result<String, String> {
    let is_id = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    if is_id { Ok(text.to_owned()) } else { Err("an id of letters and digits, such as E1ABCDEFGHIJK2".to_owned()) }
}

/// What the ledger says of who did it, and why.
pub(super) fn trigger(what: &str, by: &Person, note: &str) -> String {
    if note.is_empty() { format!("{what} by {by}") } else { format!("{what} by {by}: {note}") }
}

fn what_is_left(layout: SiteLayout) -> String {
    let tiles = match layout {
        SiteLayout::Skyfeed => "a year",
        SiteLayout::Toasty => "a minute",
    };
    format!(
        "nothing of it can be read from the site any more; caches on the way may show its documents for a minute and its tiles for up to {tiles}, \
         and so may browsers, which nobody can reach: if a CDN stands before the site, invalidate the folder of the image there"
    )
}
