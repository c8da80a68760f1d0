//! Texts that went wrong, for tests that nothing panics; the same ones in every run.

/// `count` variants of `text`, each with some bytes changed, removed, repeated or replaced by what readers stumble over.
pub(super) fn mutants(text: &str, count: u64) -> impl Iterator<Item = String> {
    const STUMBLING: [&str; 16] =
        ["\\", "'", "\"", "[", "{", "}", "]", "\\u{", "\\ud83c", "0x", "-", "1e999", "/*", "b'", "é", "\\x"];
    (1..=count).map(move |seed| {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap_or_default() % below.max(1)
        };
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=random(4) {
            let start = random(bytes.len());
            let end = (start + random(40)).min(bytes.len());
            match random(4) {
                0 => drop(bytes.drain(start..end)),
                1 => bytes.extend_from_within(start..end),
                2 => bytes.truncate(start),
                _ => drop(bytes.splice(start..end, STUMBLING[random(STUMBLING.len())].bytes())),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
