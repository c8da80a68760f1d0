//! The file types of tiles.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::super::PixelError;

/// What kind of file a tile is. All tiles of a pyramid are of one kind: WTML has one file type for an image set.
///
/// ```
/// use skyfeed_tiling::pixels::{PixelError, TileFormat};
///
/// let format: TileFormat = "jpg".parse()?;
/// assert_eq!((format.extension(), format.content_type()), ("jpg", "image/jpeg"));
/// assert_eq!(TileFormat::default(), TileFormat::Png);
/// # Ok::<(), PixelError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TileFormat {
    /// The pixels as they are, with transparency.
    #[default]
    Png,
    /// About the pixels, in a fraction of the bytes. Transparent parts, and what lies outside the picture, are on black.
    #[serde(rename = "jpg")]
    Jpeg,
}

impl TileFormat {
    /// All formats, the default first.
    pub const ALL: [Self; 2] = [Self::Png, Self::Jpeg];

    /// The extension of its files, without a dot; also the word for it in options and configurations.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }

    /// The MIME type of its files.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

impl fmt::Display for TileFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.extension())
    }
}

impl FromStr for TileFormat {
    type Err = PixelError;

    fn from_str(text: &str) -> Result<Self, PixelError> {
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == text)
            .ok_or_else(|| PixelError::Parameter(format!("unknown tile format {text:?}; known are png and jpg")))
    }
}

#[cfg(test)]
mod tests {
    use super::TileFormat;

    #[test]
    fn a_format_has_one_word_in_options_and_in_json() {
        for format in TileFormat::ALL {
            assert_eq!(format.to_string().parse::<TileFormat>().unwrap(), format);
            assert_eq!(serde_json::to_value(format).unwrap(), format.extension());
        }
        let error = "webp".parse::<TileFormat>().unwrap_err();
        assert_eq!(error.to_string(), "unknown tile format \"webp\"; known are png and jpg");
    }
}
