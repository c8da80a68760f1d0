//! Archives are read by us and by the crate `pmtiles`.

mod archive_support;

use std::{io, io::Write};

use archive_support::{METADATA, Tiles, archive, at, builder, file_of, pyramid, read};
use pmtiles::{AsyncPmTilesReader, Compression, MmapBackend, TileCoord, TileType};
use skyfeed_tiling::{
    archive::{ArchiveBuilder, ArchiveError, Head, MAX_METADATA_BYTES},
    pixels::{TileFormat, TilePos},
};

fn assert_comes_back(depth: u32, tiles: &Tiles) -> Vec<u8> {
    let (bytes, summary) = archive(depth, tiles);
    let index = read(&bytes);
    assert_eq!((index.depth(), index.format(), index.tile_count()), (depth, Some(TileFormat::Png), tiles.len() as u64));
    let metadata = index.metadata();
    assert_eq!(&bytes[metadata.start as usize..metadata.end as usize], METADATA);
    for tile in pyramid(depth, |_| true).keys() {
        let found = index.find(*tile).map(|range| &bytes[range.start as usize..range.end as usize]);
        assert_eq!(found, tiles.get(tile).map(Vec::as_slice), "{tile:?}");
        assert_eq!(summary.digests.get(*tile).is_some(), found.is_some());
    }
    let listed: Vec<TilePos> = index.stored().flat_map(|stored| stored.tiles().collect::<Vec<_>>()).collect();
    assert_eq!(listed.len(), tiles.len());
    bytes
}

#[test]
fn pyramids_of_all_depths_come_back() {
    for depth in [0, 1, 6, 8] {
        assert_comes_back(depth, &pyramid(depth, |_| true));
        assert_comes_back(depth, &pyramid(depth, |tile| !(tile.x * 3 + tile.y).is_multiple_of(4) || depth == 0));
    }
}

#[test]
fn many_tiles_have_leaf_directories() {
    let tiles = pyramid(8, |_| true);
    let bytes = assert_comes_back(8, &tiles);
    let head = Head::parse(&bytes[..Head::BYTES], bytes.len() as u64).unwrap();
    let leaves = head.leaves();
    assert_eq!(bytes[127], tiles.len().div_ceil(4096) as u8);
    assert!(leaves.end - leaves.start > 4 * tiles.len() as u64);
    let few = assert_comes_back(5, &pyramid(5, |_| true));
    assert!(Head::parse(&few[..Head::BYTES], few.len() as u64).unwrap().leaves().is_empty());
}

/// By the only reader that the crate has, which waits for its file.
#[test]
fn the_crate_pmtiles_reads_archives() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for depth in [0, 3, 8] {
        let mut tiles = pyramid(depth, |tile| tile.level == 0 || !(tile.x + tile.y).is_multiple_of(3));
        for (tile, file) in &mut tiles {
            if tile.x % 5 == 1 {
                *file = b"the same".to_vec();
            }
        }
        let (bytes, _) = archive(depth, &tiles);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        runtime.block_on(async {
            let backend = MmapBackend::try_from(file.path()).await.unwrap();
            let reader = AsyncPmTilesReader::try_from_source(backend).await.unwrap();
            let header = reader.get_header();
            assert_eq!((u32::from(header.min_zoom), u32::from(header.max_zoom)), (0, depth));
            assert_eq!((header.tile_type, header.tile_compression), (TileType::Png, Compression::None));
            assert_eq!(header.n_addressed_tiles().unwrap().get(), tiles.len() as u64);
            assert_eq!(header.n_tile_contents().unwrap().get(), read(&bytes).stored().count() as u64);
            assert_eq!(reader.get_metadata().await.unwrap().as_bytes(), METADATA);
            // It reads a leaf directory anew for each tile.
            let asked = pyramid(depth, |tile| depth < 8 || tile.level < 3 || (tile.x + 5 * tile.y) % 37 == 0);
            for TilePos { level, x, y } in asked.into_keys() {
                let coord = TileCoord::new(level as u8, x, y).unwrap();
                let found = reader.get_tile(coord).await.unwrap();
                assert_eq!(found.as_deref(), tiles.get(&at(level, x, y)).map(Vec::as_slice));
            }
        });
    }
}

#[test]
fn tiles_that_cannot_be_are_refused_and_leave_no_trace() {
    let builder = builder(2);
    let refusal = |tile, bytes: &[u8]| {
        let error = builder.add(tile, bytes).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        error.to_string()
    };
    assert_eq!(refusal(at(3, 0, 0), b"x"), "the tile L3X0Y0 is outside a pyramid of depth 2");
    assert_eq!(refusal(at(1, 2, 0), b"x"), "the tile L1X2Y0 is outside a pyramid of depth 2");
    assert_eq!(refusal(at(40, 0, 0), b"x"), "the tile L40X0Y0 is outside a pyramid of depth 2");
    assert_eq!(refusal(at(2, 3, 1), b""), "the tile L2X3Y1 is empty");
    builder.add(at(2, 3, 1), b"y").unwrap();
    let mut bytes = Vec::new();
    assert_eq!(builder.finish(METADATA, &mut bytes).unwrap().digests.tile_count(), 1);
    assert!(bytes == archive(2, &Tiles::from([(at(2, 3, 1), b"y".to_vec())])).0);
}

#[test]
fn nothing_is_written_of_an_archive_that_cannot_be() {
    let mut out = Vec::new();
    let error = builder(2).finish(METADATA, &mut out).unwrap_err();
    assert!(matches!(error, ArchiveError::NoTiles));
    let twice = builder(2);
    for tile in [at(2, 1, 1), at(0, 0, 0), at(2, 1, 1)] {
        twice.add(tile, &file_of(tile)).unwrap();
    }
    let error = twice.finish(METADATA, &mut out).unwrap_err();
    assert_eq!(error.to_string(), "the tile L2X1Y1 came twice");
    let long = builder(2);
    long.add(at(0, 0, 0), b"x").unwrap();
    let error = long.finish(&vec![b' '; MAX_METADATA_BYTES as usize + 1], &mut out).unwrap_err();
    assert_eq!(error.to_string(), "1048577 bytes of metadata are more than the limit of 1048576");
    assert!(!error.is_transient() && out.is_empty());
    let deep = ArchiveBuilder::new(tempfile::tempfile().unwrap(), 32, TileFormat::Png).err().unwrap();
    assert_eq!(deep.to_string(), "32 levels below the first are more than the limit of 31");
}

#[test]
fn a_spool_or_an_output_that_fails_is_an_error_that_may_pass() {
    let read_only = ArchiveBuilder::new(std::fs::File::open("Cargo.toml").unwrap(), 0, TileFormat::Png).unwrap();
    assert_ne!(read_only.add(at(0, 0, 0), b"x").unwrap_err().kind(), io::ErrorKind::InvalidInput);
    let full = builder(0);
    full.add(at(0, 0, 0), b"x").unwrap();
    assert!(full.finish(METADATA, &mut &mut [0; 100][..]).unwrap_err().is_transient());
}
