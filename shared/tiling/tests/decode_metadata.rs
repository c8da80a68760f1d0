//! XMP, EXIF and ICC profiles, wherever a format keeps them.

#![allow(clippy::unwrap_used, reason = "tests")]
mod decode_support;

use decode_support::{data, deflate, error_of, file, png_chunk, png_file};
use skyfeed_tiling::pixels::{ImageFile, ImageHeader, Limits, Orientation, PixelError};

const PACKET: &[u8] = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>M 31</x:xmpmeta>";

fn header(bytes: &[u8]) -> ImageHeader {
    let (_directory, path) = file("image", bytes);
    ImageFile::open(&path, &Limits::default()).unwrap().header().clone()
}

fn pixel() -> Vec<u8> {
    png_chunk(b"IDAT", &deflate(&[0, 7]))
}

fn png_with(before: &[Vec<u8>], after: &[Vec<u8>]) -> Vec<u8> {
    png_file(1, 1, 8, 0, 0, &[before, &[pixel()], after].concat())
}

fn xmp_chunk(compressed: bool) -> Vec<u8> {
    let text = if compressed { deflate(PACKET) } else { PACKET.to_vec() };
    png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0", &[compressed.into(), 0][..], b"en\0\0", &text].concat())
}

fn raw_profile(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = digits.chunks(36).map(<[String]>::concat).collect();
    format!("\n{kind}\n{:8}\n{}\n", bytes.len(), lines.join("\n")).into_bytes()
}

fn exif(orientation: u8) -> Vec<u8> {
    [b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]].concat()
}

#[test]
fn xmp_of_a_png_is_found_before_and_after_the_pixels() {
    for chunk in [xmp_chunk(false), xmp_chunk(true)] {
        assert_eq!(header(&png_with(std::slice::from_ref(&chunk), &[])).xmp.unwrap(), PACKET);
        assert_eq!(header(&png_with(&[], &[chunk])).xmp.unwrap(), PACKET);
    }
    assert_eq!(header(&png_with(&[], &[])).xmp, None);
}

#[test]
fn the_raw_profiles_of_imagemagick_are_read() {
    let text = |keyword: &str, text: &[u8]| png_chunk(b"zTXt", &[keyword.as_bytes(), b"\0\0", &deflate(text)].concat());
    let xmp = text("Raw profile type xmp", &raw_profile("xmp", PACKET));
    let turned = text("Raw profile type exif", &raw_profile("exif", &[b"Exif\0\0", &exif(3)[..]].concat()));
    let plain = png_chunk(b"tEXt", &[b"Raw profile type xmp\0", &raw_profile("xmp", PACKET)[..]].concat());
    let found = header(&png_with(&[xmp, turned], &[]));
    assert_eq!((found.xmp.as_deref(), found.orientation), (Some(PACKET), Orientation::Rotate180));
    assert_eq!(header(&png_with(&[plain], &[])).xmp.unwrap(), PACKET);
    let cut = header(&png_with(&[png_chunk(b"tEXt", b"Raw profile type xmp\0\nxmp\n 9\nabcd")], &[]));
    assert_eq!((cut.xmp, cut.warnings.len()), (None, 1));
}

#[test]
fn the_orientation_of_a_png_is_read_and_a_broken_one_is_a_warning() {
    assert_eq!(header(&png_with(&[png_chunk(b"eXIf", &exif(8))], &[])).orientation, Orientation::Rotate270);
    for broken in [exif(0), exif(77), b"II\x2a\0\xff\xff\xff\xff".to_vec(), Vec::new()] {
        let found = header(&png_with(&[png_chunk(b"eXIf", &broken)], &[]));
        assert_eq!(found.orientation, Orientation::Normal);
        assert_eq!(found.warnings.len(), 1, "{broken:?}");
    }
}

#[test]
fn warnings_are_not_repeated_without_end() {
    let broken = vec![png_chunk(b"eXIf", b"broken"); 10_000];
    assert_eq!(header(&png_with(&broken, &[])).warnings.len(), 20);
}

#[test]
fn a_metadata_chunk_with_a_wrong_checksum_is_a_warning() {
    let mut chunk = xmp_chunk(false);
    let middle = chunk.len() / 2;
    chunk[middle] ^= 1;
    let found = header(&png_with(&[], &[chunk]));
    assert_eq!(found.xmp, None);
    assert!(found.warnings[0].to_string().contains("checksum"), "{:?}", found.warnings);
}

