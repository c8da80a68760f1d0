#![no_main]

use libfuzzer_sys::fuzz_target;
use skyfeed_tiling::pixels::Format;

fuzz_target!(|bytes: &[u8]| skyfeed_fuzz::tile(Format::Jpeg, bytes));
