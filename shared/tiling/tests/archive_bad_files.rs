//! Whatever the bytes are, the answer is an index or an error that names what is wrong.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod archive_support;

use archive_support::{Dice, METADATA, archive, at, pyramid, try_to_read};
use proptest::prelude::*;
use skyfeed_tiling::archive::{Digests, Head};

/// Where the header has its numbers.
const ROOT: usize = 8;
const ROOT_LENGTH: usize = 16;
const METADATA_AT: usize = 24;
const METADATA_LENGTH: usize = 32;
const LEAVES: usize = 40;
const LEAVES_LENGTH: usize = 48;
const DATA: usize = 56;
const DATA_LENGTH: usize = 64;
const ADDRESSED: usize = 72;
const ENTRIES: usize = 80;
const CONTENTS: usize = 88;

fn small() -> Vec<u8> {
    archive(1, &pyramid(1, |_| true)).0
}

fn with_leaves() -> Vec<u8> {
    archive(7, &pyramid(7, |_| true)).0
}

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn set(bytes: &mut [u8], at: usize, number: u64) {
    bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
}

fn error_of(bytes: &[u8]) -> String {
    let error = try_to_read(bytes).unwrap_err();
    assert!(!error.is_transient());
    error.to_string()
}

#[track_caller]
fn assert_refused(mut bytes: Vec<u8>, change: impl FnOnce(&mut Vec<u8>), problem: &str) {
    change(&mut bytes);
    let error = error_of(&bytes);
    assert!(error.contains(problem), "{error}");
}

#[test]
fn other_files_and_other_versions_are_refused() {
    assert_refused(small(), |bytes| bytes[3] = b'x', "does not begin with PMTiles");
    assert_refused(small(), |bytes| bytes[7] = 2, "version 2 of PMTiles");
    assert_refused(small(), |bytes| bytes[7] = 4, "version 4 of PMTiles");
    assert_refused(small(), |bytes| bytes[97] = 2, "its directories have the compression 2");
    assert_refused(small(), |bytes| bytes[98] = 2, "its tiles have the compression 2");
    assert_refused(small(), |bytes| bytes[100] = 2, "the levels 2 to 1");
    assert_refused(small(), |bytes| bytes[101] = 32, "the levels 0 to 32");
    let mut unknown = small();
    unknown[99] = 0;
    assert_eq!(try_to_read(&unknown).unwrap().format(), None);
}

#[test]
fn sections_lie_one_after_the_other_in_the_archive() {
    for at in [ROOT, METADATA_AT, LEAVES, DATA] {
        for offset in [u64::MAX, u64::MAX - 4, 1 << 40] {
            assert_refused(small(), |bytes| set(bytes, at, offset), "end beyond the");
        }
        assert_refused(small(), |bytes| set(bytes, at, 3), "overlap what should be before them");
    }
    for at in [ROOT_LENGTH, METADATA_LENGTH, LEAVES_LENGTH, DATA_LENGTH] {
        assert_refused(small(), |bytes| set(bytes, at, u64::MAX), "end beyond the");
        let longer = |bytes: &mut Vec<u8>| {
            let length = number(bytes, at) + 1;
            set(bytes, at, length);
        };
        let problem = if at == DATA_LENGTH { "end beyond the" } else { "overlap what should be before them" };
        assert_refused(small(), longer, problem);
    }
}

#[test]
fn an_archive_that_ends_early_is_refused_wherever_it_ends() {
    let bytes = small();
    for end in 0..bytes.len() {
        try_to_read(&bytes[..end]).unwrap_err();
    }
    let error = Head::parse(&bytes[..130], bytes.len() as u64).unwrap_err();
    assert_eq!(error.to_string(), "the root directory is damaged: it ends early");
    let bytes = with_leaves();
    let head = Head::parse(&bytes[..Head::BYTES], bytes.len() as u64).unwrap();
    let leaves = head.leaves();
    let short = &bytes[leaves.start as usize..leaves.end as usize - 1];
    assert!(head.into_index(short).unwrap_err().to_string().starts_with("the section of leaf directories is damaged"));
}

