//! Which images a command is about: ids and patterns of a command line.

use std::{
    collections::BTreeSet,
    io::{IsTerminal, Write},
};

use globset::Glob;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    standing::{Standing, Standings, State},
};

use crate::{batch, context::Context, error::UsageError};

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
    if !named.iter().any(|name| is_pattern(name)) {
        return Ok(fitting(named, &[])?);
    }
    let standings = all(context, env).await?;
    let known: Vec<_> = standings.iter().map(|standing| (&standing.id, asked(standing))).collect();
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

/// How many images there are in each state, in the order in which images pass them; none that is empty.
pub(crate) fn counts(standings: &Standings) -> Vec<(&'static str, usize)> {
    let count = |state: &str| standings.iter().filter(|standing| standing.state.name() == state).count();
    State::NAMES.map(|state| (state, count(state))).into_iter().filter(|(_, count)| *count > 0).collect()
}

/// The same as people read it: `3 staged, 12 published`; nothing if there are no images.
pub(crate) fn counted(counts: &[(&str, usize)]) -> String {
    counts.iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>().join(", ")
}

/// Asks whether it is meant, if it is about more than ten images: `take down 312 images?`. `None` if a person ended the program meanwhile.
///
/// # Errors
/// Nobody is there to answer, or the answer is no.
pub(crate) async fn confirm(context: &Context, what: &str, count: usize, yes: bool) -> anyhow::Result<Option<()>> {
    if yes || count <= MANY {
        return Ok(Some(()));
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() || context.output.is_json() {
        return Err(UsageError(format!("{what} {count} images? Nobody is here to answer: say --yes")).into());
    }
    eprint!("{what} {count} images? [y/N] ");
    std::io::stderr().flush()?;
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let Some(answer) = batch::unless_stopped(context, answer).await else { return Ok(None) };
    if is_yes(&answer??) { Ok(Some(())) } else { anyhow::bail!("nothing was done") }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// `known` are all images, each with whether it is as asked.
fn fitting(named: &[String], known: &[(&ImageId, bool)]) -> Result<Vec<ImageId>, UsageError> {
    let mut selected = BTreeSet::new();
    for name in named {
        let is_id = |id: &ImageId| id.as_str() == name;
        // An id may hold a bracket.
        if !is_pattern(name) || known.iter().any(|(id, _)| is_id(id)) {
            selected.insert(ImageId::new(name.as_str()).map_err(|error| UsageError(error.to_string()))?);
            continue;
        }
        let glob =
            Glob::new(name).map_err(|error| UsageError(format!("`{name}` is not a pattern: {}", error.kind())))?;
        let glob = glob.compile_matcher();
        let fitting: Vec<_> = known.iter().filter(|(id, as_asked)| *as_asked && glob.is_match(id.as_str())).collect();
        if fitting.is_empty() {
            let problem = if known.iter().any(|(id, _)| glob.is_match(id.as_str())) {
                format!("of the images that fit `{name}`, there is nothing to do with any")
            } else {
                format!("no image fits `{name}`")
            };
            return Err(UsageError(format!("{problem}; `skyfeed status --all` lists them")));
        }
        tracing::debug!(pattern = name, images = fitting.len(), "pattern");
        selected.extend(fitting.into_iter().map(|(id, _)| (*id).clone()));
    }
    Ok(selected.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use skyfeed_pipeline::id::ImageId;

    use super::{fitting, is_yes};

    fn ids(texts: &[&str]) -> Vec<ImageId> {
        texts.iter().map(|text| ImageId::new(*text).unwrap()).collect()
    }

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn fits(named: &[&str], known: &[&str]) -> Result<Vec<ImageId>, String> {
        let known = ids(known);
        let known: Vec<_> = known.iter().map(|id| (id, id.as_str() != "done")).collect();
        fitting(&names(named), &known).map_err(|error| error.to_string())
    }

    #[test]
    fn a_pattern_stands_for_what_is_known_and_an_id_for_itself() {
        assert_eq!(fits(&["new", "eso*", "eso1"], &["eso1", "eso2", "heic1"]), Ok(ids(&["eso1", "eso2", "new"])));
        assert_eq!(fits(&["*"], &["eso1", "done"]), Ok(ids(&["eso1"])));
        assert_eq!(fits(&["a[1]"], &["a1", "a[1]"]), Ok(ids(&["a[1]"])), "an id goes before a pattern");
    }

    #[test]
    fn what_cannot_be_an_image_is_named() {
        for (name, part) in [("../x", "`../x`"), ("noirlab*", "`noirlab*`"), ("[", "`[`"), ("don?", "nothing to do")] {
            let error = fits(&[name], &["eso1", "done"]).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn only_a_plain_yes_is_one() {
        assert!(["y\n", "Y\n", "yes\n", " YES \r\n"].iter().all(|answer| is_yes(answer)));
        assert!(!["\n", "", "n\n", "yess\n", "no\n"].iter().any(|answer| is_yes(answer)));
    }
}
