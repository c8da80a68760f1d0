#![no_main]

use libfuzzer_sys::fuzz_target;
use skyfeed_tiling::archive::{ArchiveError, Digests, Head};

fuzz_target!(|bytes: &[u8]| {
    let _ = read(bytes);
    if let Ok(digests) = Digests::parse(bytes) {
        for digest in digests.iter() {
            assert_eq!(digests.get(digest.tile), Some(digest));
        }
    }
});

fn read(bytes: &[u8]) -> Result<(), ArchiveError> {
    let head = Head::parse(&bytes[..bytes.len().min(Head::BYTES)], bytes.len() as u64)?;
    let leaves = head.leaves();
    let index = head.into_index(&bytes[leaves.start as usize..leaves.end as usize])?;
    for stored in index.stored() {
        assert!(stored.range.end <= bytes.len() as u64);
        for tile in stored.tiles() {
            assert_eq!(index.find(tile), Some(stored.range.clone()));
        }
    }
    Ok(())
}
