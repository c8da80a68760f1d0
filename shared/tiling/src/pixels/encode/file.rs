//! The frame of a PNG file around its compressed samples.

use super::{deflate::EntropyCoder, samples::Samples};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Length, name and checksum of a chunk.
const CHUNK_BYTES: usize = 12;

/// A PNG file of `samples`, of whose filtered form `write_stream` appends the zlib stream of `stream_bytes`.
pub(super) fn png_file(samples: &Samples<'_>, stream_bytes: usize, write_stream: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let side = (samples.side as u32).to_be_bytes();
    // 8 bits; the only compression and the only set of filters that there are; not interlaced.
    let kind = [8, samples.color.png_type(), 0, 0, 0];
    let mut file = Vec::with_capacity(SIGNATURE.len() + 3 * CHUNK_BYTES + 13 + stream_bytes + EntropyCoder::SLACK);
    file.extend(SIGNATURE);
    chunk(&mut file, *b"IHDR", |file| file.extend([&side[..], &side, &kind].concat()));
    chunk(&mut file, *b"IDAT", write_stream);
    chunk(&mut file, *b"IEND", |_| ());
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], write_data: impl FnOnce(&mut Vec<u8>)) {
    let length = file.len();
    file.extend([0; 4]);
    let checked = file.len();
    file.extend(name);
    let data = file.len();
    write_data(file);
    let data_bytes = (file.len() - data) as u32;
    file[length..checked].copy_from_slice(&data_bytes.to_be_bytes());
    let checksum = crc32fast::hash(&file[checked..]);
    file.extend(checksum.to_be_bytes());
}
