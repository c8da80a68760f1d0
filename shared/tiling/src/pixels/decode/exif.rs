//! The orientation in an EXIF block, which is a TIFF structure of its own.

use std::io::Cursor;

use super::{
    header::Metadata,
    tiff::{Directory, tag},
};
use crate::pixels::Orientation;

/// Takes the orientation from an EXIF block, with or without its name before it, or warns.
pub(super) fn read(block: &[u8], metadata: &mut Metadata) {
    match orientation(block.strip_prefix(b"Exif\0\0").unwrap_or(block)) {
        Ok(Some(orientation)) => metadata.orientation = orientation,
        Ok(None) => {}
        Err(problem) => metadata.warn(format!("ignoring the EXIF orientation: {problem}")),
    }
}

/// The orientation of an EXIF block that begins with its TIFF header, or `None` if it has none.
///
/// # Errors
/// What is wrong with the block, in words.
fn orientation(block: &[u8]) -> Result<Option<Orientation>, String> {
    let mut input = Cursor::new(block);
    let broken = |_| "the EXIF block is broken".to_owned();
    let directory = Directory::read(&mut input).map_err(broken)?;
    match directory.unsigned(&mut input, tag::ORIENTATION).map_err(broken)? {
        Some(number) => u32::try_from(number)
            .ok()
            .and_then(Orientation::from_exif)
            .map(Some)
            .ok_or_else(|| format!("{number} is not a number from 1 to 8")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exif(number: u16) -> Vec<u8> {
        let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
        block.extend(number.to_be_bytes());
        block.extend([0; 6]);
        block
    }

    #[test]
    fn the_eight_numbers_of_exif_are_read() {
        for number in 1..=8 {
            assert_eq!(orientation(&exif(number)).unwrap(), Orientation::from_exif(number.into()));
        }
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        assert_eq!(orientation(&exif(9)).unwrap_err(), "9 is not a number from 1 to 8");
    }

    #[test]
    fn a_cut_block_is_an_error_and_no_panic() {
        let block = exif(6);
        for length in 0..18 {
            assert!(orientation(&block[..length]).is_err(), "{length} bytes");
        }
    }
}
