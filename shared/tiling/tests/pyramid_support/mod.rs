//! Pictures in memory, and what a pyramid is by definition, made the slow way: on the whole square at once.

#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "each test program uses a part of this")]

use std::{collections::BTreeMap, fs::File, io::BufReader, path::PathBuf, sync::Mutex};

use skyfeed_tiling::pixels::{
    CascadeMode, Channels, Orientation, PixelError, Pyramid, PyramidOptions, RowSource, Size, TilePos, make_pyramid,
};

pub(crate) type Tiles = BTreeMap<TilePos, Picture>;

pub(crate) const ORIENTATIONS: [Orientation; 8] = [
    Orientation::Normal,
    Orientation::FlipHorizontal,
    Orientation::Rotate180,
    Orientation::FlipVertical,
    Orientation::Transpose,
    Orientation::Rotate90,
    Orientation::Transverse,
    Orientation::Rotate270,
];

/// A picture in memory as RGBA; `channels` is what its rows are read as.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) size: Size,
    pub(crate) channels: Channels,
    pub(crate) pixels: Vec<[u8; 4]>,
}

impl Picture {
    pub(crate) fn from_fn(size: Size, channels: Channels, mut pixel: impl FnMut(u32, u32) -> [u8; 4]) -> Self {
        let mut pixels = Vec::new();
        for y in 0..size.height {
            pixels.extend((0..size.width).map(|x| match channels {
                Channels::Rgb => opaque(pixel(x, y)),
                Channels::Rgba => pixel(x, y),
            }));
        }
        Self { size, channels, pixels }
    }

    /// Noise with patches of alpha 0 (and colour under it), alpha 255, and alpha between.
    pub(crate) fn noise(size: Size, channels: Channels, seed: u32) -> Self {
        let mut state = seed | 1;
        Self::from_fn(size, channels, |x, y| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let [red, green, blue, alpha] = state.to_le_bytes();
            let patch = (x / 61 + y / 47 + seed % 5) % 4;
            [red, green, blue, [0, 255, alpha, alpha % 3][patch as usize]]
        })
    }

    pub(crate) fn read_png(file: impl std::io::BufRead + std::io::Seek) -> Self {
        let mut decoder = png::Decoder::new(file);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let (channels, pixels) = match info.color_type {
            png::ColorType::Grayscale => (Channels::Rgb, bytes.iter().map(|&gray| [gray, gray, gray, 255]).collect()),
            png::ColorType::Rgb => {
                (Channels::Rgb, bytes.as_chunks().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect())
            }
            png::ColorType::Rgba => (Channels::Rgba, bytes.as_chunks().0.to_vec()),
            png::ColorType::GrayscaleAlpha => {
                (Channels::Rgba, bytes.as_chunks().0.iter().map(|&[gray, alpha]| [gray, gray, gray, alpha]).collect())
            }
            png::ColorType::Indexed => panic!("a palette is expanded by the decoder"),
        };
        Self { size: Size { width: info.width, height: info.height }, channels, pixels }
    }

    pub(crate) fn open_png(path: PathBuf) -> Self {
        Self::read_png(BufReader::new(File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))))
    }

    pub(crate) fn read_jpeg(file: &[u8]) -> Self {
        let mut decoder = mozjpeg::Decompress::new_mem(file).unwrap().rgb().unwrap();
        let size = Size { width: decoder.width() as u32, height: decoder.height() as u32 };
        let pixels: Vec<[u8; 3]> = decoder.read_scanlines().unwrap();
        decoder.finish().unwrap();
        let pixels = pixels.into_iter().map(|[r, g, b]| [r, g, b, 255]).collect();
        Self { size, channels: Channels::Rgb, pixels }
    }

    pub(crate) fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        self.pixels[(y * self.size.width + x) as usize]
    }

    pub(crate) fn crop(&self, left: u32, top: u32, size: Size) -> Self {
        Self::from_fn(size, self.channels, |x, y| self.pixel(left + x, top + y))
    }

    /// The displayed picture, by the words of Exif: which side the stored first row and first column show.
    pub(crate) fn turned(&self, orientation: Orientation) -> Self {
        let Size { width, height } = self.size;
        let (last_x, last_y) = (width - 1, height - 1);
        let swapped = Size { width: height, height: width };
        let (size, source): (Size, &dyn Fn(u32, u32) -> (u32, u32)) = match orientation {
            Orientation::Normal => (self.size, &|x, y| (x, y)),
            Orientation::FlipHorizontal => (self.size, &|x, y| (last_x - x, y)),
            Orientation::Rotate180 => (self.size, &|x, y| (last_x - x, last_y - y)),
            Orientation::FlipVertical => (self.size, &|x, y| (x, last_y - y)),
            Orientation::Transpose => (swapped, &|x, y| (y, x)),
            Orientation::Rotate90 => (swapped, &|x, y| (y, last_y - x)),
            Orientation::Transverse => (swapped, &|x, y| (last_x - y, last_y - x)),
            Orientation::Rotate270 => (swapped, &|x, y| (last_x - y, x)),
        };
        Self::from_fn(size, self.channels, |x, y| {
            let (x, y) = source(x, y);
            self.pixel(x, y)
        })
    }

    pub(crate) fn rows(&self) -> Rows {
        let bytes = match self.channels {
            Channels::Rgba => self.pixels.as_flattened().to_vec(),
            Channels::Rgb => self.pixels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect(),
        };
        Rows { size: self.size, channels: self.channels, bytes, at: 0, fail_at_row: None }
    }
}

