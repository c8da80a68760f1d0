//! Finding an XMP packet among other bytes, and reading it as text.

/// How an XMP packet begins and ends, from the usual to the bare.
const MARKS: [(&[u8], &[u8]); 3] =
    [(b"<x:xmpmeta", b"</x:xmpmeta>"), (b"<x:xapmeta", b"</x:xapmeta>"), (b"<rdf:RDF", b"</rdf:RDF>")];

/// What every AVM packet has somewhere: the address of the standard.
const AVM: &[u8] = b"communicatingastronomy";

/// Finds an XMP packet in the bytes of any file: the first with AVM in it, else the first.
///
/// This is for file formats whose own place for XMP is unknown or unused; UTF-8 packets only.
///
/// ```
/// let file = b"\x89any bytes<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>\0more";
/// let packet = skyfeed_tiling::sky::find_packet(file);
/// assert_eq!(packet, Some(&b"<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>"[..]));
/// ```
pub fn find_packet(bytes: &[u8]) -> Option<&[u8]> {
    MARKS.iter().find_map(|(begin, end)| {
        let mut rest = bytes;
        let mut first = None;
        while let Some(packet) = next_packet(&mut rest, begin, end) {
            if find(packet, AVM).is_some() {
                return Some(packet);
            }
            first = first.or(Some(packet));
        }
        first
    })
}

fn next_packet<'a>(rest: &mut &'a [u8], begin: &[u8], end: &[u8]) -> Option<&'a [u8]> {
    let from_begin = &rest[find(rest, begin)?..];
    let length = find(from_begin, end)? + end.len();
    let (packet, after) = from_begin.split_at(length);
    *rest = after;
    Some(packet)
}

/// Where `needle`, which begins with a byte that is rare in images or text, first is.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut start = 0;
    loop {
        start += haystack.get(start..)?.iter().position(|byte| *byte == first)?;
        if haystack[start..].starts_with(needle) {
            return Some(start);
        }
        start += 1;
    }
}

/// The text of a packet in UTF-8 or UTF-16, without byte order mark and NULs; what is no text becomes U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0, b'<', ..] => wide(bytes, u16::from_be_bytes),
        [b'<', 0, ..] => wide(bytes, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{decode, find_packet};

    #[test]
    fn a_packet_with_avm_wins_over_an_earlier_one_without() {
        let file = b"<x:xmpmeta>thumbnail</x:xmpmeta> <x:xmpmeta>communicatingastronomy</x:xmpmeta>";
        assert_eq!(find_packet(file), Some(&b"<x:xmpmeta>communicatingastronomy</x:xmpmeta>"[..]));
    }

    #[test]
    fn a_bare_rdf_element_is_found_and_a_cut_off_packet_is_not() {
        assert_eq!(find_packet(b"..<rdf:RDF></rdf:RDF>.."), Some(&b"<rdf:RDF></rdf:RDF>"[..]));
        assert_eq!(find_packet(b"<x:xmpmeta <x:xmpmeta"), None);
        assert_eq!(find_packet(b""), None);
    }

    #[test]
    fn every_encoding_of_a_packet_gives_the_same_text() {
        let text = "<a>\u{fc}</a>";
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", text.as_bytes()),
            big.clone(),
            marked(b"\xfe\xff", &big),
            little.clone(),
            marked(b"\xff\xfe", &little),
            marked(text.as_bytes(), b"\0\0\0"),
        ] {
            assert_eq!(decode(&bytes), text);
        }
    }
}