#[test]
fn what_is_claimed_is_checked_before_memory_is_taken() {
    assert_refused(small(), |bytes| set(bytes, ENTRIES, u64::MAX), "tiles are more than the limit of 16777216");
    assert_refused(small(), |bytes| set(bytes, CONTENTS, 6), "6 different tiles are more than the limit of 5");
    assert_refused(small(), |bytes| set(bytes, CONTENTS, 4), "there are 5 different tiles, not 4");
    assert_refused(small(), |bytes| set(bytes, ADDRESSED, 9), "9 tiles by 5 entries: there are runs");
    let other_count = |bytes: &mut Vec<u8>| [ADDRESSED, ENTRIES].into_iter().for_each(|at| set(bytes, at, 8));
    assert_refused(small(), other_count, "there are 5 entries, not 8");
    assert_refused(small(), |bytes| bytes[127] = 120, "entries in");
    assert_refused(small(), |bytes| bytes[127] = 0, "0 entries in");
    let many = |bytes: &mut Vec<u8>| {
        bytes[127..137].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1])
    };
    assert_refused(small(), many, "18446744073709551615 entries in");
    // A file of a terabyte that would be all directories, or all metadata.
    let mut bytes = small();
    set(&mut bytes, LEAVES_LENGTH, 1 << 39);
    set(&mut bytes, DATA, (1 << 39) + 5000);
    let error = Head::parse(&bytes, 1 << 40).unwrap_err().to_string();
    assert_eq!(error, "549755813888 bytes of leaf directories are more than the limit of 250");
    let mut bytes = small();
    set(&mut bytes, METADATA_LENGTH, 1 << 39);
    for at in [LEAVES, DATA] {
        set(&mut bytes, at, (1 << 39) + 5000);
    }
    let error = Head::parse(&bytes, 1 << 40).unwrap_err().to_string();
    assert_eq!(error, "549755813888 bytes of metadata are more than the limit of 1048576");
}

/// The root of `small` is its count, then ids, runs, lengths and offsets of five entries, a byte each.
#[test]
fn directories_that_contradict_themselves_are_refused() {
    assert_refused(small(), |bytes| bytes[129] = 0, "a tile is listed twice");
    assert_refused(small(), |bytes| bytes[132] = 100, "is on none of the archive's levels");
    assert_refused(small(), |bytes| bytes[133] = 2, "has a run of 2 tiles");
    assert_refused(small(), |bytes| bytes[134] = 0, "mixes tiles and leaf directories");
    assert_refused(small(), |bytes| bytes[133..138].fill(0), "it has 74 of 0 bytes of leaf directories");
    assert_refused(small(), |bytes| bytes[138] = 0, "an entry is empty");
    assert_refused(small(), |bytes| bytes[143] = 0, "the first entry has no offset");
    assert_refused(small(), |bytes| bytes[147] = 3, "overlaps another");
    assert_refused(small(), |bytes| bytes[147] = 127, "is outside the data");
    assert_refused(small(), |bytes| bytes[147] |= 0x80, "it ends early");
    let longer = |bytes: &mut Vec<u8>| {
        bytes.splice(148..148, [0]);
        set(bytes, ROOT_LENGTH, 22);
        for at in [METADATA_AT, LEAVES, DATA] {
            let offset = number(bytes, at) + 1;
            set(bytes, at, offset);
        }
    };
    assert_refused(small(), longer, "the root directory is damaged: 1 bytes too many");
}

