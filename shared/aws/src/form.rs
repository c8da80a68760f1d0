//! Keys as S3 writes them into notifications and listings: form encoding, where `+` is a space and `%XX` a byte of UTF-8.

use percent_encoding::percent_decode_str;

/// Decodes a key.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn decode(text: &str) -> Result<String, &'static str> {
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let digits = rest.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err("holds a `%` without two hexadecimal digits");
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    // An encoded plus is `%2B`, so every bare one is a space.
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err("is not UTF-8 when decoded"),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn a_plus_is_a_space_and_an_encoded_plus_is_a_plus() {
        assert_eq!(decode("a+b%2Bc%20d/e%2Ff%25"), Ok("a b+c d/e/f%".to_owned()));
        assert_eq!(decode("ngc%E2%80%931/%F0%9F%94%AD.png"), Ok("ngc–1/🔭.png".to_owned()));
        assert_eq!(decode("ü already decoded"), Ok("ü already decoded".to_owned()));
    }

    #[test]
    fn what_no_encoder_writes_is_refused() {
        for text in ["%", "a%2", "%zz", "%%41", "%+1", "%é0", "100%"] {
            assert_eq!(decode(text), Err("holds a `%` without two hexadecimal digits"), "{text}");
        }
        for text in ["%ff", "%C3", "%ED%A0%80"] {
            assert_eq!(decode(text), Err("is not UTF-8 when decoded"), "{text}");
        }
    }
}
