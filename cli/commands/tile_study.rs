//! `skyfeed tile-study`.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use skyfeed_pipeline::study::{self, Coordinates, PlacedStudy, StudyText};
use skyfeed_tiling::{
    pixels::{
        CascadeMode, Compression, ImageFile, Pyramid, PyramidOptions, Study, Thumbnail, TileFormat, make_pyramid,
    },
    sky::{Avm, fits},
};
use skyfeed_wtml::{Folder, Item};

use crate::context::Context;
use crate::{
    exit::Exit,
    image_options::{self, ImageOptions},
    outdir::Outdir,
    progress::Progress,
    shell::quoted,
};

/// toasty's name for a study without one.
const DEFAULT_NAME: &str = "Toasty";

/// Cut one image into a tile pyramid, without any feed
///
/// Writes tiles, a thumbnail and index_rel.wtml as `toasty tile-study` does, all levels in one go. The place on the sky comes from AVM
/// metadata (--avm, --avm-from) or from a FITS header (--fits-wcs); without them, the image is put where the sky has its origin.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed tile-study picture.tif --avm --outdir picture && skyfeed serve picture
  skyfeed tile-study picture.png --fits-wcs picture.fits --name 'NGC 253' --outdir ngc253
  skyfeed tile-study allsky.jpg --avm --format jpg --outdir allsky")]
pub(crate) struct TileStudy {
    /// The image: JPEG, PNG, TIFF or BigTIFF
    image: PathBuf,
    /// The folder to write into; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    outdir: PathBuf,
    /// Write into a folder that is not empty; the study in it is replaced
    #[arg(long)]
    force: bool,
    /// The title [default: that of the AVM, else Toasty]
    #[arg(long)]
    name: Option<String>,
    /// Take the place on the sky and the texts from the AVM metadata inside the image
    #[arg(long)]
    avm: bool,
    /// Take them from the AVM metadata inside another image
    #[arg(long, value_name = "IMAGE", conflicts_with = "avm")]
    avm_from: Option<PathBuf>,
    /// Take the place on the sky from the header of a FITS file
    #[arg(long, value_name = "FITS", conflicts_with_all = ["avm", "avm_from"])]
    fits_wcs: Option<PathBuf>,
    /// Write a black thumbnail
    #[arg(long)]
    placeholder_thumbnail: bool,
    /// How a level is made of the one below: compatible is toasty's way, alpha-weighted leaves no dark fringes
    #[arg(long, value_name = "MODE", default_value_t)]
    cascade: CascadeMode,
    /// What kind of files tiles are: png or jpg
    ///
    /// jpg makes a seventh of the bytes of a noisy sky, and up to half of those of a flat picture, in about the same time. It suits opaque
    /// pictures that are looked at and not measured: pixels are not quite the same, and without transparency, what was transparent and the
    /// margin of the outermost tiles are black.
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: TileFormat,
    /// How much time is spent on smaller png tiles: fast, balanced or small; the pixels are the same [default: fast]
    #[arg(long, value_name = "PRESET")]
    compression: Option<Compression>,
    #[command(flatten)]
    options: ImageOptions,
}

impl TileStudy {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let compression = image_options::compression(self.format, self.compression, Compression::default())?;
        let image = image_options::open(&self.image)?;
        let (coordinates, text) = self.describe(&image)?;
        let mut placed =
            study::place(image.header(), &coordinates, self.options.crop(), self.options.ignores_orientation())
                .with_context(|| format!("cannot put `{}` on the sky", self.image.display()))?;
        if let Coordinates::Avm(avm) = &coordinates {
            placed.warnings.extend(avm.warnings.iter().cloned());
        }
        let outdir = Outdir::prepare(&self.outdir, self.force)?;
        let made = self.make(context, image, compression, &placed, &text, &outdir);
        if context.interrupt.is_set() {
            return Ok(context.interrupt.exit_or(Exit::Done));
        }
        let (pyramid, warnings) = made.with_context(|| format!("cannot tile `{}`", self.image.display()))?;
        outdir.finish()?;

