//! `skyfeed make-thumbnail`.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use skyfeed_tiling::pixels::{Orientation, make_thumbnail};

use crate::context::Context;
use crate::{
    exit::Exit,
    image_options::{self, ImageOptions},
};

/// Make the small picture that stands for an image in WorldWide Telescope
///
/// Writes a JPEG of at most 96 × 45 pixels, cut from the middle of the image.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed make-thumbnail picture.tif thumb.jpg")]
pub(crate) struct MakeThumbnail {
    /// The image: JPEG, PNG, TIFF or BigTIFF
    image: PathBuf,
    /// The JPEG file to write; one that is there is replaced
    out: PathBuf,
    #[command(flatten)]
    options: ImageOptions,
}

impl MakeThumbnail {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let image = image_options::open(&self.image)?;
        let orientation =
            if self.options.ignores_orientation() { Orientation::Normal } else { image.header().orientation };
        let cannot = || format!("cannot read `{}`", self.image.display());
        let (mut rows, warnings) = image.into_rows(&self.options.read_options()).with_context(cannot)?;
        let thumbnail = make_thumbnail(&mut *rows, orientation).with_context(cannot)?;
        fs::write(&self.out, thumbnail.to_jpeg()?).with_context(|| format!("cannot write `{}`", self.out.display()))?;

        let (width, height) = (thumbnail.width, thumbnail.height);
        for warning in &warnings {
            context.output.line(format_args!("warning: {warning}"))?;
        }
        context.output.line(format_args!("{}: {width} × {height} pixels", self.out.display()))?;
        let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        context.output.document(&json!({"out": self.out, "size_px": [width, height], "warnings": warnings}))?;
        Ok(Exit::Done)
    }
}
