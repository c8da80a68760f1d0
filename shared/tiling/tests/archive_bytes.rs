//! The bytes of an archive follow from its tiles alone, by the published rules.

mod archive_support;

use std::{collections::BTreeSet, thread};

use archive_support::{Dice, METADATA, Tiles, archive, at, builder, data_order, file_of, pyramid, read};
use sha2::{Digest, Sha256};
use skyfeed_tiling::{
    archive::{ArchiveBuilder, SUBTREE_LEVELS},
    pixels::{PIXELS_VERSION, TileFormat, TilePos},
};

/// A pyramid with holes, and with equal tiles here and there.
fn with_equal_tiles(depth: u32) -> Tiles {
    let mut tiles = pyramid(depth, |tile| !(tile.x + 3 * tile.y).is_multiple_of(5) || tile.level == 0);
    for (tile, file) in &mut tiles {
        if (tile.x + tile.y) % 7 == 1 {
            *file = b"the same".to_vec();
        }
    }
    tiles
}

#[test]
fn the_order_in_which_tiles_come_leaves_no_trace() {
    let mut dice = Dice(0x5eed_0011);
    for depth in [0, 2, 7] {
        let tiles = with_equal_tiles(depth);
        let expected = archive(depth, &tiles);
        let mut shuffled: Vec<_> = tiles.iter().collect();
        for _ in 0..3 {
            dice.shuffle(&mut shuffled);
            assert!(archive(depth, shuffled.iter().copied()) == expected, "depth {depth}");
        }
    }
}

#[test]
fn the_number_of_threads_leaves_no_trace() {
    let tiles = with_equal_tiles(7);
    let expected = archive(7, &tiles);
    let listed: Vec<_> = tiles.iter().collect();
    let builder = builder(7);
    thread::scope(|scope| {
        for part in 0..8 {
            let (builder, listed) = (&builder, &listed);
            scope.spawn(move || {
                for (tile, file) in listed.iter().skip(part).step_by(8) {
                    builder.add(**tile, file).unwrap();
                }
            });
        }
    });
    let mut bytes = Vec::new();
    let summary = builder.finish(METADATA, &mut bytes).unwrap();
    assert!((bytes, summary) == expected);
}

#[test]
fn the_head_can_be_made_without_any_tile() {
    let tiles = with_equal_tiles(8);
    let (bytes, summary) = archive(8, &tiles);
    let head = summary.digests.archive_head(8, TileFormat::Png, METADATA).unwrap();
    assert!(bytes.starts_with(&head));
    assert_eq!(read(&bytes).stored().next().unwrap().range.start, head.len() as u64);
}

/// The number of a tile on its level's curve, by the picture of the curve: each quadrant in turn, the first and the last mirrored.
fn on_curve(level: u32, x: u32, y: u32) -> u64 {
    if level == 0 {
        return 0;
    }
    let half = 1 << (level - 1);
    let quarter = 1_u64 << (2 * (level - 1));
    match (x >= half, y >= half) {
        (false, false) => on_curve(level - 1, y, x),
        (false, true) => quarter + on_curve(level - 1, x, y - half),
        (true, true) => 2 * quarter + on_curve(level - 1, x - half, y - half),
        (true, false) => 3 * quarter + on_curve(level - 1, half - 1 - y, 2 * half - 1 - x),
    }
}

#[test]
fn data_is_laid_out_by_subtrees_and_the_levels_above_come_last() {
    assert_eq!(SUBTREE_LEVELS, 5);
    for (depth, apex) in [(3, 0), (5, 0), (6, 1), (8, 3)] {
        let tiles = pyramid(depth, |tile| !(tile.x + tile.y).is_multiple_of(3));
        let mut expected: Vec<TilePos> = tiles.keys().copied().collect();
        expected.sort_by_key(|&TilePos { level, x, y }| {
            let subtree = level.checked_sub(apex).map(|levels| on_curve(apex, x >> levels, y >> levels));
            (subtree.is_none(), subtree, level, on_curve(level, x, y))
        });
        let (bytes, _) = archive(depth, &tiles);
        assert!(data_order(&bytes) == expected, "depth {depth}");
        // Nothing lies between two files, nor behind the last.
        let index = read(&bytes);
        let mut end = index.stored().next().unwrap().range.start;
        for stored in index.stored() {
            assert_eq!(stored.range.start, end);
            end = stored.range.end;
        }
        assert_eq!(end, bytes.len() as u64);
    }
}

