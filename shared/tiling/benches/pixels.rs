//! How many pixels a second are decoded, encoded, and made into pyramids: `cargo bench -p skyfeed-tiling`.
//!
//! `bytes` of a preset or format are printed beside its speed, since one is bought with the other.

#![expect(clippy::unwrap_used, reason = "a bench may fail")]

use std::{
    fs::File,
    hint::black_box,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use skyfeed_tiling::pixels::{
    CascadeMode, Channels, Compression, ImageFile, Limits, PixelError, PyramidOptions, ReadOptions, RowSource, Size,
    TileFormat, make_pyramid,
};

const SIZE: Size = Size { width: 2048, height: 1536 };

/// A bright sky with the noise of a sensor; the same pixels at every call.
fn sky(Size { width, height }: Size) -> Vec<u8> {
    let mut state = 1_u32;
    let pixels = (0..width * height).flat_map(|index| {
        let (x, y) = (index % width, index / width);
        let light = 60.0 + 40.0 * (f64::from(x) / 300.0).sin() + 30.0 * (f64::from(y) / 200.0).cos();
        [1.0, 0.8, 0.6].map(|tint| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // The sum of four bytes is close to a normal distribution.
            let noise: u32 = state.to_le_bytes().into_iter().map(u32::from).sum();
            (light * tint + (f64::from(noise) - 510.0) / 40.0) as u8
        })
    });
    pixels.collect()
}

struct Picture {
    size: Size,
    pixels: Vec<u8>,
    at: usize,
}

impl Picture {
    fn new(size: Size) -> Self {
        Self { size, pixels: sky(size), at: 0 }
    }
}

impl RowSource for Picture {
    fn size(&self) -> Size {
        self.size
    }

    fn channels(&self) -> Channels {
        Channels::Rgb
    }

    fn read_rows(&mut self, rows: &mut [u8]) -> Result<(), PixelError> {
        rows.copy_from_slice(&self.pixels[self.at..self.at + rows.len()]);
        self.at = (self.at + rows.len()) % self.pixels.len();
        Ok(())
    }
}

fn write_jpeg(path: &Path, progressive: bool) {
    let mut encoder = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_RGB);
    encoder.set_size(SIZE.width as usize, SIZE.height as usize);
    encoder.set_quality(92.0);
    encoder.set_fastest_defaults();
    if progressive {
        encoder.set_progressive_mode();
    }
    let mut encoder = encoder.start_compress(Vec::new()).unwrap();
    encoder.write_scanlines(&sky(SIZE)).unwrap();
    std::fs::write(path, encoder.finish().unwrap()).unwrap();
}

fn write_png(path: &Path) {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path).unwrap()), SIZE.width, SIZE.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&sky(SIZE)).unwrap();
}

/// A raw TIFF of one strip.
fn write_tiff(path: &Path) {
    let pixels = sky(SIZE);
    let mut file = BufWriter::new(File::create(path).unwrap());
    let fields = [
        (256, SIZE.width),
        (257, SIZE.height),
        (258, 8),
        (259, 1),
        (262, 2),
        (273, 8 + 2 + 9 * 12 + 4),
        (277, 3),
        (278, SIZE.height),
        (279, pixels.len() as u32),
    ];
    file.write_all(b"II*\0\x08\0\0\0").unwrap();
    file.write_all(&(fields.len() as u16).to_le_bytes()).unwrap();
    for (tag, value) in fields {
        file.write_all(&u16::to_le_bytes(tag)).unwrap();
        // One 32-bit number.
        file.write_all(&[4, 0, 1, 0, 0, 0]).unwrap();
        file.write_all(&value.to_le_bytes()).unwrap();
    }
    file.write_all(&[0; 4]).unwrap();
    file.write_all(&pixels).unwrap();
}

fn count_pixels(group: &mut BenchmarkGroup<'_, WallTime>, size: Size) {
    group.throughput(Throughput::Elements(u64::from(size.width) * u64::from(size.height)));
}

fn decode(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    write_jpeg(&path("baseline.jpg"), false);
    write_jpeg(&path("progressive.jpg"), true);
    write_png(&path("picture.png"));
    write_tiff(&path("raw.tif"));
    let mut group = criterion.benchmark_group("decode");
    count_pixels(&mut group, SIZE);
    for name in ["baseline.jpg", "progressive.jpg", "picture.png", "raw.tif"] {
        group.bench_function(name, |bencher| {
            let mut row = vec![0; 3 * SIZE.width as usize];
            bencher.iter(|| {
                let image = ImageFile::open(&path(name), &Limits::default()).unwrap();
                let (mut rows, _) = image.into_rows(&ReadOptions::default()).unwrap();
                for _ in 0..SIZE.height {
                    rows.read_rows(black_box(&mut row)).unwrap();
                }
            });
        });
    }
}

/// Makes a pyramid and returns the size of its files.
fn pyramid_bytes(picture: &mut Picture, options: &PyramidOptions) -> u64 {
    let bytes = AtomicU64::new(0);
    make_pyramid(picture, options, &|_, file| {
        bytes.fetch_add(file.len() as u64, Ordering::Relaxed);
        Ok(())
    })
    .unwrap();
    bytes.into_inner()
}

fn pyramids(criterion: &mut Criterion, name: &str, size: Size) {
    let mut picture = Picture::new(size);
    let mut group = criterion.benchmark_group(name);
    count_pixels(&mut group, size);
    let png = Compression::ALL
        .map(|compression| (compression.as_str(), PyramidOptions { compression, ..PyramidOptions::default() }));
    let jpeg = ("jpg", PyramidOptions { format: TileFormat::Jpeg, ..PyramidOptions::default() });
    for (name, options) in png.into_iter().chain([jpeg]) {
        let bytes = pyramid_bytes(&mut picture, &options);
        group.bench_function(format!("{name}, {bytes} bytes"), |bencher| {
            bencher.iter(|| pyramid_bytes(&mut picture, black_box(&options)));
        });
    }
}

/// One tile: nearly all of it is encoding.
fn encode(criterion: &mut Criterion) {
    pyramids(criterion, "encode one tile", Size { width: 256, height: 256 });
}

/// A picture of one colour, which the coder is done with at once: what is left is cutting, halving and joining.
fn cascade(criterion: &mut Criterion) {
    let mut picture =
        Picture { pixels: [90, 80, 70].repeat((SIZE.width * SIZE.height) as usize), ..Picture::new(SIZE) };
    let mut group = criterion.benchmark_group("cascade");
    count_pixels(&mut group, SIZE);
    for cascade in [CascadeMode::Compatible, CascadeMode::AlphaWeighted] {
        let options = PyramidOptions { cascade, ..PyramidOptions::default() };
        group.bench_function(cascade.to_string(), |bencher| {
            bencher.iter(|| pyramid_bytes(&mut picture, black_box(&options)));
        });
    }
}

fn pyramid(criterion: &mut Criterion) {
    pyramids(criterion, "pyramid", SIZE);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = decode, cascade, encode, pyramid
}
criterion_main!(benches);
