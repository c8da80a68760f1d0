//! The list of digests beside an archive.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod archive_support;

use archive_support::{archive, at, pyramid, read};
use sha2::{Digest, Sha256};
use skyfeed_tiling::archive::{ArchiveError, Digests};

const MAGIC: &[u8] = b"skyfeed tile digests 1\n";

fn record(id: u64, length: u32) -> Vec<u8> {
    [&id.to_le_bytes()[..], &length.to_le_bytes(), &[7; 32]].concat()
}

fn error_of(records: &[Vec<u8>]) -> String {
    Digests::parse([MAGIC, &records.concat()].concat()).unwrap_err().to_string()
}

#[test]
fn a_list_names_length_and_digest_of_every_tile() {
    let tiles = pyramid(6, |tile| !(tile.x + tile.y).is_multiple_of(3));
    let (bytes, summary) = archive(6, &tiles);
    let list = &summary.digests;
    assert!(list.iter().is_sorted_by_key(|digest| digest.tile.level));
    assert_eq!((list.tile_count(), list.iter().len()), (tiles.len() as u64, tiles.len()));
    let index = read(&bytes);
    for digest in list.iter() {
        let file = &tiles[&digest.tile];
        assert_eq!(digest.sha256, <[u8; 32]>::from(Sha256::digest(file)));
        assert_eq!(u64::from(digest.length), file.len() as u64);
        let range = index.find(digest.tile).unwrap();
        assert_eq!(range.end - range.start, u64::from(digest.length));
        assert_eq!(list.get(digest.tile), Some(digest));
    }
    for tile in [at(0, 0, 0), at(3, 1, 2), at(7, 0, 1), at(1, 0, 5), at(99, 0, 0)] {
        assert_eq!(list.get(tile), None);
    }
}

#[test]
fn a_list_is_read_as_it_was_written_and_named_by_its_bytes() {
    let (_, summary) = archive(3, &pyramid(3, |_| true));
    let bytes = summary.digests.as_bytes();
    assert_eq!(bytes.len(), MAGIC.len() + 44 * (1 + 4 + 16 + 64));
    assert!(bytes.starts_with(MAGIC));
    assert_eq!(bytes[MAGIC.len() + 44..][..8], 1_u64.to_le_bytes());
    let again = Digests::parse(bytes).unwrap();
    assert_eq!(again, summary.digests);
    assert_eq!(again.sha256(), <[u8; 32]>::from(Sha256::digest(bytes)));
}

#[test]
fn the_tiles_name_the_list_and_the_metadata_does_not() {
    let tiles = pyramid(3, |_| true);
    let digest = |metadata: &[u8]| {
        let builder = archive_support::builder(3);
        tiles.iter().for_each(|(tile, file)| builder.add(*tile, file).unwrap());
        builder.finish(metadata, &mut Vec::new()).unwrap().digests.sha256()
    };
    assert_eq!(digest(b"{}"), digest(br#"{"width":2048}"#));
    let mut other = tiles.clone();
    other.insert(at(3, 1, 1), b"other".to_vec());
    assert_ne!(archive(3, &other).1.digests.sha256(), digest(b"{}"));
}

#[test]
fn lists_that_nobody_wrote_are_refused() {
    let last = pmtiles::MAX_TILE_ID;
    assert!(Digests::parse([MAGIC, &record(0, 1), &record(last, u32::MAX)].concat()).is_ok());
    assert_eq!(
        error_of(&[record(5, 1), record(4, 1)]),
        "the list of tile digests is damaged: it is not sorted, or names a tile twice"
    );
    assert!(error_of(&[record(5, 1), record(5, 1)]).ends_with("names a tile twice"));
    assert!(error_of(&[record(5, 0)]).ends_with("a tile is empty"));
    assert!(error_of(&[record(last + 1, 1)]).ends_with("a tile id is beyond the deepest level"));
    assert!(error_of(&[record(1, 1), vec![0; 43]]).ends_with("it ends early"));
    assert!(error_of(&[record(1, 1), vec![0]]).ends_with("it ends early"));
    assert!(matches!(Digests::parse(MAGIC), Err(ArchiveError::NoTiles)));
    for other in [&b""[..], b"skyfeed tile digests 2\n", b"skyfeed tile digests 1", b"PMTiles\x03"] {
        assert!(matches!(Digests::parse(other), Err(ArchiveError::Unsupported(_))));
    }
}

#[test]
fn a_head_is_refused_for_tiles_below_its_depth() {
    let (_, summary) = archive(4, &pyramid(4, |_| true));
    let head = |depth| summary.digests.archive_head(depth, Default::default(), b"{}");
    assert!(head(4).is_ok() && head(5).is_ok());
    assert!(matches!(head(3), Err(ArchiveError::OutsidePyramid { depth: 3, .. })));
    assert!(matches!(head(32), Err(ArchiveError::Limit { .. })));
}