#[test]
fn equal_tiles_are_stored_once_in_a_subtree_and_never_across() {
    let depth = 7;
    let tiles: Tiles = pyramid(depth, |_| true).into_keys().map(|tile| (tile, b"one file".to_vec())).collect();
    let (bytes, summary) = archive(depth, &tiles);
    let index = read(&bytes);
    let groups: Vec<BTreeSet<TilePos>> = index.stored().map(|stored| stored.tiles().collect()).collect();
    // Level 2 has the roots of 16 subtrees of 1365 tiles; levels 0 and 1 are above.
    assert_eq!(groups.iter().map(BTreeSet::len).collect::<Vec<_>>(), [&[1365; 16][..], &[5]].concat());
    for group in &groups[..16] {
        let roots: BTreeSet<_> =
            group.iter().map(|tile| (tile.x >> (tile.level - 2), tile.y >> (tile.level - 2))).collect();
        assert_eq!(roots.len(), 1);
    }
    assert_eq!(groups[16], pyramid(1, |_| true).into_keys().collect());
    assert_eq!((index.tile_count(), summary.digests.tile_count()), (16 * 1365 + 5, 16 * 1365 + 5));
}

#[test]
fn the_header_is_the_one_that_is_documented() {
    let (bytes, _) = archive(2, &Tiles::from([(at(1, 0, 1), b"abc".to_vec()), (at(2, 3, 3), b"abc".to_vec())]));
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!(&bytes[..8], b"PMTiles\x03");
    let root = 1 + 2 + 2 + 2 + 2;
    let metadata = 127 + root;
    let data = metadata + METADATA.len() as u64;
    assert_eq!([8, 16, 24, 32, 40, 48, 56, 64].map(number), [127, root, metadata, data - metadata, data, 0, data, 3]);
    assert_eq!([72, 80, 88].map(number), [2, 2, 1]);
    // Not clustered, nothing compressed, PNG, levels 1 to 2.
    assert_eq!(bytes[96..102], [0, 1, 1, 2, 1, 2]);
    assert_eq!(
        bytes[102..118],
        [-1_800_000_000, -850_511_287, 1_800_000_000, 850_511_287].map(i32::to_le_bytes).concat()
    );
    assert_eq!(bytes[118..127], [0; 9]);
    // Ids 2 and 15 (as 2 + 13), runs of 1, 3 bytes each, both at the start of the data.
    assert_eq!(bytes[127..metadata as usize], [2, 2, 13, 1, 1, 3, 3, 1, 1]);
    assert_eq!(&bytes[data as usize..], b"abc");

    let jpeg = ArchiveBuilder::new(tempfile::tempfile().unwrap(), 0, TileFormat::Jpeg).unwrap();
    jpeg.add(at(0, 0, 0), b"x").unwrap();
    let mut bytes = Vec::new();
    jpeg.finish(b"{}", &mut bytes).unwrap();
    assert_eq!(bytes[99], 3);
    assert_eq!(read(&bytes).format(), Some(TileFormat::Jpeg));
}

/// Archives are published under names that say what is in them: other bytes for the same tiles need another `PIXELS_VERSION`.
#[test]
fn the_bytes_of_an_archive_are_those_of_this_pixels_version() {
    const ARCHIVE: &str = "143225a7fe4d7f86c1f8696147e703113623a99adda3c7393018b2016308f954";
    const DIGESTS: &str = "184c6e30680b380f49e6479162d78b07374ec30844e3336d4b275989ab8e0758";
    let (bytes, summary) = archive(7, &with_equal_tiles(7));
    let hex = |digest: [u8; 32]| digest.map(|byte| format!("{byte:02x}")).concat();
    let found = (PIXELS_VERSION, hex(Sha256::digest(&bytes).into()), hex(summary.digests.sha256()));
    assert_eq!(found, (2, ARCHIVE.to_owned(), DIGESTS.to_owned()));
}

#[test]
fn a_file_that_is_equal_elsewhere_is_found_where_it_is() {
    let tiles = with_equal_tiles(7);
    let (bytes, _) = archive(7, &tiles);
    let index = read(&bytes);
    for (tile, file) in &tiles {
        let range = index.find(*tile).unwrap();
        assert!(bytes[range.start as usize..range.end as usize] == **file, "{tile:?}");
    }
    assert!(tiles.values().filter(|file| **file == b"the same").count() > 1000);
    assert_ne!(file_of(at(7, 3, 4)), file_of(at(7, 4, 3)));
}
