//! Damaged, cut, foreign and malicious files: a clear error each, no panic, bounded memory.

#![allow(clippy::unwrap_used, reason = "tests")]
mod decode_support;

use std::{fs, path::PathBuf};

use decode_support::{Random, data, deflate, error_of, file, fixtures, png_chunk, png_file, read};
use skyfeed_tiling::pixels::{ImageFile, Limits, PixelError, ReadOptions};

/// Room for the fixtures and little more.
const SMALL: Limits =
    Limits { max_pixels: 100_000, max_side: 10_000, max_buffer_bytes: 1_000_000, max_metadata_bytes: 100_000 };

/// All fixtures, and PNG files of both kinds with all metadata.
fn samples() -> Vec<(String, Vec<u8>)> {
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut samples: Vec<_> = fixtures().iter().map(|(path, _)| (named(path), fs::read(path).unwrap())).collect();
    let profile = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    let rows: Vec<u8> = (0..20u8).flat_map(|y| [vec![y % 5], (0..90).map(|x| x ^ y).collect()].concat()).collect();
    let chunks = |pixels: &[u8]| {
        [
            png_chunk(b"iCCP", &[b"wide\0\0", &deflate(&profile)[..]].concat()),
            png_chunk(b"eXIf", b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
            png_chunk(b"IDAT", pixels),
            png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
        ]
    };
    samples.push(("filters.png".into(), png_file(30, 20, 8, 2, 0, &chunks(&deflate(&rows)))));
    // Adam7 needs at most two rows' worth more than that.
    samples.push(("interlaced.png".into(), png_file(30, 20, 8, 2, 1, &chunks(&deflate(&vec![0; 3000])[..]))));
    samples
}

#[test]
fn an_empty_or_foreign_file_is_refused_with_what_to_do() {
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"GIF89a\x01\0\x01\0", "GIF"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"SIMPLE  =                    T", "FITS"),
        (b"\x76\x2f\x31\x01\x02\0\0\0", "OpenEXR"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"BM\0\0", "BMP"),
        (b"<html>404 Not Found</html>", "does not begin"),
    ] {
        let error = error_of(bytes, &SMALL);
        assert!(matches!(error, PixelError::Unsupported(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(word) && text.contains("save it as JPEG, PNG or TIFF"), "{text}");
    }
}

#[test]
fn a_file_cut_at_any_length_is_an_error() {
    for (name, bytes) in samples() {
        let (_directory, path) = file("cut", &bytes);
        let whole = read(&path, &SMALL, &ReadOptions::default()).unwrap();
        for length in (0..bytes.len()).filter(|length| length % 61 == 0 || bytes.len() - length < 12 || *length < 40) {
            fs::write(&path, &bytes[..length]).unwrap();
            match read(&path, &SMALL, &ReadOptions::default()) {
                Ok(image) => {
                    // Metadata and the padding of tiles at the end of a TIFF can be missed.
                    assert!(name.ends_with("tif"), "{name} cut to {length} was read");
                    assert!(image.rgba == whole.rgba || !image.warnings.is_empty(), "{name} cut to {length}");
                }
                Err(error) => {
                    let fits = matches!(error, PixelError::Damaged { .. } | PixelError::Unsupported(_));
                    assert!(fits, "{name} cut to {length}: {error:?}");
                    assert!(!error.is_transient());
                }
            }
        }
    }
}

#[test]
fn a_cut_jpeg_says_where_it_ends() {
    let bytes = fs::read(data("images/jpeg-444.jpg")).unwrap();
    let text = error_of(&bytes[..bytes.len() - 200], &SMALL).to_string();
    assert!(text.contains("ends early") && text.contains("of 35"), "{text}");
    let text = error_of(&bytes[..bytes.len() - 2], &SMALL).to_string();
    assert!(text.contains("ends early"), "{text}");
}

#[test]
fn garbage_after_the_start_of_each_format_is_an_error() {
    let mut random = Random(7);
    for start in [&b"\xFF\xD8\xFF"[..], b"\x89PNG\r\n\x1a\n", b"II\x2a\0", b"MM\0\x2b"] {
        for length in [0, 1, 5, 20, 1000] {
            let garbage: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            error_of(&[start, &garbage[..]].concat(), &SMALL);
        }
    }
}

#[test]
fn faults_in_the_data_of_a_jpeg_are_a_warning() {
    let mut bytes = fs::read(data("images/jpeg-restart.jpg")).unwrap();
    // A restart marker with a wrong number, as a lost part leaves it.
    let at = bytes.windows(2).position(|pair| pair == [0xFF, 0xD0]).unwrap();
    bytes[at + 1] = 0xD3;
    let (_directory, path) = file("image.jpg", &bytes);
    let image = read(&path, &SMALL, &ReadOptions::default()).unwrap();
    assert!(image.warnings[0].to_string().contains("fault"), "{:?}", image.warnings);
}

#[test]
fn a_wrong_checksum_in_the_pixels_of_a_png_is_an_error() {
    let mut bytes = png_file(3, 1, 8, 0, 0, &[png_chunk(b"IDAT", &deflate(&[0, 1, 2, 3]))]);
    let at = bytes.len() - 13;
    bytes[at] ^= 1;
    assert!(matches!(error_of(&bytes, &SMALL), PixelError::Damaged { format: "PNG", .. }));
}

/// A JPEG frame header of the given kind and size, and a scan header.
fn jpeg_of(marker: u8, width: u16, height: u16) -> Vec<u8> {
    let frame =
        [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]].concat();
    let mut bytes = vec![0xFF, 0xD8, 0xFF, marker, 0, frame.len() as u8 + 2];
    bytes.extend(frame);
    bytes.extend([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    bytes
}

/// A TIFF of LONG tags.
fn tiff_of(tags: &[(u16, u32)]) -> Vec<u8> {
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    bytes.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        bytes.extend(tag.to_le_bytes());
        bytes.extend([4, 0, 1, 0, 0, 0]);
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

/// A gray TIFF of one strip.
fn gray_tiff(width: u32, height: u32) -> Vec<(u16, u32)> {
    vec![(256, width), (257, height), (258, 8), (262, 1), (273, 8), (277, 1), (279, 4)]
}

#[test]
fn a_small_file_that_claims_a_huge_image_is_refused_when_opened() {
    let limits = Limits::default();
    let pixel = png_chunk(b"IDAT", &deflate(&[0, 0]));
    let huge = [
        png_file(100_000, 100_000, 8, 2, 0, std::slice::from_ref(&pixel)),
        png_file(300_000, 1, 8, 2, 0, std::slice::from_ref(&pixel)),
        // Within the pixels, but held as a whole.
        png_file(50_000, 50_000, 8, 2, 1, &[pixel]),
        jpeg_of(0xC0, 65_500, 65_500),
        jpeg_of(0xC2, 60_000, 60_000),
        tiff_of(&gray_tiff(100_000, 100_000)),
        tiff_of(&gray_tiff(u32::MAX, u32::MAX)),
        // A row of tiles of 4 GB.
        tiff_of(&[(256, 9), (257, 9), (258, 8), (262, 1), (277, 1), (322, 65_536), (323, 65_536), (324, 8), (325, 8)]),
        // 250000 pixels a row, of 65535 samples each.
        tiff_of(&[(256, 250_000), (257, 1), (258, 8), (262, 1), (273, 8), (277, 65_535), (279, 4)]),
    ];
    for bytes in huge {
        let (_directory, path) = file("huge", &bytes);
        let error = ImageFile::open(&path, &limits).err().unwrap();
        assert!(matches!(error, PixelError::Limit { .. }), "{error:?}");
    }
}

#[test]
fn a_jpeg_of_very_many_scans_is_refused() {
    let mut bytes = jpeg_of(0xC2, 5000, 5000);
    for _ in 0..1000 {
        bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0]);
    }
    bytes.extend([0xFF, 0xD9]);
    let text = error_of(&bytes, &Limits::default()).to_string();
    assert!(text.contains("1001 scans"), "{text}");
}

#[test]
fn sides_of_zero_are_refused() {
    let pixel = png_chunk(b"IDAT", &deflate(&[0, 0]));
    for bytes in [
        png_file(0, 5, 8, 0, 0, std::slice::from_ref(&pixel)),
        png_file(5, 0, 8, 0, 0, &[pixel]),
        jpeg_of(0xC0, 0, 5),
        jpeg_of(0xC0, 5, 0),
        tiff_of(&gray_tiff(0, 5)),
        tiff_of(&gray_tiff(5, 0)),
        tiff_of(&[&gray_tiff(5, 5)[..], &[(278, 0)]].concat()),
        tiff_of(&[(256, 9), (257, 9), (258, 8), (262, 1), (277, 1), (322, 0), (323, 16), (324, 8), (325, 8)]),
    ] {
        assert!(matches!(error_of(&bytes, &SMALL), PixelError::Damaged { .. }));
    }
}

#[test]
fn kinds_of_tiff_that_are_not_read_are_named() {
    let with = |number: u16, value: u32| {
        let mut tags = gray_tiff(2, 2);
        tags.retain(|(tag, _)| *tag != number);
        tags.push((number, value));
        tags.sort_unstable();
        error_of(&tiff_of(&tags), &SMALL).to_string()
    };
    for (tag, value, words) in [
        (339, 3, "floating-point samples; scale it"),
        (339, 2, "signed samples"),
        (258, 32, "32 bits a sample"),
        (259, 7, "JPEG compression (7)"),
        (259, 4, "fax compression"),
        (259, 12_345, "unknown compression (12345)"),
        (262, 6, "YCbCr"),
        (262, 8, "L*a*b*"),
        (317, 3, "predictor 3"),
    ] {
        let text = with(tag, value);
        assert!(text.contains("not supported") && text.contains(words), "{text}");
    }
    assert!(with(262, 2).contains("1 samples a pixel, but needs 3"));
    assert!(with(262, 3).contains("palette"));
}

#[test]
fn mutated_files_neither_panic_nor_fill_the_memory() {
    let mut random = Random(2026);
    let (mut read_well, mut refused) = (0, 0);
    for (name, bytes) in samples() {
        let (_directory, path) = file("mutant", &bytes);
        // A profile with a lattice takes long to prepare.
        let rounds = if name.contains("icc-") { 8 } else { 60 };
        for round in 0..rounds {
            let mut mutant = bytes.clone();
            for _ in 0..1 + random.below(4) {
                // Mostly headers and directories, which TIFF files have at either end.
                let at = match round % 3 {
                    0 => random.below(mutant.len()),
                    1 => random.below(mutant.len().min(300)),
                    _ => mutant.len() - 1 - random.below(mutant.len().min(300)),
                };
                mutant[at] = match random.below(4) {
                    0 => 0,
                    1 => 0xFF,
                    2 => mutant[at] ^ (1 << random.below(8)),
                    _ => random.byte(),
                };
            }
            fs::write(&path, &mutant).unwrap();
            match read(&path, &SMALL, &ReadOptions::default()) {
                Ok(_) => read_well += 1,
                Err(PixelError::Io(error)) => panic!("{name}: {error} is not the machine's fault"),
                Err(error) => {
                    assert!(!error.to_string().contains("the decoder failed"), "{name}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(read_well > 500 && refused > 500, "{read_well} read, {refused} refused");
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 150_000, "{kilobytes} kB");
    }
}
