#![no_main]

use libfuzzer_sys::fuzz_target;
use skyfeed_wtml::Folder;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(folder) = Folder::parse(bytes) {
        let written = folder.to_xml();
        let again = Folder::parse(&written).expect("what was written should be read");
        assert_eq!(again.to_xml(), written);
    }
});
