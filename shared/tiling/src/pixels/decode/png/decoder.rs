//! The pixels.

use std::{
    fs::File,
    io::{BufReader, Seek},
};

use png::{ColorType, Decoder, DecodingError, Limits, Reader, Transformations};

use super::{Frame, NAME};
use crate::pixels::{
    PixelError,
    decode::scanlines::{Color, Layout, Scanlines, buffer},
};

pub(super) struct PngScanlines {
    reader: Reader<BufReader<File>>,
    rows_left: u32,
    interlaced: bool,
    /// The whole image, if it is interlaced, once it is decoded.
    image: Vec<u8>,
    position: usize,
}

impl PngScanlines {
    pub(super) fn start(mut file: File, frame: Frame) -> Result<(Layout, Self), PixelError> {
        file.rewind()?;
        // For the rows and the few chunks that the crate keeps; what is large was checked before.
        let bytes = (64 << 20) + 16 * frame.size.width as usize;
        let mut decoder = Decoder::new_with_limits(BufReader::with_capacity(1 << 16, file), Limits { bytes });
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let reader = decoder.read_info().map_err(|error| failure("its headers", error))?;
        let layout = match reader.output_color_type().0 {
            ColorType::Grayscale => Layout::new(Color::Gray, false),
            ColorType::GrayscaleAlpha => Layout::new(Color::Gray, true),
            ColorType::Rgb | ColorType::Indexed => Layout::new(Color::Rgb, false),
            ColorType::Rgba => Layout::new(Color::Rgb, true),
        };
        let covers_image =
            |control: &png::FrameControl| (control.width, control.height) == (frame.size.width, frame.size.height);
        if reader.info().size() != (frame.size.width, frame.size.height)
            || !reader.info().frame_control.as_ref().is_none_or(covers_image)
        {
            return Err(PixelError::damaged(NAME, "its headers contradict each other"));
        }
        let scanlines =
            Self { reader, rows_left: frame.size.height, interlaced: frame.interlaced, image: Vec::new(), position: 0 };
        Ok((layout, scanlines))
    }

    fn read_interlaced(&mut self, row: &mut [u8]) -> Result<(), PixelError> {
        if self.image.is_empty() {
            let bytes = self.reader.output_buffer_size().unwrap_or(usize::MAX);
            self.image = buffer(bytes)?;
            self.reader.next_frame(&mut self.image).map_err(|error| failure("its interlaced rows", error))?;
        }
        let end = self.position + row.len();
        let stored =
            self.image.get(self.position..end).ok_or_else(|| PixelError::damaged(NAME, "it has too few rows"))?;
        row.copy_from_slice(stored);
        self.position = end;
        Ok(())
    }
}

impl Scanlines for PngScanlines {
    fn read_row(&mut self, row: &mut [u8]) -> Result<(), PixelError> {
        if self.interlaced {
            return self.read_interlaced(row);
        }
        let size = self.reader.info().size();
        let in_row = format!("row {} of {}", size.1 - self.rows_left + 1, size.1);
        if self.reader.read_row(row).map_err(|error| failure(&in_row, error))?.is_none() {
            return Err(PixelError::damaged(NAME, "it has too few rows"));
        }
        self.rows_left -= 1;
        if self.rows_left == 0 {
            // Nothing is read but what belongs to the last chunk, its checksum included.
            self.reader.read_row(&mut []).map_err(|error| failure("its last chunk", error))?;
        }
        Ok(())
    }
}

fn failure(part: &str, error: DecodingError) -> PixelError {
    match error {
        DecodingError::IoError(error) => PixelError::reading(NAME, part, error),
        error => PixelError::Damaged {
            format: NAME,
            problem: format!("{part} cannot be decoded"),
            source: Some(Box::new(error)),
        },
    }
}
