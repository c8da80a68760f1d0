//! From the tags of a directory to what they say of the pixels.

use std::io::{Read, Seek};

use super::{
    NAME,
    compression::Compression,
    directory::Directory,
    fields::Fields,
    frame::{Frame, Grid, unsupported},
    tag,
};
use crate::pixels::{Limits, PixelError, Size};

/// Reads and checks what a directory says of its pixels.
pub(super) fn read_frame(
    directory: &Directory,
    input: &mut (impl Read + Seek),
    limits: &Limits,
) -> Result<Frame, PixelError> {
    let mut fields = Fields { directory, input };
    let size = Size { width: fields.side(tag::IMAGE_WIDTH)?, height: fields.side(tag::IMAGE_LENGTH)? };
    limits.check_size(size)?;
    let samples = fields.number(tag::SAMPLES_PER_PIXEL, 1)? as usize;
    let bits = fields.uniform(tag::BITS_PER_SAMPLE, 1, samples, "bits")? as usize;
    match fields.uniform(tag::SAMPLE_FORMAT, 1, samples, "format")? {
        1 | 4 => {}
        2 => return Err(unsupported("signed samples; save it with unsigned samples of 8 or 16 bits")),
        3 => return Err(unsupported("floating-point samples; scale it to unsigned samples of 8 or 16 bits")),
        other => return Err(unsupported(&format!("samples of the format {other}"))),
    }
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return Err(unsupported(&format!("{bits} bits a sample; 1, 2, 4, 8 and 16 are read")));
    }
    let photometric = fields.photometric(bits)?;
    let colors = photometric.samples();
    if samples < colors {
        return Err(PixelError::damaged(NAME, format!("it has {samples} samples a pixel, but needs {colors}")));
    }
    if bits < 8 && (colors > 1 || samples > 1) {
        return Err(unsupported(&format!("{samples} samples of {bits} bits a pixel; 8 or 16 bits are read")));
    }
    let frame = Frame {
        size,
        order: directory.order,
        bits,
        samples,
        alpha: fields.alpha(&photometric, samples)?,
        photometric,
        planar: fields.one_or_two(tag::PLANAR_CONFIGURATION)? && samples > 1,
        horizontal_predictor: fields.predictor(bits)?,
        compression: Compression::of(fields.number(tag::COMPRESSION, 1)?)?,
        reversed_bits: fields.one_or_two(tag::FILL_ORDER)?,
        grid: Grid { tiled: false, width: size.width, height: size.height, chunks: Vec::new() },
    };
    let grid = fields.grid(&frame, limits)?;
    let frame = Frame { grid, ..frame };
    frame.check_buffers(limits)?;
    Ok(frame)
}