/// A JPEG fixture with these segments after its start.
fn jpeg_with(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let jpeg = std::fs::read(data("images/jpeg-gray.jpg")).unwrap();
    let mut bytes = jpeg[..2].to_vec();
    for (marker, content) in segments {
        bytes.extend([0xFF, *marker]);
        bytes.extend((content.len() as u16 + 2).to_be_bytes());
        bytes.extend(content);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

#[test]
fn xmp_of_a_jpeg_is_its_first_packet_and_the_extension_that_it_names() {
    let id = b"00112233445566778899AABBCCDDEEFF";
    let main = [b"http://ns.adobe.com/xap/1.0/\0<main has='", &id[..], b"'/>"].concat();
    let extension = |at: u32, part: &[u8]| {
        let numbers = [6u32.to_be_bytes(), at.to_be_bytes()].concat();
        [b"http://ns.adobe.com/xmp/extension/\0", &id[..], &numbers, part].concat()
    };
    let second = b"http://ns.adobe.com/xap/1.0/\0<second/>".to_vec();
    let found =
        header(&jpeg_with(&[(0xE1, main), (0xE1, second), (0xE1, extension(3, b"t/>")), (0xE1, extension(0, b"<ex"))]));
    assert_eq!(found.xmp.unwrap(), [b"<main has='", &id[..], b"'/><ext/>"].concat());
    assert!(found.warnings.is_empty());
}

#[test]
fn very_many_extensions_of_xmp_are_refused() {
    let main = [b"http://ns.adobe.com/xap/1.0/\0", &[b' '; 60_000][..]].concat();
    let mut segments = vec![(0xE1, main)];
    for number in 0..300_000u32 {
        let identifier = format!("{number:032}");
        segments.push((0xE1, [b"http://ns.adobe.com/xmp/extension/\0", identifier.as_bytes(), &[0; 8]].concat()));
    }
    assert!(matches!(error_of(&jpeg_with(&segments), &Limits::default()), PixelError::Limit { .. }));
}

#[test]
fn a_broken_exif_block_in_a_jpeg_is_a_warning() {
    let found = header(&jpeg_with(&[(0xE1, b"Exif\0\0MM\0\x2a\0\0".to_vec())]));
    assert_eq!(found.orientation, Orientation::Normal);
    assert!(found.warnings[0].to_string().contains("EXIF"), "{:?}", found.warnings);
}

#[test]
fn huge_metadata_are_refused_even_if_they_are_small_in_the_file() {
    let limits = Limits { max_metadata_bytes: 100_000, ..Limits::default() };
    let refused = |bytes: &[u8]| matches!(error_of(bytes, &limits), PixelError::Limit { allowed: 100_000, .. });
    let bomb = deflate(&vec![b' '; 10_000_000]);
    let xmp = png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0", &bomb[..]].concat());
    assert!(refused(&png_with(&[xmp], &[])));
    let icc = png_chunk(b"iCCP", &[b"bomb\0\0", &bomb[..]].concat());
    assert!(refused(&png_with(&[icc], &[])));
    let exif = png_chunk(b"eXIf", &vec![0; 100_001]);
    assert!(refused(&png_with(&[], &[exif])));
    let part = [b"http://ns.adobe.com/xap/1.0/\0", &[b' '; 60_000][..]].concat();
    assert!(refused(&jpeg_with(&[(0xE1, part.clone()), (0xE1, part)])));
    let profile = |number: u8| (0xE2, [b"ICC_PROFILE\0", &[number, 2][..], &[0; 60_000]].concat());
    assert!(refused(&jpeg_with(&[profile(1), profile(2)])));
}

/// A TIFF of one gray pixel with a tag of bytes.
fn tiff_with(tag: u16, claimed: u32, value: &[u8]) -> Vec<u8> {
    let entries: [(u16, u16, u32, u32); 7] = [
        (256, 3, 1, 1),
        (257, 3, 1, 1),
        (258, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 4, 1, 0),
        (279, 4, 1, 1),
        (tag, 1, claimed, 110),
    ];
    let mut bytes = b"II\x2a\0\x08\0\0\0\x07\0".to_vec();
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.resize(110, 0);
    bytes.extend(value);
    bytes
}

#[test]
fn xmp_and_profile_of_a_tiff_are_read_or_passed_over() {
    assert_eq!(header(&tiff_with(700, PACKET.len() as u32, PACKET)).xmp.unwrap(), PACKET);
    assert!(header(&tiff_with(34675, 20, &[0; 20])).has_icc);
    for tag in [700, 34675] {
        let outside = header(&tiff_with(tag, 5000, b"short"));
        assert_eq!((outside.xmp, outside.has_icc, outside.warnings.len()), (None, false, 1));
        let error = error_of(&tiff_with(tag, u32::MAX, b"short"), &Limits::default());
        assert!(matches!(error, PixelError::Limit { .. }), "{error}");
    }
}
