//! Names of results and of people. All parts of both names of a result stand here.
//!
//! `pixels` names the result of tiling, `revision` what a person decides on: those pixels with place and texts. So a new title or a mended placement makes new
//! documents and a new decision, never new tiles.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use skyfeed_tiling::pixels::{CascadeMode, Compression, PIXELS_VERSION, PyramidOptions, TileFormat};

use crate::config::Config;

/// Rises whenever the same pixels, coordinates and texts give another document than before: another placement, another WTML, other texts. Then every image gets a new revision,
/// which people decide on; its tiles stay.
pub const STUDY_VERSION: u32 = 1;

const HEX_DIGITS: usize = 16;

/// Why a text is not the name of a result.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not a {what}: 16 lower-case hex digits are", .text.escape_debug())]
pub struct NameError {
    text: String,
    what: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Digests the parts, each with its length so that no two lists of parts look alike.
            pub fn of(parts: &[&[u8]]) -> Self {
                Self(digest(parts))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                if is_name(&text) { Ok(Self(text)) } else { Err(NameError { text, what: $what }) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

name! {
    /// Names the tiles of one image: the first 16 hex digits of a digest over everything that decides their bytes.
    ///
    /// ```
    /// use skyfeed_pipeline::names::Pixels;
    ///
    /// let pixels = Pixels::of(&[b"image", b"options"]);
    /// assert_eq!(pixels.as_str().len(), 16);
    /// assert!("../secrets".parse::<Pixels>().is_err());
    /// ```
    Pixels, "name of pixels"
}

name! {
    /// Names what a person decides on: pixels with place and texts. The first 16 hex digits of a digest over everything that decides the documents.
    ///
    /// If any of it changes, so does the revision, and a person looks at the result anew.
    Revision, "revision"
}

impl Pixels {
    /// The name of the tiles that an image file makes. `options` holds the orientation as the coordinates and the file together have it, and so decides whether
    /// pixels are turned.
    pub fn of_image(image_sha256: &str, options: &PyramidOptions) -> Self {
        let PyramidOptions { cascade, orientation, format, compression } = *options;
        // The EXIF value, a number that never changes its meaning.
        let options = options_text(cascade, &(orientation as u8), format, compression);
        Self::of(&[image_sha256.as_bytes(), options.as_bytes()])
    }
}

impl Revision {
    /// The name of the study that these pixels make with what a source's record (its bytes) says, or with the AVM inside the image.
    pub fn of_study(pixels: &Pixels, record: Option<&[u8]>) -> Self {
        let record = record_digest(record);
        Self::of(&[pixels.as_str().as_bytes(), &record, format!("study={STUDY_VERSION}").as_bytes()])
    }

    /// The name that the first edition gave to the study of an image: one for pixels and documents together. What stands under it is the same study, and need not
    /// be made and decided anew.
    pub(crate) fn of_first_edition(image_sha256: &str, record: Option<&[u8]>, config: &Config) -> Option<Self> {
        let record = record_digest(record);
        let same_rules = (PIXELS_VERSION, STUDY_VERSION) == (2, 1);
        same_rules.then(|| Self::of(&[image_sha256.as_bytes(), &record, options_of_feed(config).as_bytes()]))
    }
}

/// The input of the work `tile`: what lies in the inbox, and everything of the configuration and the rules that changes the result.
///
/// It is as the first edition had it while the rules of studies are, so that what was tiled then counts as done.
pub(crate) fn tile_input(inbox_version: &str, config: &Config) -> String {
    let options = options_of_feed(config);
    let study = format!(" study={STUDY_VERSION}");
    let options = if STUDY_VERSION == 1 { options } else { options + &study };
    digest(&[inbox_version.as_bytes(), options.as_bytes()])
}

/// The options of a feed, before it is known how an image is to be turned.
fn options_of_feed(config: &Config) -> String {
    let orientation = if config.ignore_orientation { "ignore" } else { "honor" };
    options_text(config.cascade, &orientation, config.tile_format, config.compression)
}

/// Everything but the image that decides the bytes of tiles. What is said of PNG stays as it was before there was a choice.
fn options_text(
    cascade: CascadeMode,
    orientation: &dyn fmt::Display,
    format: TileFormat,
    compression: Compression,
) -> String {
    let files = match format {
        TileFormat::Png => format!("compression={compression}"),
        TileFormat::Jpeg => format!("tile_format={format}"),
    };
    format!("pixels={PIXELS_VERSION} cascade={cascade} orientation={orientation} {files}")
}

/// Nothing for the AVM inside the image.
fn record_digest(record: Option<&[u8]>) -> Vec<u8> {
    record.map(|bytes| Sha256::digest(bytes).to_vec()).unwrap_or_default()
}

fn digest(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let mut hex = hex::encode(digest.finalize());
    hex.truncate(HEX_DIGITS);
    hex
}

fn is_name(text: &str) -> bool {
    text.len() == HEX_DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The longest name of a person, in bytes; encoded it must fit into a part of a key.
const LONGEST_PERSON: usize = 80;

/// Why a text is not the name of a person.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// It is empty.
    #[error("a decision needs the name of the person who takes it")]
    Empty,
    /// It is too long, or holds what nobody can see.
    #[error("the name of a person has at most {LONGEST_PERSON} bytes and no control characters")]
    Form,
}

/// A person who decides, by the name that keys bear: without spaces around it, and in Unicode's form NFC, so that one name is one person on every machine.
///
/// ```
/// use skyfeed_pipeline::names::Person;
///
/// assert_eq!(Person::new(" Jose\u{301} ")?, Person::new("José")?);
/// assert!(Person::new("  ").is_err());
/// # Ok::<(), skyfeed_pipeline::names::PersonError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Person(String);

impl Person {
    /// Takes a name as a person writes it.
    ///
    /// # Errors
    /// There is none, or it is too long or holds control characters.
    pub fn new(text: &str) -> Result<Self, PersonError> {
        let name = ComposingNormalizerBorrowed::new_nfc().normalize(text.trim()).into_owned();
        if name.is_empty() {
            return Err(PersonError::Empty);
        }
        if name.len() > LONGEST_PERSON || name.contains(char::is_control) {
            return Err(PersonError::Form);
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Person {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use skyfeed_tiling::pixels::{CascadeMode, Compression, Orientation, PyramidOptions, TileFormat};

    use super::{Pixels, Revision, tile_input};
    use crate::config::Config;

    #[test]
    fn parts_cannot_flow_into_one_another() {
        assert_ne!(Revision::of(&[b"ab", b"c"]), Revision::of(&[b"a", b"bc"]));
        assert_ne!(Revision::of(&[b"ab"]), Revision::of(&[b"ab", b""]));
        assert_eq!(Revision::of(&[]).as_str(), "e3b0c44298fc1c14");
    }

    #[test]
    fn all_that_turns_or_encodes_pixels_names_them_anew() {
        let plain = PyramidOptions::default();
        let others = [
            PyramidOptions { cascade: CascadeMode::AlphaWeighted, ..plain },
            PyramidOptions { orientation: Orientation::FlipVertical, ..plain },
            PyramidOptions { format: TileFormat::Jpeg, ..plain },
            PyramidOptions { compression: Compression::Small, ..plain },
        ];
        let mut names: Vec<Pixels> = others.iter().map(|options| Pixels::of_image("00", options)).collect();
        names.extend([Pixels::of_image("00", &plain), Pixels::of_image("01", &plain)]);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 6);
    }

    #[test]
    fn texts_name_a_revision_and_leave_the_pixels() {
        let pixels = Pixels::of_image("00", &PyramidOptions::default());
        let [a, b] =
            ["{\"title\": \"a\"}", "{\"title\": \"b\"}"].map(|text| Revision::of_study(&pixels, Some(text.as_bytes())));
        assert_ne!(a, b);
        assert_ne!(a, Revision::of_study(&pixels, None));
    }

    /// What the first edition tiled is done; these are its own names.
    #[test]
    fn the_names_of_the_first_edition_are_known() {
        let text = "source_type: directory\ndirectory:\n  path: x\npublish_url_prefix: http://example.org/\ncompression: fast\n";
        let config = Config::parse(text).unwrap();
        let options = super::options_of_feed(&config);
        assert_eq!(options, "pixels=2 cascade=compatible orientation=honor compression=fast");
        assert_eq!(tile_input("v", &config), Revision::of(&[b"v", options.as_bytes()]).to_string());
    }
}