        let warnings: Vec<String> = placed.warnings.iter().chain(&warnings).map(ToString::to_string).collect();
        self.tell(context, &placed, &text, &pyramid, &warnings)?;
        Ok(Exit::Done)
    }

    /// Where the image is, and what is said of it.
    fn describe(&self, image: &ImageFile) -> anyhow::Result<(Coordinates, StudyText)> {
        let avm = |image: &ImageFile, path: &Path| -> anyhow::Result<Box<Avm>> {
            study::avm_of(image.header())
                .with_context(|| format!("cannot use the AVM metadata of `{}`", path.display()))
        };
        let avm = match (&self.avm_from, self.avm) {
            (Some(other), _) => Some(avm(&image_options::open(other)?, other)?),
            (None, true) => Some(avm(image, &self.image)?),
            (None, false) => None,
        };
        let mut text = match &avm {
            Some(avm) => StudyText::from_avm(avm, DEFAULT_NAME),
            None => StudyText { name: DEFAULT_NAME.to_owned(), ..StudyText::default() },
        };
        if let Some(name) = &self.name {
            text.name.clone_from(name);
        }
        let coordinates = match (avm, &self.fits_wcs) {
            (Some(avm), _) => Coordinates::Avm(avm),
            (None, Some(path)) => Coordinates::Fits(
                File::open(path)
                    .map_err(Into::into)
                    .and_then(fits::read_wcs)
                    .with_context(|| format!("cannot use the header of `{}`", path.display()))?,
            ),
            (None, None) => Coordinates::Nowhere,
        };
        Ok((coordinates, text))
    }

    /// Whether nobody said where the image is.
    fn is_nowhere(&self) -> bool {
        !self.avm && self.avm_from.is_none() && self.fits_wcs.is_none()
    }

    fn make(
        &self,
        context: &Context,
        image: ImageFile,
        compression: Compression,
        placed: &PlacedStudy,
        text: &StudyText,
        outdir: &Outdir,
    ) -> anyhow::Result<(Pyramid, Vec<skyfeed_tiling::Warning>)> {
        let (mut rows, warnings) = image.into_rows(&self.options.read_options())?;
        let study = Study::new(placed.orientation.displayed_size(rows.size()));
        let progress = Progress::start(context.output, "tiling", usize::try_from(study.tile_count())?);
        let format = self.format;
        let options = PyramidOptions { cascade: self.cascade, orientation: placed.orientation, format, compression };
        let pyramid = make_pyramid(&mut *rows, &options, &|tile, file| {
            if context.interrupt.is_set() {
                return Err(std::io::ErrorKind::Interrupted.into());
            }
            progress.advance();
            outdir.write(&format!("{}.{format}", tile.toasty_path()), &file)
        })?;
        let thumbnail = if self.placeholder_thumbnail { Thumbnail::placeholder() } else { pyramid.thumbnail.clone() };
        outdir.write("thumb.jpg", &thumbnail.to_jpeg()?)?;
        let mut folder = study::folder(&placed.placement, text, pyramid.study.tile_levels(), &tile_url(format), format);
        if self.is_nowhere() {
            forget_constellations(&mut folder);
        }
        outdir.write("index_rel.wtml", folder.to_xml().as_bytes())?;
        Ok((pyramid, warnings))
    }

    fn tell(
        &self,
        context: &Context,
        placed: &PlacedStudy,
        text: &StudyText,
        pyramid: &Pyramid,
        warnings: &[String],
    ) -> anyhow::Result<()> {
        let (output, out) = (context.output, self.outdir.display());
        let (size, levels, tiles) = (pyramid.study.size(), pyramid.study.tile_levels(), pyramid.tiles);
        let placement = &placed.placement;
        let (ra, dec) = (placement.place_ra_hours * 15.0, placement.place_dec_deg);
        let nowhere = self.is_nowhere();
        for warning in warnings {
            output.line(format_args!("warning: {warning}"))?;
        }
        output.line(format_args!(
            "{out}: {}, {} × {} pixels, levels 0 to {levels}, {tiles} tiles",
            text.name, size.width, size.height
        ))?;
        if nowhere {
            output.line("no coordinates: it is at RA 0°, Dec 0°; give --avm or --fits-wcs to put it in its place")?;
        } else {
            let rotation = placement.rotation_deg;
            output.line(format_args!("centre RA {ra:.5}° Dec {dec:+.5}°, rotation {rotation:.3}°"))?;
        }
        output.line(format_args!("look at it: skyfeed serve {}", quoted(&self.outdir.to_string_lossy())))?;
        output.document(&json!({
            "outdir": self.outdir,
            "name": text.name,
            "size_px": [size.width, size.height],
            "tile_levels": levels,
            "tiles": tiles,
            "has_coordinates": !nowhere,
            "center_ra_deg": ra,
            "center_dec_deg": dec,
            "rotation_deg": placement.rotation_deg,
            "warnings": warnings,
        }))
    }
}

/// Where the tiles are, relative to the WTML: `level/y/y_x`.
fn tile_url(format: TileFormat) -> String {
    format!("{{1}}/{{3}}/{{3}}_{{2}}.{format}")
}

/// A place that stands for none is in no constellation.
fn forget_constellations(folder: &mut Folder) {
    for item in &mut folder.children {
        if let Item::Place(place) = item {
            place.constellation = None;
        }
    }
}