pub(crate) fn opaque([red, green, blue, _]: [u8; 4]) -> [u8; 4] {
    [red, green, blue, 255]
}

/// The rows of a picture; reading on after the last one is an error.
pub(crate) struct Rows {
    pub(crate) size: Size,
    pub(crate) channels: Channels,
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: usize,
    pub(crate) fail_at_row: Option<usize>,
}

impl RowSource for Rows {
    fn size(&self) -> Size {
        self.size
    }

    fn channels(&self) -> Channels {
        self.channels
    }

    fn read_rows(&mut self, rows: &mut [u8]) -> Result<(), PixelError> {
        let row_bytes = self.size.width as usize * self.channels.bytes_per_pixel();
        assert_eq!(rows.len() % row_bytes, 0, "whole rows are asked for");
        let end = self.at + rows.len();
        if self.fail_at_row.is_some_and(|row| end > row * row_bytes) || end > self.bytes.len() {
            return Err(PixelError::Damaged { format: "TEST", problem: "no such row".to_owned(), source: None });
        }
        rows.copy_from_slice(&self.bytes[self.at..end]);
        self.at = end;
        Ok(())
    }
}

/// Makes a pyramid.
pub(crate) fn files_of(rows: &mut dyn RowSource, options: &PyramidOptions) -> (Pyramid, BTreeMap<TilePos, Vec<u8>>) {
    let files = Mutex::new(BTreeMap::new());
    let pyramid = make_pyramid(rows, options, &|tile, file| {
        assert!(files.lock().unwrap().insert(tile, file).is_none(), "{tile:?} came twice");
        Ok(())
    })
    .unwrap();
    let files = files.into_inner().unwrap();
    assert_eq!(pyramid.tiles, files.len() as u64);
    (pyramid, files)
}

/// Makes a pyramid of PNG tiles and decodes them.
pub(crate) fn tiles_of(rows: &mut dyn RowSource, options: &PyramidOptions) -> (Pyramid, Tiles) {
    let (pyramid, files) = files_of(rows, options);
    let decode = |png: Vec<u8>| Picture { channels: Channels::Rgba, ..Picture::read_png(std::io::Cursor::new(png)) };
    (pyramid, files.into_iter().map(|(tile, png)| (tile, decode(png))).collect())
}

/// The pyramid of a displayed picture by definition: the whole square, halved as a whole.
pub(crate) fn tiles_by_definition(picture: &Picture, mode: CascadeMode) -> Tiles {
    let Size { width, height } = picture.size;
    let mut side = 256;
    let mut level = 0;
    while side < width.max(height) {
        side *= 2;
        level += 1;
    }
    let (left, top) = ((side - width) / 2, (side - height) / 2);
    let mut square = Picture::from_fn(Size { width: side, height: side }, Channels::Rgba, |x, y| {
        let is_inside = (left..left + width).contains(&x) && (top..top + height).contains(&y);
        if is_inside { picture.pixel(x - left, y - top) } else { [0; 4] }
    });
    let mut tiles = Tiles::new();
    loop {
        for y in 0..1 << level {
            for x in 0..1 << level {
                let tile = square.crop(256 * x, 256 * y, Size { width: 256, height: 256 });
                if tile.pixels.iter().any(|pixel| pixel[3] != 0) {
                    tiles.insert(TilePos { level, x, y }, tile);
                }
            }
        }
        if level == 0 {
            return tiles;
        }
        level -= 1;
        let half = Size { width: 256 << level, height: 256 << level };
        square = Picture::from_fn(half, Channels::Rgba, |x, y| {
            let block = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| square.pixel(2 * x + dx, 2 * y + dy));
            let block = block.map(|pixel| if pixel[3] == 0 { [0; 4] } else { pixel });
            let mean = |value: &dyn Fn([u8; 4]) -> f64| block.into_iter().map(value).sum::<f64>() / 4.0;
            let alpha = mean(&|pixel| f64::from(pixel[3]));
            std::array::from_fn(|channel| match mode {
                CascadeMode::Compatible => mean(&|pixel| f64::from(pixel[channel])).floor() as u8,
                CascadeMode::AlphaWeighted if channel == 3 => alpha.round() as u8,
                CascadeMode::AlphaWeighted if alpha == 0.0 => 0,
                CascadeMode::AlphaWeighted => {
                    (mean(&|pixel| f64::from(pixel[channel]) * f64::from(pixel[3])) / alpha).round() as u8
                }
            })
        });
    }
}

/// Fails with the first difference, without printing a million pixels.
pub(crate) fn assert_same_tiles(tiles: &Tiles, expected: &Tiles, what: &str) {
    let addresses = |tiles: &Tiles| tiles.keys().copied().collect::<Vec<_>>();
    assert_eq!(addresses(tiles), addresses(expected), "{what}");
    for (tile, picture) in tiles {
        assert_same_pixels(picture, &expected[tile], &format!("{what}, {tile:?}"));
    }
}

pub(crate) fn assert_same_pixels(picture: &Picture, expected: &Picture, what: &str) {
    assert_eq!(picture.size, expected.size, "{what}");
    for (index, (pixel, expected)) in (0_u32..).zip(picture.pixels.iter().zip(&expected.pixels)) {
        let (x, y) = (index % picture.size.width, index / picture.size.width);
        assert_eq!(pixel, expected, "{what}, pixel {x}, {y}");
    }
}
