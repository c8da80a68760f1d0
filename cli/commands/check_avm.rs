//! `skyfeed check-avm`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, json};
use skyfeed_pipeline::study::{self, Coordinates};

use crate::context::Context;
use crate::{error, exit::Exit, image_options};

/// Say whether an image has AVM metadata that put it on the sky
#[derive(Args, Debug)]
#[command(long_about = "\
Say whether an image has AVM metadata that put it on the sky

AVM (Astronomy Visualization Metadata) is how observatories write into a press image where on the sky it is, what it shows and who made it.")]
#[command(after_long_help = "\
Examples:
  skyfeed check-avm picture.jpg --print
  skyfeed check-avm picture.jpg --exitcode && skyfeed tile-study picture.jpg --avm --outdir picture")]
pub(crate) struct CheckAvm {
    /// The image: JPEG, PNG, TIFF or BigTIFF
    image: PathBuf,
    /// Print the metadata too
    #[arg(long)]
    print: bool,
    /// Exit with 1 if there is no metadata, or none that puts it on the sky
    #[arg(long)]
    exitcode: bool,
}

impl CheckAvm {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let image = image_options::open(&self.image)?;
        let header = image.header();
        let avm = study::avm_of(header);
        let tags = avm.as_ref().map(|avm| avm.tags()).unwrap_or_default();
        let placed = avm.as_ref().ok().map(|avm| study::place(header, &Coordinates::Avm(avm.clone()), None, false));
        let found = match (&avm, &placed) {
            _ if header.xmp.is_none() => "no AVM metadata: there is no XMP packet".to_owned(),
            (Err(error), _) => format!("no AVM metadata: {}", error::chain(error).join(": ")),
            (Ok(_), _) if tags.is_empty() => "no AVM metadata in its XMP packet".to_owned(),
            (Ok(_), Some(Ok(placed))) => format!(
                "AVM metadata: centre RA {:.5}° Dec {:+.5}°, rotation {:.3}°",
                placed.placement.place_ra_hours * 15.0,
                placed.placement.place_dec_deg,
                placed.placement.rotation_deg
            ),
            (Ok(_), Some(Err(error))) => {
                format!("AVM metadata that do not put it on the sky: {}", error::chain(error).join(": "))
            }
            (Ok(_), None) => "AVM metadata".to_owned(),
        };
        let usable = matches!(placed, Some(Ok(_)));
        let warnings: Vec<String> = avm.iter().flat_map(|avm| &avm.warnings).map(ToString::to_string).collect();

        let output = context.output;
        output.line(format_args!("{}: {found}", self.image.display()))?;
        for warning in &warnings {
            output.line(format_args!("  warning: {warning}"))?;
        }
        if self.print {
            for (tag, value) in &tags {
                output.line(format_args!("  {tag}: {value}"))?;
            }
        }
        output.document(&json!({
            "image": self.image,
            "has_avm": !tags.is_empty(),
            "usable": usable,
            "found": found,
            "warnings": warnings,
            "tags": tags.into_iter().map(|(tag, value)| (tag.to_owned(), value.into())).collect::<Map<_, _>>(),
        }))?;
        Ok(if self.exitcode && !usable { Exit::Failed } else { Exit::Done })
    }
}
