#![no_main]

use libfuzzer_sys::fuzz_target;
use skyfeed_tiling::sky::Avm;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(avm) = Avm::parse(bytes) {
        avm.tags();
    }
});
