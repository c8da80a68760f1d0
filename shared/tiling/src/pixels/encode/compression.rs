//! The presets of the user.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::super::PixelError;

/// How much time is spent on smaller PNG files. The pixels are the same with each. JPEG tiles know no presets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// Prefix codes only: about as large as toasty's tiles, in a hundredth of the time.
    #[default]
    Fast,
    /// Repetitions too, where a quick search finds enough of them: some percent smaller, for twice the time.
    Balanced,
    /// Repetitions by a longer search: about an eighth smaller, for five times the time.
    Small,
}

impl Compression {
    /// All presets, the fastest first.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Balanced, Self::Small];

    /// The word for it in options and configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Small => "small",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Compression {
    type Err = PixelError;

    fn from_str(text: &str) -> Result<Self, PixelError> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == text).ok_or_else(|| {
            PixelError::Parameter(format!("unknown compression {text:?}; known are fast, balanced and small"))
        })
    }
}
