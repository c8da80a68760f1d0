//! The frame of a PNG file around its compressed samples.

use super::samples::Samples;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Length, name and checksum of a chunk.
const CHUNK_BYTES: usize = 12;

/// A PNG file of `samples`, of whose filtered form `data` is the zlib stream.
pub(super) fn png_file(samples: &Samples<'_>, data: &[u8]) -> Vec<u8> {
    let side = (samples.side as u32).to_be_bytes();
    // 8 bits; the only compression and the only set of filters that there are; not interlaced.
    let kind = [8, samples.color.png_type(), 0, 0, 0];
    let mut file = Vec::with_capacity(SIGNATURE.len() + 3 * CHUNK_BYTES + 13 + data.len());
    file.extend(SIGNATURE);
    chunk(&mut file, *b"IHDR", &[&side[..], &side, &kind].concat());
    chunk(&mut file, *b"IDAT", data);
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let checked = file.len();
    file.extend(name);
    file.extend(data);
    let checksum = crc32fast::hash(&file[checked..]);
    file.extend(checksum.to_be_bytes());
}
