//! What the decoding tests share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "tests; each binary uses its own part")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use skyfeed_tiling::{
    Warning,
    pixels::{Channels, ImageFile, Limits, PixelError, ReadOptions, Size},
};

/// A decoded image as RGBA.
#[derive(PartialEq)]
pub struct Image {
    pub size: Size,
    pub opaque: bool,
    pub rgba: Vec<[u8; 4]>,
    pub warnings: Vec<Warning>,
}

pub fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(path)
}

/// Reads in bands of 5 rows, which no format prefers.
pub fn read(path: &Path, limits: &Limits, options: &ReadOptions) -> Result<Image, PixelError> {
    let file = ImageFile::open(path, limits)?;
    let mut warnings = file.header().warnings.clone();
    let (mut rows, more) = file.into_rows(options)?;
    warnings.extend(more);
    let size = rows.size();
    let opaque = rows.channels() == Channels::Rgb;
    let row_bytes = size.width as usize * rows.channels().bytes_per_pixel();
    let mut rgba = Vec::new();
    let mut left = size.height as usize;
    while left > 0 {
        let mut band = vec![0; row_bytes * left.min(5)];
        rows.read_rows(&mut band)?;
        left -= left.min(5);
        match rows.channels() {
            Channels::Rgb => rgba.extend(band.as_chunks::<3>().0.iter().map(|[r, g, b]| [*r, *g, *b, 255])),
            Channels::Rgba => rgba.extend_from_slice(band.as_chunks::<4>().0),
        }
    }
    warnings.extend(rows.take_warnings());
    Ok(Image { size, opaque, rgba, warnings })
}

pub fn read_default(path: &Path) -> Result<Image, PixelError> {
    read(path, &Limits::default(), &ReadOptions::default())
}

/// An image file with these bytes, which lives as long as the returned directory.
pub fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    (directory, path)
}

/// The error of opening and reading these bytes.
pub fn error_of(bytes: &[u8], limits: &Limits) -> PixelError {
    let (_directory, path) = file("image", bytes);
    match read(&path, limits, &ReadOptions::default()) {
        Ok(_) => panic!("{} bytes were read without an error", bytes.len()),
        Err(error) => error,
    }
}

/// The fixtures in tests/data/images with their expected pixels.
pub fn fixtures() -> Vec<(PathBuf, PathBuf)> {
    let mut fixtures: Vec<_> = fs::read_dir(data("images"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg" || extension == "tif"))
        .map(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let kind = stem.split('-').next().unwrap();
            let expected = [stem.as_str(), kind]
                .map(|name| data(&format!("images/expected/{name}.png")))
                .into_iter()
                .find(|path| path.exists())
                .unwrap_or_else(|| panic!("{stem} has no expected pixels"));
            (path, expected)
        })
        .collect();
    fixtures.sort();
    fixtures
}

/// An 8-bit PNG, decoded by the `png` crate alone.
pub fn png_pixels(path: &Path) -> (Size, Vec<[u8; 4]>) {
    let mut reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let rgba = match info.color_type {
        png::ColorType::Rgb => bytes.as_chunks::<3>().0.iter().map(|[r, g, b]| [*r, *g, *b, 255]).collect(),
        png::ColorType::Rgba => bytes.as_chunks::<4>().0.to_vec(),
        other => panic!("{other:?}"),
    };
    (Size { width: info.width, height: info.height }, rgba)
}

/// How far two images are apart: the largest and the mean difference of a sample, over pixels that can be seen.
pub fn distance(left: &[[u8; 4]], right: &[[u8; 4]]) -> (u8, f64) {
    assert_eq!(left.len(), right.len());
    let visible = || left.iter().zip(right).filter(|(_, right)| right[3] > 0);
    let differences: Vec<u8> =
        visible().flat_map(|(left, right)| left.iter().zip(right).map(|(a, b)| a.abs_diff(*b))).collect();
    let sum: u64 = differences.iter().map(|v| u64::from(*v)).sum();
    (differences.iter().copied().max().unwrap_or(0), sum as f64 / differences.len() as f64)
}

/// A chunk of a PNG file.
pub fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(kind);
    checksum.update(data);
    [&(data.len() as u32).to_be_bytes(), kind.as_slice(), data, &checksum.sum().to_be_bytes()].concat()
}

pub fn deflate(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A PNG of these chunks between its signature and IEND; the header is made from the numbers.
pub fn png_file(width: u32, height: u32, depth: u8, color: u8, interlace: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, interlace]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(png_chunk(b"IHDR", &header));
    file.extend(chunks.concat());
    file.extend(png_chunk(b"IEND", &[]));
    file
}

/// Numbers that look random and are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        // Knuth's linear congruential generator (MMIX).
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    pub fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}
