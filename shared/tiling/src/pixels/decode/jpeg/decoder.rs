//! libjpeg on a thread of its own, which decodes a few rows ahead.
//!
//! The thread is not for speed: libjpeg's state must not move between threads, but rows may be read on any; and
//! where libjpeg cannot go on, its thread ends, and nothing else.

use std::{
    fs::File,
    io::Seek,
    mem,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread::{self, JoinHandle},
};

use mozjpeg::{ColorSpace, DctMethod, Decompress};

use super::{
    Frame, NAME,
    faults::{self, CannotGoOn},
    source::{Condition, Source},
};
use crate::{
    Warning,
    pixels::{
        PixelError,
        decode::scanlines::{Color, Layout, Scanlines, buffer},
    },
};

/// Rows that the thread hands over at a time: the height of the largest unit of common JPEGs.
pub(super) const BAND_ROWS: usize = 16;

pub(super) struct JpegScanlines {
    band: Vec<u8>,
    position: usize,
    rows_left: u32,
    /// Declared before the thread: dropped first, so that a thread whose rows nobody wants ends.
    bands: Option<Receiver<Vec<u8>>>,
    used: Sender<Vec<u8>>,
    thread: Option<JoinHandle<Result<u64, PixelError>>>,
    condition: Arc<Condition>,
    warnings: Vec<Warning>,
}

impl JpegScanlines {
    pub(super) fn start(mut file: File, frame: Frame) -> Result<Self, PixelError> {
        file.rewind()?;
        let (to_reader, bands) = sync_channel(1);
        let (used, from_reader) = channel();
        let rows_left = frame.size.height;
        let condition = Arc::new(Condition::default());
        let noted = Arc::clone(&condition);
        let thread = thread::Builder::new()
            .name("jpeg".into())
            .spawn(move || decode(file, &frame, &noted, &to_reader, &from_reader))?;
        Ok(Self {
            band: Vec::new(),
            position: 0,
            rows_left,
            bands: Some(bands),
            used,
            thread: Some(thread),
            condition,
            warnings: Vec::new(),
        })
    }

    /// Waits for the thread's end and takes its answer.
    fn finish(&mut self) -> Result<(), PixelError> {
        let Some(thread) = self.thread.take() else {
            return Err(PixelError::damaged(NAME, "its decoder has ended"));
        };
        let faults = thread.join().unwrap_or_else(|payload| {
            self.condition.check("its data")?;
            Err(match payload.downcast::<CannotGoOn>() {
                Ok(_) => PixelError::damaged(NAME, "the decoder cannot make sense of its tables or data"),
                Err(_) => PixelError::damaged(NAME, "the decoder failed"),
            })
        })?;
        if faults > 0 {
            self.warnings.push(Warning::new(format!(
                "the JPEG data have {faults} fault(s) that were passed over; parts of the picture may be wrong"
            )));
        }
        Ok(())
    }
}

impl Scanlines for JpegScanlines {
    fn read_row(&mut self, row: &mut [u8]) -> Result<(), PixelError> {
        if self.position == self.band.len() {
            // The thread may have gone; then its used band is not wanted either.
            let _ = self.used.send(mem::take(&mut self.band));
            match self.bands.as_ref().and_then(|bands| bands.recv().ok()) {
                Some(band) => self.band = band,
                None => {
                    self.finish()?;
                    return Err(PixelError::damaged(NAME, "it has too few rows"));
                }
            }
            self.position = 0;
        }
        let end = self.position + row.len();
        row.copy_from_slice(&self.band[self.position..end]);
        self.position = end;
        self.rows_left = self.rows_left.saturating_sub(1);
        if self.rows_left == 0 { self.finish() } else { Ok(()) }
    }

    fn take_warnings(&mut self) -> Vec<Warning> {
        mem::take(&mut self.warnings)
    }
}

impl Drop for JpegScanlines {
    fn drop(&mut self) {
        self.bands = None;
        if let Some(thread) = self.thread.take() {
            // Whatever it found, nobody asks any more.
            let _ = thread.join();
        }
    }
}

/// Decodes all rows and returns the number of faults that libjpeg passed over.
fn decode(
    file: File,
    frame: &Frame,
    condition: &Arc<Condition>,
    bands: &SyncSender<Vec<u8>>,
    used: &Receiver<Vec<u8>>,
) -> Result<u64, PixelError> {
    let check = |part: &str, result: std::io::Result<()>| {
        condition.check(part)?;
        result.map_err(|error| PixelError::reading(NAME, part, error))
    };
    let source = Source::new(file, Arc::clone(condition));
    let mut decoder = Decompress::builder()
        .with_err(faults::handler())
        .from_reader(source)
        .map_err(|error| PixelError::reading(NAME, "its headers", error))?;
    let (width, height) = (frame.size.width as usize, frame.size.height as usize);
    if decoder.size() != (width, height) {
        return Err(PixelError::damaged(NAME, "it has two frame headers that contradict each other"));
    }
    decoder.dct_method(DctMethod::IntegerSlow);
    decoder.do_fancy_upsampling(true);
    let mut decoder = decoder
        .to_colorspace(match frame.color {
            Color::Gray => ColorSpace::JCS_GRAYSCALE,
            Color::Rgb => ColorSpace::JCS_RGB,
            Color::Cmyk => ColorSpace::JCS_CMYK,
        })
        .map_err(|error| PixelError::reading(NAME, "its tables", error))?;
    let row_bytes = width * Layout::new(frame.color, false).samples();
    for first_row in (0..height).step_by(BAND_ROWS) {
        let rows = BAND_ROWS.min(height - first_row);
        let mut band = used.try_recv().unwrap_or_default();
        if band.len() != rows * row_bytes {
            band = buffer(rows * row_bytes)?;
        }
        let read = decoder.read_scanlines_into(&mut band).map(drop);
        check(&format!("row {} of {height}", first_row + 1), read)?;
        if frame.color == Color::Cmyk {
            // Ink is stored inverted, by a convention of Adobe that all writers follow and Pillow takes for granted.
            band.iter_mut().for_each(|sample| *sample = !*sample);
        }
        if bands.send(band).is_err() {
            return Ok(faults::count());
        }
    }
    check("its last rows", decoder.finish())?;
    Ok(faults::count())
}
