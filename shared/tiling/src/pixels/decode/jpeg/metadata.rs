//! EXIF, XMP and ICC profiles in the APP1 and APP2 segments.

use std::collections::BTreeMap;

use super::segments::{APP1, APP2};
use crate::pixels::{
    Limits, PixelError,
    decode::{exif, header::Metadata},
};

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

/// Gathers what is spread over several segments.
#[derive(Default)]
pub(super) struct Collector {
    metadata: Metadata,
    has_exif: bool,
    /// Extended XMP, by its identifier of 32 bytes (XMP specification, part 3, section 1.1.3.1).
    extensions: BTreeMap<Vec<u8>, Extension>,
    /// ICC profile: number of the part, 1-based (ICC.1, annex B.4).
    profile: BTreeMap<u8, Vec<u8>>,
    parts_of_profile: u8,
    /// Sizes of the segments that were kept.
    xmp_bytes: u64,
    icc_bytes: u64,
}

#[derive(Default)]
struct Extension {
    length: usize,
    parts: BTreeMap<usize, Vec<u8>>,
}

impl Collector {
    /// Takes an APP1 or APP2 segment. Only the first EXIF block and the first XMP packet count.
    pub(super) fn take(&mut self, marker: u8, data: &[u8], limits: &Limits) -> Result<(), PixelError> {
        if marker == APP2 {
            if let Some([number, parts, part @ ..]) = data.strip_prefix(ICC) {
                self.icc_bytes += data.len() as u64;
                limits.check_metadata("bytes of ICC profile", self.icc_bytes)?;
                self.parts_of_profile = *parts;
                self.profile.insert(*number, part.to_vec());
            }
        } else if marker == APP1 {
            if data.starts_with(EXIF) {
                if !std::mem::replace(&mut self.has_exif, true) {
                    exif::read(data, &mut self.metadata);
                }
            } else if let Some(packet) = data.strip_prefix(XMP) {
                self.count_xmp(data, limits)?;
                self.metadata.xmp.get_or_insert_with(|| packet.to_vec());
            } else if let Some((identifier, rest)) =
                data.strip_prefix(EXTENDED_XMP).and_then(|rest| rest.split_at_checked(32))
                && let [l3, l2, l1, l0, o3, o2, o1, o0, part @ ..] = rest
            {
                self.count_xmp(data, limits)?;
                let extension = self.extensions.entry(identifier.to_vec()).or_default();
                extension.length = u32::from_be_bytes([*l3, *l2, *l1, *l0]) as usize;
                extension.parts.insert(u32::from_be_bytes([*o3, *o2, *o1, *o0]) as usize, part.to_vec());
            }
        }
        Ok(())
    }

    fn count_xmp(&mut self, segment: &[u8], limits: &Limits) -> Result<(), PixelError> {
        self.xmp_bytes += segment.len() as u64;
        limits.check_metadata("bytes of XMP", self.xmp_bytes)
    }

    /// Joins the parts; what is incomplete is left out with a warning.
    pub(super) fn finish(mut self) -> Metadata {
        self.append_extended_xmp();
        if !self.profile.is_empty() {
            if self.profile.keys().copied().eq(1..=self.parts_of_profile) {
                self.metadata.icc = Some(self.profile.into_values().flatten().collect());
            } else {
                self.metadata.warn("ignoring the ICC profile: parts of it are missing");
            }
        }
        self.metadata
    }

    /// Appends the extension that the main packet names by its identifier.
    fn append_extended_xmp(&mut self) {
        let Some(packet) = &mut self.metadata.xmp else { return };
        // By the windows of the packet, because there may be more extensions than those.
        let Some(extension) = packet.windows(32).find_map(|window| self.extensions.get(window)) else { return };
        let mut joined = Vec::new();
        for (offset, part) in &extension.parts {
            if *offset == joined.len() {
                joined.extend_from_slice(part);
            }
        }
        if joined.len() == extension.length {
            packet.extend(joined);
        } else {
            self.metadata.warn("ignoring the extended XMP: parts of it are missing");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(segments: &[(u8, Vec<u8>)]) -> Metadata {
        let mut collector = Collector::default();
        for (marker, data) in segments {
            collector.take(*marker, data, &Limits::default()).unwrap();
        }
        collector.finish()
    }

    fn extension(identifier: &[u8; 32], length: u32, offset: u32, part: &[u8]) -> (u8, Vec<u8>) {
        (APP1, [EXTENDED_XMP, identifier, &length.to_be_bytes(), &offset.to_be_bytes(), part].concat())
    }

    #[test]
    fn extended_xmp_follows_the_main_packet_in_the_order_of_its_offsets() {
        let id = *b"0123456789ABCDEF0123456789ABCDEF";
        let main = (APP1, [XMP, b"<main ext='", &id, b"'/>"].concat());
        let stranger = extension(b"FEDCBA9876543210FEDCBA9876543210", 3, 0, b"bad");
        let metadata = collect(&[main.clone(), extension(&id, 6, 4, b"t>"), stranger, extension(&id, 6, 0, b"<ext")]);
        assert!(
            metadata
                .xmp
                .unwrap()
                .ends_with(b"'/><ext".as_slice().iter().chain(b"t>").copied().collect::<Vec<_>>().as_slice())
        );
        let cut = collect(&[main.clone(), extension(&id, 6, 0, b"<ext")]);
        assert_eq!(cut.xmp.unwrap(), main.1[XMP.len()..]);
        assert_eq!(cut.warnings.len(), 1);
    }

    #[test]
    fn an_icc_profile_is_joined_from_its_parts_or_left_out() {
        let part = |number, of, data: &[u8]| (APP2, [ICC, &[number, of], data].concat());
        assert_eq!(collect(&[part(2, 2, b"cd"), part(1, 2, b"ab")]).icc.unwrap(), b"abcd");
        let cut = collect(&[part(2, 2, b"cd")]);
        assert!(cut.icc.is_none());
        assert_eq!(cut.warnings.len(), 1);
    }

    #[test]
    fn metadata_beyond_the_limit_are_refused() {
        let limits = Limits { max_metadata_bytes: 3, ..Limits::default() };
        let packet = [XMP, b"<xmp"].concat();
        let error = Collector::default().take(APP1, &packet, &limits).unwrap_err();
        assert!(matches!(error, PixelError::Limit { allowed: 3, .. }), "{error}");
    }
}
