//! The place on the sky, as a picture file carries it: Astronomy Visualization Metadata (AVM) 1.2 in an XMP packet.

use super::target::{CREATOR, CREDIT, PUBLISHER_ID, Target};

/// The XMP packet of a picture.
pub(super) fn packet(target: &Target) -> String {
    let alternatives =
        |text: &str| format!("<rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt>", escape(text));
    let pair =
        |[first, second]: [f64; 2]| format!("<rdf:Seq><rdf:li>{first}</rdf:li><rdf:li>{second}</rdf:li></rdf:Seq>");
    let names: String = target.object_names.iter().map(|name| format!("<rdf:li>{}</rdf:li>", escape(name))).collect();
    let properties = [
        ("dc:title", alternatives(target.title)),
        ("dc:description", alternatives(target.description)),
        ("dc:subject", format!("<rdf:Bag>{names}</rdf:Bag>")),
        ("photoshop:Source", escape(CREATOR)),
        ("photoshop:Credit", escape(CREDIT)),
        ("avm:ID", escape(target.image_id)),
        ("avm:PublisherID", escape(PUBLISHER_ID)),
        ("avm:Type", "Artwork".to_owned()),
        ("avm:MetadataVersion", "1.2".to_owned()),
        ("avm:Spatial.CoordinateFrame", "ICRS".to_owned()),
        ("avm:Spatial.Equinox", "J2000".to_owned()),
        ("avm:Spatial.CoordsystemProjection", "TAN".to_owned()),
        ("avm:Spatial.Quality", "Full".to_owned()),
        ("avm:Spatial.ReferenceValue", pair([target.ra_deg, target.dec_deg])),
        ("avm:Spatial.ReferenceDimension", pair([target.width_px.into(), target.height_px.into()])),
        ("avm:Spatial.ReferencePixel", pair(target.reference_pixel())),
        ("avm:Spatial.Scale", pair([-target.scale_deg_per_px, target.scale_deg_per_px])),
        ("avm:Spatial.Rotation", target.rotation_deg.to_string()),
    ];
    let properties: String = properties.iter().map(|(name, value)| format!("   <{name}>{value}</{name}>\n")).collect();
    format!(
        r#"<?xpacket begin="{byte_order_mark}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:avm="http://www.communicatingastronomy.org/avm/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
{properties}  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"#,
        byte_order_mark = '\u{feff}'
    )
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::target::TARGETS;

    #[test]
    fn the_packet_places_the_middle_of_the_picture() {
        let packet = packet(&TARGETS[0]);
        for part in [
            "<avm:Spatial.ReferenceValue><rdf:Seq><rdf:li>83.8221</rdf:li><rdf:li>-5.3911</rdf:li></rdf:Seq>",
            "<avm:Spatial.ReferenceDimension><rdf:Seq><rdf:li>4500</rdf:li><rdf:li>3000</rdf:li></rdf:Seq>",
            "<avm:Spatial.ReferencePixel><rdf:Seq><rdf:li>2250.5</rdf:li><rdf:li>1500.5</rdf:li></rdf:Seq>",
            "<avm:Spatial.Scale><rdf:Seq><rdf:li>-0.00027</rdf:li><rdf:li>0.00027</rdf:li></rdf:Seq>",
        ] {
            assert!(packet.contains(part), "{part} is not in\n{packet}");
        }
    }
}
