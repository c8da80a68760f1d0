//! `skyfeed plan`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use skyfeed_pipeline::{environment::cores, plan::Plan as Reckoned};
use skyfeed_tiling::pixels::{Compression, Cost, Format, Orientation, PyramidOptions, TileFormat};

use crate::context::Context;
use crate::{
    cloud::{self, Bill},
    exit::Exit,
    image_options::{self, ImageOptions},
    report,
};

/// Say what images would cost: tiles, memory, time, requests and dollars
///
/// Reads the header of each image and no pixels, so it takes no time, whatever the size. Tiles and requests are exact, memory is a bound from above, seconds and
/// megabytes of tiles are estimates for noisy pictures on one core of a server of 2025. AWS: with TileMemory as named, at the prices of us-east-1 in
/// 2025, which change; docs/deploying.md explains them. An image that fits into no function is named, with what to do.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  skyfeed plan picture.tif
  skyfeed plan --compression fast --crop 100 pictures/*.jpg
  skyfeed plan --json *.tif | jq '.images[] | select(.memory_bytes > 1e9) | .image'")]
pub(crate) struct Plan {
    /// The images: JPEG, PNG, TIFF or BigTIFF
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// What kind of files tiles are: png or jpg
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: TileFormat,
    /// How much time is spent on smaller png tiles: fast, balanced or small [default: small, as in a feed]
    #[arg(long, value_name = "PRESET")]
    compression: Option<Compression>,
    #[command(flatten)]
    options: ImageOptions,
}

impl Plan {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let compression = image_options::compression(self.format, self.compression, Compression::Small)?;
        let encoding = if self.format == TileFormat::Jpeg { "jpg" } else { compression.as_str() };
        let mut sum = Sum::default();
        let mut documents = Vec::new();
        let mut exit = Exit::Done;
        for path in &self.images {
            match self.reckon(path, compression) {
                Ok((format, plan)) => {
                    let bill = cloud::bill(&plan);
                    self.tell(context, path, format, encoding, &plan, bill.as_ref())?;
                    documents.push(document(path, &plan, bill.as_ref()));
                    sum.add(&plan, bill.as_ref());
                }
                Err(error) => {
                    report::tell(&error, context.output.is_json(), &context.feed);
                    let transient = report::is_transient(&error);
                    exit = if transient || exit == Exit::TryAgain { Exit::TryAgain } else { Exit::Failed };
                }
            }
        }
        if self.images.len() > 1 {
            context.output.line(sum.line())?;
        }
        context.output.document(&json!({"images": documents}))?;
        Ok(exit)
    }

    fn reckon(&self, path: &Path, compression: Compression) -> anyhow::Result<(Format, Reckoned)> {
        let image = image_options::open(path)?;
        let header = image.header();
        let orientation = if self.options.ignores_orientation() { Orientation::Normal } else { header.orientation };
        let pyramid = PyramidOptions { orientation, format: self.format, compression, ..PyramidOptions::default() };
        let cost = Cost::of(&image, &self.options.read_options(), &pyramid, cores())?;
        Ok((header.format, Reckoned::new(cost)))
    }

    fn tell(
        &self,
        context: &Context,
        path: &Path,
        format: Format,
        encoding: &str,
        plan: &Reckoned,
        bill: Option<&Bill>,
    ) -> anyhow::Result<()> {
        let (output, cost, requests) = (context.output, &plan.cost, &plan.requests);
        let format = match format {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Tiff => "TIFF",
        };
        let size = cost.study.size();
        output.line(format_args!(
            "{}: {format}, {} × {} pixels, {}",
            path.display(),
            size.width,
            size.height,
            megabytes(cost.file_bytes)
        ))?;
        let levels = cost.study.tile_levels();
        let (tiles, bytes) = (cost.tiles(), megabytes(cost.tile_bytes));
        output.line(format_args!("  pyramid    levels 0 to {levels}, {tiles} tiles, about {bytes}"))?;
        let lighter = cost.lighter.filter(|_| cost.memory_bytes > MUCH_MEMORY_BYTES);
        let lighter = lighter.map(|lighter| format!("; {lighter} and it takes far less")).unwrap_or_default();
        output.line(format_args!("  memory     up to {}{lighter}", megabytes(cost.memory_bytes)))?;
        output.line(format_args!(
            "  processor  about {} with `{encoding}`, {} on the {} cores here",
            seconds(cost.cpu_seconds()),
            seconds(cost.seconds_on(cores() as f64)),
            cores()
        ))?;
        output.line(format_args!(
            "  requests   {} writes by tile; {} writes and {} reads by publish",
            requests.tile_writes, requests.publish_writes, requests.reads
        ))?;
        match bill {
            Some(bill) => output.line(format_args!("  on AWS     {}", bill.words)),
            None => Ok(()),
        }
    }
}

/// From here on it is worth the trouble to save an image in another way.
const MUCH_MEMORY_BYTES: u64 = 256_000_000;

/// What several images cost together.
#[derive(Default)]
struct Sum {
    images: usize,
    tiles: u64,
    tile_bytes: u64,
    cpu_seconds: f64,
    /// Of those that fit into a function: once, and each month.
    dollars: Option<(f64, f64)>,
}

impl Sum {
    fn add(&mut self, plan: &Reckoned, bill: Option<&Bill>) {
        self.images += 1;
        self.tiles += plan.cost.tiles();
        self.tile_bytes += plan.cost.tile_bytes;
        self.cpu_seconds += plan.cost.cpu_seconds();
        if let Some((once, monthly)) = bill.and_then(|bill| bill.dollars) {
            let (once_before, monthly_before) = self.dollars.unwrap_or_default();
            self.dollars = Some((once_before + once, monthly_before + monthly));
        }
    }

    fn line(&self) -> String {
        let Self { images, tiles, .. } = self;
        let mut line = format!(
            "together: {images} images, {tiles} tiles, about {}, {} of processor",
            megabytes(self.tile_bytes),
            seconds(self.cpu_seconds)
        );
        if let Some((once, monthly)) = self.dollars {
            line += &format!("; on AWS ${once:.3} once, ${monthly:.4} a month");
        }
        line
    }
}

fn document(path: &Path, plan: &Reckoned, bill: Option<&Bill>) -> Value {
    let (cost, requests) = (&plan.cost, &plan.requests);
    let size = cost.study.size();
    json!({
        "image": path,
        "size_px": [size.width, size.height],
        "tile_levels": cost.study.tile_levels(),
        "tiles": cost.tiles(),
        "tile_bytes": cost.tile_bytes,
        "memory_bytes": cost.memory_bytes,
        "disk_bytes": cost.file_bytes,
        "cpu_seconds": cost.cpu_seconds(),
        "seconds_here": cost.seconds_on(cores() as f64),
        "requests": {
            "tile_writes": requests.tile_writes,
            "publish_writes": requests.publish_writes,
            "publish_reads": requests.reads,
        },
        "aws": bill.map(|bill| &bill.document),
    })
}

fn megabytes(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        small @ ..10.0 => format!("{small:.1} MB"),
        large => format!("{large:.0} MB"),
    }
}

fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.1 => "0.1 s".to_owned(),
        ..10.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}
