//! TIFF and BigTIFF: the first image of the file, in strips or tiles.
//!
//! Our own reader, because the `tiff` crate cannot read palettes, undoes the predictor wrongly where it leaves out
//! extra samples, and holds a strip in memory, which often is the whole image. Here a strip is decompressed row by row.

mod chunks;
mod compression;
mod directory;
mod fields;
mod frame;
mod lzw;
mod packbits;
mod prediction;
mod read;
mod samples;
mod section;
pub(super) mod tag;

use std::{
    fs::File,
    io::{Read, Seek},
};

use self::samples::TiffScanlines;
pub(super) use self::{directory::Directory, frame::Frame};
use super::{
    Content,
    header::{Inspected, Metadata},
    scanlines::{Layout, Scanlines},
};
use crate::pixels::{Limits, Orientation, PixelError};

const NAME: &str = "TIFF";

/// Reads the first directory.
pub(super) fn inspect(input: &mut (impl Read + Seek), limits: &Limits) -> Result<Inspected, PixelError> {
    let directory = Directory::read(input)?;
    let mut metadata = Metadata::default();
    let frame = read::read_frame(&directory, input, limits)?;
    match directory.unsigned(input, tag::ORIENTATION) {
        Ok(Some(number)) => match u32::try_from(number).ok().and_then(Orientation::from_exif) {
            Some(orientation) => metadata.orientation = orientation,
            None => metadata.warn(format!("ignoring the orientation: {number} is not a number from 1 to 8")),
        },
        Ok(None) => {}
        Err(_) => metadata.warn("ignoring the orientation: it is broken"),
    }
    metadata.xmp = embedded(&directory, input, tag::XMP, "XMP", limits, &mut metadata)?;
    metadata.icc = embedded(&directory, input, tag::ICC_PROFILE, "ICC profile", limits, &mut metadata)?;
    Ok(Inspected { size: frame.size, metadata, content: Content::Tiff(frame) })
}

/// Starts decoding.
pub(super) fn scanlines(file: File, frame: Frame) -> Result<(Layout, Box<dyn Scanlines>), PixelError> {
    let layout = frame.layout();
    Ok((layout, Box::new(TiffScanlines::new(file, frame)?)))
}

/// The bytes of a tag; broken ones are passed over with a warning, too many are refused.
fn embedded(
    directory: &Directory,
    input: &mut (impl Read + Seek),
    tag: u16,
    name: &str,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<Option<Vec<u8>>, PixelError> {
    let what = if tag == tag::XMP { "bytes of XMP" } else { "bytes of ICC profile" };
    limits.check_metadata(what, directory.count(tag))?;
    match directory.bytes(input, tag) {
        Ok(bytes) => Ok(bytes),
        Err(PixelError::Io(error)) => Err(PixelError::Io(error)),
        Err(_) => {
            metadata.warn(format!("ignoring the {name}: it lies outside the file"));
            Ok(None)
        }
    }
}
