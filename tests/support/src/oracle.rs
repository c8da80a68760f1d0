//! The cases of the oracle: inputs with the outputs of toasty.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    files::{files, same_files},
    pixels::{Tolerance, same_tile},
    wtml::Element,
};

/// One folder of `tests/data/oracle`.
#[derive(Debug)]
pub struct Case {
    folder: PathBuf,
    description: Description,
}

/// `case.json`.
#[derive(Debug, Deserialize)]
struct Description {
    pixel_compare: String,
    #[serde(default)]
    tolerance: BTreeMap<String, Value>,
    #[serde(default)]
    tiles: Vec<String>,
    #[serde(default)]
    corrected: BTreeMap<String, Value>,
}

impl Case {
    /// Opens a case by the name of its folder.
    ///
    /// # Errors
    /// There is no such case.
    pub fn open(name: &str) -> Result<Self> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/oracle")).join(name);
        let file = folder.join("case.json");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let description = serde_json::from_str(&text).with_context(|| format!("cannot parse {}", file.display()))?;
        Ok(Self { folder, description })
    }

    /// The folder of the inputs.
    pub fn input(&self) -> PathBuf {
        self.folder.join("input")
    }

    /// The folder of what toasty made.
    pub fn expected(&self) -> PathBuf {
        self.folder.join("expected")
    }

    /// The folder of the case, for what only some cases have.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The tiles, as paths relative to [`expected`](Self::expected).
    pub fn tiles(&self) -> &[String] {
        &self.description.tiles
    }

    /// How far pixels may be from toasty's.
    ///
    /// # Errors
    /// `case.json` does not say.
    pub fn tolerance(&self) -> Result<Tolerance> {
        let bound =
            |name: &str| self.description.tolerance.get(name).and_then(Value::as_f64).context("no tolerance is given");
        match self.description.pixel_compare.as_str() {
            "exact" => Ok(Tolerance::EXACT),
            "tolerance" => Ok(Tolerance { max_abs: bound("max_abs")?, mean_abs: bound("mean_abs")? }),
            other => bail!("`{other}` is no way to compare pixels"),
        }
    }

    /// Checks that the PNG files below `made` are the tiles of this case, no more and no fewer, with the same pixels.
    ///
    /// # Errors
    /// They are not; the error says which and where.
    pub fn check_tiles(&self, made: &Path) -> Result<()> {
        let tolerance = self.tolerance()?;
        let found = files(made)?.into_iter().filter(|name| name.ends_with(".png")).collect();
        same_files(&self.tiles().iter().cloned().collect(), &found)?;
        self.tiles().iter().try_for_each(|tile| same_tile(&self.expected().join(tile), &made.join(tile), tolerance))
    }

    /// The expected WTML document of that name, with the corrections that the case demands where toasty is wrong.
    ///
    /// # Errors
    /// There is no such document.
    pub fn wtml(&self, name: &str) -> Result<Element> {
        let file = self.expected().join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut document: Element = text.parse()?;
        for (element, attributes) in &self.description.corrected {
            for (attribute, value) in attributes.as_object().into_iter().flatten() {
                document.set(element, attribute, &value.to_string());
            }
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wtml::same_wtml;

    /// Copies what toasty made in a case, so that a test can spoil the copy.
    fn copy(case: &Case) -> Result<tempfile::TempDir> {
        let copy = tempfile::tempdir()?;
        for name in files(&case.expected())? {
            let to = copy.path().join(&name);
            fs::create_dir_all(to.parent().context("no parent")?)?;
            fs::copy(case.expected().join(&name), to)?;
        }
        Ok(copy)
    }

    #[test]
    fn the_output_of_toasty_passes_in_every_case_with_tiles() -> Result<()> {
        for folder in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/oracle"))? {
            let name = folder?.file_name().into_string().ok().context("a name that is not UTF-8")?;
            if name != "21_reindex" {
                let case = Case::open(&name)?;
                assert!(!case.tiles().is_empty());
                case.check_tiles(&case.expected()).context(name)?;
            }
        }
        Ok(())
    }

    #[test]
    fn a_missing_tile_fails() -> Result<()> {
        let case = Case::open("08_study_crop_black")?;
        let made = copy(&case)?;
        fs::remove_file(made.path().join("0/0/0_0.png"))?;
        assert!(case.check_tiles(made.path()).is_err());
        Ok(())
    }

    #[test]
    fn a_surplus_tile_fails() -> Result<()> {
        let case = Case::open("08_study_crop_black")?;
        let made = copy(&case)?;
        fs::copy(made.path().join("0/0/0_0.png"), made.path().join("9_9.png"))?;
        assert!(case.check_tiles(made.path()).is_err());
        Ok(())
    }

    #[test]
    fn the_pixels_of_another_tile_fail() -> Result<()> {
        let case = Case::open("01_study_plain_300x200")?;
        let made = copy(&case)?;
        fs::copy(made.path().join("1/0/0_0.png"), made.path().join("1/1/0_1.png"))?;
        assert!(case.check_tiles(made.path()).is_err());
        Ok(())
    }

    #[test]
    fn corrections_replace_the_values_of_toasty() -> Result<()> {
        let case = Case::open("07_study_small_untiled")?;
        let original: Element = fs::read_to_string(case.expected().join("index_rel.wtml"))?.parse()?;
        let corrected = case.wtml("index_rel.wtml")?;
        let error = same_wtml(&corrected, &original, &[]).unwrap_err().to_string();
        assert!(error.contains("OffsetX: expected Some(\"128.0\"), found Some(\"100\")"), "{error}");
        same_wtml(&corrected, &original, &["@OffsetX", "@OffsetY"])
    }
}
