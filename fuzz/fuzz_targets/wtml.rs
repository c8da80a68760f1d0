#![no_main]

use libfuzzer_sys::fuzz_target;
use skyfeed_wtml::Folder;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(folder) = Folder::parse(bytes) {
        // It need not be the same: attributes that are empty are left out, and then read as their defaults.
        Folder::parse(folder.to_xml()).expect("what was written should be read");
    }
});
