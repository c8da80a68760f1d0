#![no_main]

use libfuzzer_sys::fuzz_target;
use skyfeed_tiling::sky::fits;

fuzz_target!(|bytes: &[u8]| {
    let _ = fits::read_wcs(bytes);
});
