//! Whatever the bytes are, the answer is a value or an error, and soon.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod sky_support;

use sky_support::{data, vectors};
use skyfeed_tiling::sky::{Avm, FOV_FACTOR, Placement, Wcs, find_packet, fits};

/// Xorshift, so that every run makes the same files.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Changes, removes, doubles or cuts a few pieces.
fn mutate(original: &[u8], dice: &mut Dice) -> Vec<u8> {
    const PIECES: [&[u8]; 12] =
        [b"<", b">", b"</", b"&", b"\"", b"\0", b"NaN", b"-1e999", b"rdf:li", b"END", b"'", b"\xff\xfe"];
    let mut bytes = original.to_vec();
    for _ in 0..=dice.below(6) {
        if bytes.is_empty() {
            break;
        }
        let start = dice.below(bytes.len());
        let end = (start + dice.below(40)).min(bytes.len());
        match dice.below(5) {
            0 => bytes[start] = u8::try_from(dice.below(256)).unwrap(),
            1 => drop(bytes.splice(start..start, PIECES[dice.below(PIECES.len())].iter().copied())),
            2 => drop(bytes.drain(start..end)),
            3 => bytes.extend_from_within(start..end),
            _ => bytes.truncate(start.max(bytes.len() / 2)),
        }
    }
    bytes
}

/// Uses a WCS as callers do; what is accepted must give finite numbers.
fn place(wcs: &Wcs) {
    for levels in [0, 2] {
        if let Ok(placement) = Placement::study(wcs, 800, 600, levels, FOV_FACTOR) {
            for (name, number) in sky_support::numbers(&placement.padded(800, 600)) {
                assert!(number.is_finite(), "{name} of {wcs:?}");
            }
        }
    }
}

#[test]
fn mutated_xmp_packets_do_not_panic() {
    let mut dice = Dice(0x5eed_0001);
    let packets: Vec<Vec<u8>> =
        vectors("avm.json").iter().map(|case| case["xmp"].as_str().unwrap().as_bytes().to_vec()).collect();
    let mut placed = 0;
    for round in 0..20_000 {
        let bytes = mutate(&packets[round % packets.len()], &mut dice);
        let _ = find_packet(&bytes);
        let Ok(avm) = Avm::parse(&bytes) else { continue };
        let _ = (avm.tags(), avm.reference_dimension());
        if let Ok(wcs) = avm.wcs(800, 600) {
            place(&wcs);
            placed += 1;
        }
    }
    assert!(placed > 2000, "only {placed} were still good enough to reach the placement");
}

#[test]
fn mutated_fits_headers_do_not_panic() {
    let mut dice = Dice(0x5eed_0002);
    let header = std::fs::read(data("oracle/06_study_tiff_fitswcs/input/wcs.fits")).unwrap();
    let used = &header[..1360];
    let mut placed = 0;
    for _ in 0..20_000 {
        let mut bytes = mutate(used, &mut dice);
        // What moves the cards would hide the rest.
        bytes.resize(used.len(), b' ');
        bytes.extend_from_slice(&header[1200..]);
        let Ok(found) = fits::read_wcs(&bytes[..]) else { continue };
        if let Ok(wcs) = found.rescaled_to(700, 400) {
            place(&wcs.flip_rows(400));
            placed += 1;
        }
    }
    assert!(placed > 500, "only {placed} were still good enough to reach the placement");
}
