//! The options of the commands that read one image.

use std::path::Path;

use anyhow::Context;
use clap::{Args, ValueEnum};
use skyfeed_tiling::pixels::{ColorProcessing, Compression, Crop, ImageFile, Limits, ReadOptions, TileFormat};

use crate::error::UsageError;

/// How an image is read, in toasty's words.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Image options")]
pub(crate) struct ImageOptions {
    /// Cut pixels from the edges: one number for all, two (vertical, horizontal) or four
    #[arg(long, value_name = "TOP,RIGHT,BOTTOM,LEFT")]
    crop: Option<Crop>,
    /// Make black pixels transparent
    #[arg(long)]
    black_to_transparent: bool,
    /// What happens to the colors: to sRGB by the ICC profile inside, or none
    #[arg(long, value_name = "MODE", default_value = "srgb")]
    colorspace_processing: Colors,
    /// The EXIF orientation: honor it, or ignore it as toasty does
    #[arg(long, value_name = "MODE", default_value = "honor")]
    orientation: OrientationChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colors {
    Srgb,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OrientationChoice {
    Honor,
    Ignore,
}

impl ImageOptions {
    /// Whether the pixels are taken as they are stored.
    pub(crate) fn ignores_orientation(&self) -> bool {
        self.orientation == OrientationChoice::Ignore
    }

    /// What is cut away.
    pub(crate) fn crop(&self) -> Option<&Crop> {
        self.crop.as_ref()
    }

    /// How the pixels are read.
    pub(crate) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            crop: self.crop,
            black_to_transparent: self.black_to_transparent,
            color: match self.colorspace_processing {
                Colors::Srgb => ColorProcessing::Srgb,
                Colors::None => ColorProcessing::None,
            },
        }
    }
}

/// The preset of tiles: the one that was asked for, else the usual one.
///
/// # Errors
/// One was asked for, and the tiles have none.
pub(crate) fn compression(
    format: TileFormat,
    asked: Option<Compression>,
    usual: Compression,
) -> Result<Compression, UsageError> {
    if format == TileFormat::Jpeg && asked.is_some() {
        return Err(UsageError("--compression is for png tiles; leave it out with --format jpg".to_owned()));
    }
    Ok(asked.unwrap_or(usual))
}

/// Reads the headers of an image.
///
/// # Errors
/// There is no such file, or it is no image that can be read; the error names it.
pub(crate) fn open(image: &Path) -> anyhow::Result<ImageFile> {
    ImageFile::open(image, &Limits::default()).with_context(|| format!("cannot read `{}`", image.display()))
}