/// The root of `with_leaves` is six entries: count, ids of one to two bytes, runs, lengths of two to three bytes, offsets.
#[test]
fn leaf_directories_are_one_level_without_gaps() {
    let bytes = with_leaves();
    let head = Head::parse(&bytes[..Head::BYTES], bytes.len() as u64).unwrap();
    let leaves = head.leaves();
    let first = leaves.start as usize;
    let with_first = |change: &dyn Fn(&mut [u8])| {
        let mut changed = bytes.clone();
        change(&mut changed[first..]);
        error_of(&changed)
    };
    // Count (2 bytes), 4096 ids of a byte each, runs.
    assert!(with_first(&|leaf| leaf[2 + 4096..][..4096].fill(0)).contains("leaf directories below leaf directories"));
    assert!(with_first(&|leaf| leaf[2] = 9).contains("does not begin with the tile that the root directory says"));
    assert!(with_first(&|leaf| leaf[3] = 99).contains("begins before the end of the one before it"));
    let mut gap = bytes.clone();
    let last_offset = number(&gap, METADATA_AT) as usize - 1;
    assert_eq!(gap[last_offset], 0);
    gap[last_offset] = 1;
    assert!(error_of(&gap).contains("its leaf directories do not follow each other"));
    let mut short = bytes.clone();
    let length = number(&short, LEAVES_LENGTH);
    set(&mut short, LEAVES_LENGTH, length - 1);
    assert!(error_of(&short).contains("bytes of leaf directories"));
    let mut none = bytes;
    set(&mut none, LEAVES_LENGTH, 0);
    assert!(error_of(&none).contains("bytes of leaf directories"));
}

/// Changes a few bytes, most of them in the header and the directories.
fn mutate(original: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=dice.below(4) {
        let region = if dice.below(2) == 0 { 127.min(bytes.len()) } else { bytes.len().min(600) };
        let at = dice.below(region.max(1));
        match dice.below(6) {
            0 if bytes.len() > at => bytes.truncate(at.max(1)),
            1 if bytes.len() > at => drop(bytes.remove(at)),
            2 if bytes.len() >= at => bytes.insert(at, dice.below(256) as u8),
            3 if bytes.len() > at => bytes[at] ^= 1 << dice.below(8),
            _ if bytes.len() > at => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][dice.below(5)],
            _ => {}
        }
    }
    bytes
}

#[test]
fn mutated_archives_do_not_panic_and_what_is_read_is_within_them() {
    let mut dice = Dice(0x5eed_0012);
    let originals = [small(), with_leaves(), archive(3, &pyramid(3, |tile| tile.x != 2)).0];
    let mut read = 0;
    for round in 0..6000 {
        // The one with leaf directories takes long to check.
        let original = if round % 20 == 0 { &originals[1] } else { &originals[round % 2 * 2] };
        let bytes = mutate(original, &mut dice);
        let Ok(index) = try_to_read(&bytes) else { continue };
        read += 1;
        let mut tiles = 0;
        for stored in index.stored() {
            assert!(stored.range.start < stored.range.end && stored.range.end <= bytes.len() as u64);
            assert!(stored.tiles().all(|tile| index.find(tile) == Some(stored.range.clone())));
            tiles += stored.tiles().len() as u64;
        }
        assert_eq!(tiles, index.tile_count());
        assert!(index.metadata().end <= bytes.len() as u64);
        assert_eq!(index.find(at(31, 0, 0)), None);
    }
    assert!(read > 300, "only {read} were still good enough");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_directory_gives_an_answer(
        root in prop::collection::vec(0_u8..6, 1..80),
        leaves in prop::collection::vec(0_u8..6, 0..80),
    ) {
        let mut bytes = small();
        let old_root = number(&bytes, ROOT_LENGTH) as usize;
        let sections = [root.clone(), METADATA.to_vec(), leaves.clone()].concat();
        let data = bytes.split_off(127 + old_root + METADATA.len());
        bytes.truncate(127);
        bytes.extend(&sections);
        let mut offset = 127;
        let lengths = [root.len(), METADATA.len(), leaves.len(), data.len()];
        for (at, length) in [ROOT, METADATA_AT, LEAVES, DATA].into_iter().zip(lengths) {
            set(&mut bytes, at, offset);
            set(&mut bytes, at + 8, length as u64);
            offset += length as u64;
        }
        bytes.extend(data);
        match try_to_read(&bytes) {
            Ok(index) => prop_assert_eq!(index.tile_count(), 5),
            Err(error) => prop_assert!(!error.is_transient()),
        }
    }

    #[test]
    fn any_list_of_digests_is_refused_or_the_same(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Digests::parse(bytes.as_slice()).is_err());
        let named = [b"skyfeed tile digests 1\n", bytes.as_slice()].concat();
        if let Ok(digests) = Digests::parse(named.as_slice()) {
            prop_assert_eq!(digests.as_bytes(), named);
        }
    }
}
