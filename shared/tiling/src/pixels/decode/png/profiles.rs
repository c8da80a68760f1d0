//! ICC profile, EXIF and XMP in the chunks of a PNG.

use std::io::{BufRead, Read, Seek};

use flate2::read::ZlibDecoder;

use super::chunks::Chunks;
use crate::pixels::{
    Limits, PixelError,
    decode::{exif, header::Metadata},
};

/// What a text chunk or iCCP chunk carries for us.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    Icc,
    Exif,
    Xmp,
    /// ImageMagick's way: hexadecimal text.
    RawExif,
    RawXmp,
}

/// Takes the present chunk if it carries metadata of ours; a broken one is passed over with a warning.
pub(super) fn take(
    kind: [u8; 4],
    chunks: &mut Chunks<impl BufRead + Seek>,
    metadata: &mut Metadata,
    limits: &Limits,
) -> Result<(), PixelError> {
    let keyword = chunks.peek()?.split(|byte| *byte == 0).next().unwrap_or_default();
    let content = match (&kind, keyword) {
        (b"iCCP", _) => Content::Icc,
        (b"eXIf", _) => Content::Exif,
        (b"iTXt", b"XML:com.adobe.xmp") => Content::Xmp,
        (_, b"Raw profile type xmp") => Content::RawXmp,
        (_, b"Raw profile type exif") => Content::RawExif,
        _ => return Ok(()),
    };
    let what = match content {
        Content::Icc => "bytes of ICC profile",
        Content::Exif | Content::RawExif => "bytes of EXIF",
        Content::Xmp | Content::RawXmp => "bytes of XMP",
    };
    limits.check_metadata(what, chunks.length())?;
    let name = chunks.name().into_owned();
    let Some(data) = chunks.data()? else {
        metadata.warn(format!("ignoring the {name} chunk: its checksum is wrong"));
        return Ok(());
    };
    let unpacked = match (kind.as_slice(), content) {
        (b"eXIf", _) => Some(data.to_vec()),
        _ => unpack(&kind, data, limits).map_err(|asked| PixelError::Limit {
            what,
            asked,
            allowed: limits.max_metadata_bytes as u64,
        })?,
    };
    let unpacked = match content {
        Content::RawExif | Content::RawXmp => unpacked.and_then(|text| from_hexadecimal(&text)),
        _ => unpacked,
    };
    let Some(bytes) = unpacked else {
        metadata.warn(format!("ignoring the {name} chunk: it is broken"));
        return Ok(());
    };
    match content {
        Content::Icc => metadata.icc = Some(bytes),
        Content::Exif | Content::RawExif => exif::read(&bytes, metadata),
        Content::Xmp => metadata.xmp = Some(bytes),
        Content::RawXmp => _ = metadata.xmp.get_or_insert(bytes),
    }
    Ok(())
}

/// The text or profile behind the keyword, inflated if need be; `Ok(None)` if it is broken.
///
/// # Errors
/// The number of bytes that it has at least, if that is beyond the limit.
fn unpack(kind: &[u8; 4], data: &[u8], limits: &Limits) -> Result<Option<Vec<u8>>, u64> {
    let mut rest = data;
    if skip_text(&mut rest).is_none() {
        return Ok(None);
    }
    let compressed = match (kind, rest) {
        (b"tEXt", _) => false,
        (b"iCCP" | b"zTXt", [0, packed @ ..]) => {
            rest = packed;
            true
        }
        (b"iTXt", [compressed @ (0 | 1), _method, text @ ..]) => {
            rest = text;
            // The language, and the keyword in that language.
            if skip_text(&mut rest).and_then(|()| skip_text(&mut rest)).is_none() {
                return Ok(None);
            }
            *compressed == 1
        }
        _ => return Ok(None),
    };
    if !compressed {
        return Ok(Some(rest.to_vec()));
    }
    let limit = limits.max_metadata_bytes as u64;
    let mut unpacked = Vec::new();
    if ZlibDecoder::new(rest).take(limit.saturating_add(1)).read_to_end(&mut unpacked).is_err() {
        return Ok(None);
    }
    let length = unpacked.len() as u64;
    if length > limit { Err(length) } else { Ok(Some(unpacked)) }
}

/// Moves `rest` behind its next zero byte.
fn skip_text(rest: &mut &[u8]) -> Option<()> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    *rest = &rest[end + 1..];
    Some(())
}

/// ImageMagick's raw profile: an empty line, a name, a length, and the bytes in hexadecimal, 72 digits a line.
fn from_hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.trim_start().lines().skip(1);
    let length: usize = lines.next()?.trim().parse().ok()?;
    let digits: Vec<u8> = lines.flat_map(|line| line.trim().bytes()).collect();
    if digits.len() / 2 != length {
        return None;
    }
    digits.as_chunks::<2>().0.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
