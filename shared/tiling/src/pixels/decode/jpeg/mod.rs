//! JPEG: the headers by our own reader of segments, the pixels by libjpeg-turbo (`mozjpeg`), bit for bit as libjpeg.
//!
//! A file must reach its end-of-image marker. One that ends before is refused, as Pillow refuses it, even if only the
//! marker is missing: what lost its end may have lost more. Faults inside the data, which libjpeg passes over (and
//! fills with gray), are counted and become a warning.

mod decoder;
mod faults;
mod frame;
mod metadata;
mod segments;
mod source;

use std::{
    fs::File,
    io::{BufRead, Seek},
};

use self::{frame::FrameHeader, segments::Segments};
use super::{
    Content,
    demand::{Coding, Demand},
    header::Inspected,
    scanlines::{Color, Layout, Scanlines},
};
use crate::pixels::{Limits, PixelError, Size};

const NAME: &str = "JPEG";

/// Rows between libjpeg and the reader: three bands, and as many again within libjpeg.
const ROWS_IN_WORK: u64 = 2 * 3 * decoder::BAND_ROWS as u64;

/// More scans than any encoder writes (libjpeg's own script has 10). Each costs the time of the whole image, so that a
/// small file of many scans could hold a processor for hours.
const MAX_SCANS: u64 = 500;

/// What the decoder is checked against.
pub(super) struct Frame {
    size: Size,
    color: Color,
    /// All coefficients, 2 bytes each.
    coefficient_bytes: u64,
    several_scans: bool,
}

impl Frame {
    pub(super) fn demand(&self) -> Demand {
        let layout = Layout::new(self.color, false);
        let rows_bytes = ROWS_IN_WORK * u64::from(self.size.width) * layout.samples() as u64;
        Demand {
            memory_bytes: if self.several_scans { rows_bytes + self.coefficient_bytes } else { rows_bytes },
            lighter: self.several_scans.then_some("save it as a baseline JPEG"),
            sample_bytes: self.coefficient_bytes / 2,
            coding: if self.several_scans { Coding::ProgressiveJpeg } else { Coding::Jpeg },
            layout,
        }
    }
}

/// Reads the segments up to the first scan.
pub(super) fn inspect(input: &mut (impl BufRead + Seek), limits: &Limits) -> Result<Inspected, PixelError> {
    let mut metadata = metadata::Collector::default();
    let mut frame: Option<FrameHeader> = None;
    let mut segments = Segments::start(input)?;
    while let Some((marker, data)) = segments.next()? {
        match marker {
            segments::APP1 | segments::APP2 => metadata.take(marker, data, limits)?,
            segments::SOS => {
                let frame = frame.ok_or_else(|| PixelError::damaged(NAME, "a scan comes before the frame header"))?;
                let components_of_scan = data.first().copied().unwrap_or_default();
                let several_scans = frame.progressive || components_of_scan < frame.components;
                if several_scans {
                    limits.check_buffer("bytes for a JPEG of several scans", frame.coefficient_bytes)?;
                    check_scans(segments::count_scans(input)?)?;
                }
                let FrameHeader { size, coefficient_bytes, .. } = frame;
                let content = Content::Jpeg(Frame { size, color: frame.color(), coefficient_bytes, several_scans });
                return Ok(Inspected { size, metadata: metadata.finish(), content });
            }
            marker if frame::is_frame_header(marker) => {
                let header = FrameHeader::read(marker, data)?;
                limits.check_size(header.size)?;
                frame.get_or_insert(header);
            }
            _ => {}
        }
    }
    Err(PixelError::damaged(NAME, "it ends without a picture"))
}

/// Starts the decoder.
pub(super) fn scanlines(file: File, frame: Frame) -> Result<(Layout, Box<dyn Scanlines>), PixelError> {
    Ok((Layout::new(frame.color, false), Box::new(decoder::JpegScanlines::start(file, frame)?)))
}

fn check_scans(scans: u64) -> Result<(), PixelError> {
    if scans > MAX_SCANS {
        return Err(PixelError::Limit { what: "scans of a JPEG", asked: scans, allowed: MAX_SCANS });
    }
    Ok(())
}
