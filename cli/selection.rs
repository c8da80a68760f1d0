//! Which images a command is about: ids and patterns of a command line.

use std::{
    collections::BTreeSet,
    io::{IsTerminal, Write},
};

use globset::Glob;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    standing::{Standing, Standings},
};

use crate::{context::Context, error::UsageError};

/// More images than this are not decided on, taken down or brought back without a question.
const MANY: usize = 10;

/// The images that are named. A pattern (`*`, `?`, `[a-z]`) stands for those that it fits and whose standing is as asked, and only for patterns all images are looked at;
/// an id stands for itself, known or not.
///
/// # Errors
/// Something is neither an id nor a pattern, a pattern fits nothing, or a store failed.
pub(crate) async fn select(
    context: &Context,
    env: &Environment,
    named: &[String],
    asked: impl Fn(&Standing) -> bool,
) -> anyhow::Result<Vec<ImageId>> {
    let known = if named.iter().any(|name| is_pattern(name)) {
        let standings = all(context, env).await?;
        standings.iter().filter(|standing| asked(standing)).map(|standing| standing.id.clone()).collect()
    } else {
        Vec::new()
    };
    Ok(fitting(named, &known)?)
}

/// Where every image stands. What was read stays for the next command.
///
/// # Errors
/// A store or the ledger failed.
pub(crate) async fn all(context: &Context, env: &Environment) -> anyhow::Result<Standings> {
    let standings = Standings::all(env).await?;
    context.feed.keep(&env.records);
    Ok(standings)
}

/// Asks whether it is meant, if it is about more than ten images.
///
/// # Errors
/// Nobody is there to answer, or the answer is no.
pub(crate) fn confirm(context: &Context, what: &str, count: usize, yes: bool) -> anyhow::Result<()> {
    if yes || count <= MANY {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || context.output.is_json() {
        return Err(UsageError(format!("{what} {count} images? Nobody is here to answer: say --yes")).into());
    }
    eprint!("{what} {count} images? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { anyhow::bail!("nothing was done") }
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

fn fitting(named: &[String], known: &[ImageId]) -> Result<Vec<ImageId>, UsageError> {
    let mut selected = BTreeSet::new();
    for name in named {
        if !is_pattern(name) {
            selected.insert(ImageId::new(name.as_str()).map_err(|error| UsageError(error.to_string()))?);
            continue;
        }
        let glob =
            Glob::new(name).map_err(|error| UsageError(format!("`{name}` is not a pattern: {}", error.kind())))?;
        let glob = glob.compile_matcher();
        let before = selected.len();
        let fitting: Vec<_> = known.iter().filter(|id| glob.is_match(id.as_str())).cloned().collect();
        if fitting.is_empty() {
            return Err(UsageError(format!("no image fits `{name}`; `skyfeed status --all` lists them")));
        }
        selected.extend(fitting);
        tracing::debug!(pattern = name, images = selected.len() - before, "pattern");
    }
    Ok(selected.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::id::ImageId;

    use super::fitting;

    fn ids(texts: &[&str]) -> Vec<ImageId> {
        texts.iter().map(|text| ImageId::new(*text).unwrap()).collect()
    }

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_pattern_stands_for_what_is_known_and_an_id_for_itself() {
        let known = ids(&["eso1", "eso2", "heic1"]);
        assert_eq!(fitting(&names(&["new", "eso*", "eso1"]), &known).unwrap(), ids(&["eso1", "eso2", "new"]));
    }

    #[test]
    fn what_cannot_be_an_image_is_named() {
        for (name, part) in [("../x", "`../x`"), ("noirlab*", "`noirlab*`"), ("[", "`[`")] {
            let error = fitting(&names(&[name]), &ids(&["eso1"])).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
