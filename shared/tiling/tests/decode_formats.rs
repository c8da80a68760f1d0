//! Every kind of JPEG, PNG and TIFF gives the pixels that it should.

#![allow(clippy::unwrap_used, reason = "tests")]
mod decode_support;

use decode_support::{Random, data, deflate, file, fixtures, png_chunk, png_file, png_pixels, read_default};
use skyfeed_tiling::pixels::{Format, ImageFile, Limits, Orientation};

#[test]
fn every_fixture_has_exactly_its_expected_pixels() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 45, "{} fixtures", fixtures.len());
    let mut wrong = Vec::new();
    for (path, expected) in &fixtures {
        if path.to_str().unwrap().contains("icc-") {
            continue;
        }
        let (size, rgba) = png_pixels(expected);
        match read_default(path) {
            Ok(image) if !image.warnings.is_empty() => wrong.push(format!("{path:?}: {:?}", image.warnings)),
            Ok(image) if image.size != size => wrong.push(format!("{path:?}: {:?}", image.size)),
            Ok(image) => {
                let differing = image.rgba.iter().zip(&rgba).filter(|(a, b)| a != b).count();
                if differing > 0 || image.rgba.len() != rgba.len() {
                    wrong.push(format!("{path:?}: {differing} pixels differ"));
                }
            }
            Err(error) => wrong.push(format!("{path:?}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn transparency_is_announced_only_where_there_is_some() {
    for (name, opaque) in [("rgb-strips", true), ("rgb-extra-samples", true), ("rgba-16", false), ("palette-8", true)] {
        assert_eq!(read_default(&data(&format!("images/{name}.tif"))).unwrap().opaque, opaque, "{name}");
    }
}

#[test]
fn the_orientation_of_jpeg_and_tiff_is_read() {
    let header = |name: &str| ImageFile::open(&data(name), &Limits::default()).unwrap().header().clone();
    let jpeg = header("images/jpeg-orientation-6.jpg");
    assert_eq!((jpeg.format, jpeg.orientation), (Format::Jpeg, Orientation::Rotate90));
    let tiff = header("images/rgb-orientation-8.tif");
    assert_eq!((tiff.format, tiff.orientation), (Format::Tiff, Orientation::Rotate270));
    assert_eq!(header("images/jpeg-gray.jpg").orientation, Orientation::Normal);
}

#[test]
fn a_wrong_extension_does_not_matter() {
    let bytes = std::fs::read(data("images/rgb-strips.tif")).unwrap();
    let (_directory, path) = file("picture.JPG", &bytes);
    assert_eq!(ImageFile::open(&path, &Limits::default()).unwrap().header().format, Format::Tiff);
    assert!(read_default(&path).is_ok());
}

/// All colour types and depths of the PNG specification, table 12: (colour type, depth, samples).
const PNG_KINDS: [(u8, u8, usize); 15] = [
    (0, 1, 1),
    (0, 2, 1),
    (0, 4, 1),
    (0, 8, 1),
    (0, 16, 1),
    (2, 8, 3),
    (2, 16, 3),
    (3, 1, 1),
    (3, 2, 1),
    (3, 4, 1),
    (3, 8, 1),
    (4, 8, 2),
    (4, 16, 2),
    (6, 8, 4),
    (6, 16, 4),
];

/// A PNG of random samples, with a palette and transparency if asked for, and its pixels by the definition.
fn png_of(
    (color, depth, samples): (u8, u8, usize),
    transparency: bool,
    interlaced: bool,
    random: &mut Random,
) -> (Vec<u8>, Vec<[u8; 4]>) {
    let (width, height) = (19, 13);
    let mask = (1usize << depth) - 1;
    let pixels: Vec<Vec<usize>> =
        (0..width * height).map(|_| (0..samples).map(|_| random.below(mask + 1)).collect()).collect();
    let palette: Vec<[u8; 4]> =
        (0..=mask.min(255)).map(|_| [random.byte(), random.byte(), random.byte(), random.byte()]).collect();
    // A palette may have fewer alphas than colours; a key is the colour of one pixel.
    let alphas = palette.len().div_ceil(2);
    let key = &pixels[7];
    let mut chunks = Vec::new();
    if color == 3 {
        chunks.push(png_chunk(b"PLTE", &palette.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect::<Vec<_>>()));
    }
    match color {
        3 if transparency => {
            chunks.push(png_chunk(b"tRNS", &palette[..alphas].iter().map(|entry| entry[3]).collect::<Vec<_>>()));
        }
        0 | 2 if transparency => {
            chunks.push(png_chunk(b"tRNS", &key.iter().flat_map(|v| (*v as u16).to_be_bytes()).collect::<Vec<_>>()));
        }
        _ => {}
    }
    // Adam7: first column, first row, distance of columns, distance of rows.
    let passes: &[[usize; 4]] = if interlaced {
        &[[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]
    } else {
        &[[0, 0, 1, 1]]
    };
    let mut raw = Vec::new();
    for [x0, y0, dx, dy] in passes {
        for y in (*y0..height).step_by(*dy) {
            let row: Vec<&Vec<usize>> = (*x0..width).step_by(*dx).map(|x| &pixels[y * width + x]).collect();
            let bits: String =
                row.iter().flat_map(|p| p.iter()).map(|v| format!("{v:0w$b}", w = depth.into())).collect();
            raw.push(0);
            raw.extend(bits.as_bytes().chunks(8).map(|byte| {
                let byte = format!("{:0<8}", std::str::from_utf8(byte).unwrap());
                u8::from_str_radix(&byte, 2).unwrap()
            }));
        }
    }
    let packed = deflate(&raw);
    // Several IDAT chunks, as large files have them.
    chunks.extend(packed.chunks(100).map(|part| png_chunk(b"IDAT", part)));
    let to_8_bits = |v: usize| if depth == 16 { (v >> 8) as u8 } else { (v * 255 / mask) as u8 };
    let expected = pixels
        .iter()
        .map(|pixel| {
            let alpha = if transparency && pixel == key { 0 } else { 255 };
            match (color, &pixel[..]) {
                (3, [index]) => {
                    let [r, g, b, a] = palette[*index];
                    [r, g, b, if transparency && *index < alphas { a } else { 255 }]
                }
                (_, [v]) => [to_8_bits(*v), to_8_bits(*v), to_8_bits(*v), alpha],
                (_, [v, a]) => [to_8_bits(*v), to_8_bits(*v), to_8_bits(*v), to_8_bits(*a)],
                (_, [r, g, b]) => [to_8_bits(*r), to_8_bits(*g), to_8_bits(*b), alpha],
                (_, [r, g, b, a]) => [to_8_bits(*r), to_8_bits(*g), to_8_bits(*b), to_8_bits(*a)],
                _ => unreachable!(),
            }
        })
        .collect();
    (png_file(width as u32, height as u32, depth, color, interlaced.into(), &chunks), expected)
}

#[test]
fn every_kind_of_png_equals_its_definition() {
    let mut random = Random(1);
    for kind in PNG_KINDS {
        for (transparency, interlaced) in [(false, false), (true, false), (false, true), (true, true)] {
            let has_own_alpha = matches!(kind.0, 4 | 6);
            if transparency && has_own_alpha {
                continue;
            }
            let (bytes, expected) = png_of(kind, transparency, interlaced, &mut random);
            let (_directory, path) = file("image.png", &bytes);
            let image = read_default(&path).unwrap();
            assert!(image.rgba == expected, "{kind:?}, transparency {transparency}, interlaced {interlaced}");
            assert_eq!(image.opaque, !transparency && !has_own_alpha, "{kind:?}");
        }
    }
}

#[test]
fn gray_of_16_bits_is_scaled_and_not_clipped() {
    let path = data("oracle/05_study_gray16/input");
    let path = std::fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
    let image = read_default(&path).unwrap();
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap())).read_info().unwrap();
    let mut stored = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut stored).unwrap();
    assert!(stored.as_chunks::<2>().0.iter().zip(&image.rgba).all(|([high, _], [r, g, b, _])| [r, g, b] == [high; 3]));
    assert!(image.rgba.iter().any(|[r, ..]| *r < 200), "not all white, as toasty made it");
}
