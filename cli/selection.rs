//! Which images a command is about: ids and patterns of a command line.

use std::collections::BTreeSet;

use globset::Glob;
use skyfeed_pipeline::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    status::{ImageStatus, status},
};

use crate::exit::UsageError;

/// The images whose status is as asked, by id.
///
/// # Errors
/// A store or the ledger failed.
pub(crate) async fn in_state(
    env: &Environment,
    asked: impl Fn(&ImageStatus) -> bool,
) -> Result<Vec<ImageId>, StepError> {
    Ok(status(env).await?.into_iter().filter(asked).map(|image| image.id).collect())
}

/// The images that are named. A pattern (`*`, `?`, `[a-z]`) stands for those of `known` that it fits; an id stands for itself, known or not.
///
/// # Errors
/// Something is neither an id nor a pattern, or a pattern fits nothing.
pub(crate) fn select(named: &[String], known: &[ImageId]) -> Result<Vec<ImageId>, UsageError> {
    let mut selected = BTreeSet::new();
    for name in named {
        if !name.contains(['*', '?', '[']) {
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

    use super::select;

    fn ids(texts: &[&str]) -> Vec<ImageId> {
        texts.iter().map(|text| ImageId::new(*text).unwrap()).collect()
    }

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_pattern_stands_for_what_is_known_and_an_id_for_itself() {
        let known = ids(&["eso1", "eso2", "heic1"]);
        assert_eq!(select(&names(&["new", "eso*", "eso1"]), &known).unwrap(), ids(&["eso1", "eso2", "new"]));
    }

    #[test]
    fn what_cannot_be_an_image_is_named() {
        for (name, part) in [("../x", "`../x`"), ("noirlab*", "`noirlab*`"), ("[", "`[`")] {
            let error = select(&names(&[name]), &ids(&["eso1"])).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
