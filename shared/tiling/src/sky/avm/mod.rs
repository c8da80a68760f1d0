//! Astronomy Visualization Metadata (AVM), the tags that press images carry in their XMP packet.
//!
//! Source: Astronomy Visualization Metadata Standard, version 1.2; reading is more tolerant than it asks for, since a wrong word in one
//! tag is no reason to give up the others.

mod coordinates;
mod packet;
mod rdf;
mod tags;

use std::collections::BTreeMap;

pub use packet::find_packet;

use rdf::{Damage, Property, Value};
use tags::{Shape, TAGS, Tag};

use super::SkyError;
use crate::Warning;

/// Longer than any packet that a file can hold without extensions, by a factor of 250.
const MAX_PACKET_BYTES: usize = 16_000_000;

/// The AVM tags of an image.
///
/// ```
/// use skyfeed_tiling::sky::Avm;
///
/// let xmp = br#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
///   <rdf:Description xmlns:avm="http://www.communicatingastronomy.org/avm/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
///       avm:Spatial.CoordinateFrame="ICRS" avm:Spatial.CoordsystemProjection="TAN" avm:Spatial.Rotation="33.25">
///     <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Crab Nebula</rdf:li></rdf:Alt></dc:title>
///     <avm:Spatial.ReferenceValue><rdf:Seq><rdf:li>83.6332</rdf:li><rdf:li>22.0145</rdf:li></rdf:Seq></avm:Spatial.ReferenceValue>
///     <avm:Spatial.ReferencePixel><rdf:Seq><rdf:li>400.5</rdf:li><rdf:li>300.5</rdf:li></rdf:Seq></avm:Spatial.ReferencePixel>
///     <avm:Spatial.ReferenceDimension><rdf:Seq><rdf:li>800</rdf:li><rdf:li>600</rdf:li></rdf:Seq></avm:Spatial.ReferenceDimension>
///     <avm:Spatial.Scale><rdf:Seq><rdf:li>-0.0001</rdf:li><rdf:li>0.0001</rdf:li></rdf:Seq></avm:Spatial.Scale>
///   </rdf:Description>
/// </rdf:RDF>"#;
/// let avm = Avm::parse(xmp)?;
/// assert_eq!(avm.title.as_deref(), Some("Crab Nebula"));
/// assert_eq!(avm.wcs(400, 300)?.crpix, [200.5, 150.5]);
/// # Ok::<(), skyfeed_tiling::sky::SkyError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Avm {
    /// `Title`.
    pub title: Option<String>,
    /// `Headline`: one sentence.
    pub headline: Option<String>,
    /// `Description`; may contain HTML.
    pub description: Option<String>,
    /// `Credit`; may contain HTML.
    pub credit: Option<String>,
    /// `Creator`: the organisation that made the image.
    pub creator: Option<String>,
    /// `Rights`.
    pub rights: Option<String>,
    /// `ReferenceURL`: the page of the image.
    pub reference_url: Option<String>,
    /// `ID`, unique to the publisher.
    pub id: Option<String>,
    /// `Publisher`.
    pub publisher: Option<String>,
    /// `PublisherID`.
    pub publisher_id: Option<String>,
    /// `ResourceID`.
    pub resource_id: Option<String>,
    /// `ResourceURL`: the image itself.
    pub resource_url: Option<String>,
    /// `Date`: when it was published, ISO 8601.
    pub date: Option<String>,
    /// `MetadataDate`: when the metadata changed, ISO 8601.
    pub metadata_date: Option<String>,
    /// `Type`, such as `Observation`.
    pub kind: Option<String>,
    /// `Subject.Name`.
    pub subject_names: Vec<String>,
    /// `Subject.Category`, such as `B.4.1.2`.
    pub subject_categories: Vec<String>,
    /// `Facility`; `-` where unknown.
    pub facilities: Vec<String>,
    /// `Instrument`; `-` where unknown.
    pub instruments: Vec<String>,
    /// Tags that were ignored, and why.
    pub warnings: Vec<Warning>,
    values: BTreeMap<&'static str, Vec<String>>,
}

impl Avm {
    /// Reads the AVM tags of an XMP packet: UTF-8 or UTF-16, with or without its `xpacket` wrapper.
    ///
    /// Bad tags are left out with a warning; a packet that is damaged half-way gives the tags before the damage.
    ///
    /// # Errors
    /// The packet is larger than 16 MB, or has no RDF in it. A packet without AVM is no error: it has no coordinates.
    pub fn parse(xmp: &[u8]) -> Result<Self, SkyError> {
        if xmp.len() > MAX_PACKET_BYTES {
            return Err(SkyError::Xmp { problem: "it is larger than 16 MB", source: None });
        }
        let rdf = rdf::read(&packet::decode(xmp));
        let mut avm = Self::default();
        match rdf.damage {
            Some(Damage::Xml(source)) if !rdf.found => {
                return Err(SkyError::Xmp { problem: "it is no XML", source: Some(source.into()) });
            }
            None if !rdf.found => return Err(SkyError::Xmp { problem: "it has no rdf:RDF element", source: None }),
            Some(Damage::Limit(problem)) => return Err(SkyError::Xmp { problem, source: None }),
            Some(Damage::Xml(error)) => {
                avm.warnings.push(Warning::new(format!("the XMP packet is damaged, reading it up to there: {error}")));
            }
            None => {}
        }
        for property in rdf.properties {
            avm.keep(property);
        }
        avm.fill_fields();
        avm.warn_of_bad_numbers();
        Ok(avm)
    }

    /// Every tag that is there with its value, in the order of the standard; the elements of a list are separated by `; `.
    pub fn tags(&self) -> Vec<(&'static str, String)> {
        TAGS.iter().filter_map(|tag| Some((tag.name, self.values.get(tag.name)?.join("; ")))).collect()
    }

    /// The first non-empty value of a tag counts, if several `rdf:Description` have it.
    fn keep(&mut self, property: Property) {
        let Property { tag, values } = property;
        if self.values.contains_key(tag.name) || values.iter().all(|value| value.text.is_empty()) {
            return;
        }
        match shaped(tag, &values) {
            Ok(texts) => {
                self.values.insert(tag.name, texts);
            }
            Err(warning) => self.warnings.push(warning),
        }
    }

    fn fill_fields(&mut self) {
        self.title = self.text("Title");
        self.headline = self.text("Headline");
        self.description = self.text("Description");
        self.credit = self.text("Credit");
        self.creator = self.text("Creator");
        self.rights = self.text("Rights");
        self.reference_url = self.text("ReferenceURL");
        self.id = self.text("ID");
        self.publisher = self.text("Publisher");
        self.publisher_id = self.text("PublisherID");
        self.resource_id = self.text("ResourceID");
        self.resource_url = self.text("ResourceURL");
        self.date = self.text("Date");
        self.metadata_date = self.text("MetadataDate");
        self.kind = self.text("Type");
        self.subject_names = self.list("Subject.Name");
        self.subject_categories = self.list("Subject.Category");
        self.facilities = self.list("Facility");
        self.instruments = self.list("Instrument");
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.values.get(name).cloned().unwrap_or_default()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.values.get(name)?.first().cloned()
    }
}

/// The values of a tag as the standard wants them, or why they cannot be used.
fn shaped(tag: &Tag, values: &[Value]) -> Result<Vec<String>, Warning> {
    let all = || values.iter().map(|value| value.text.clone()).collect::<Vec<_>>();
    let word = |text: &String, words: &[&'static str]| {
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(text));
        known.map(|word| (*word).to_owned()).ok_or_else(|| {
            Warning::new(format!(
                "ignoring the AVM tag {} with {text}, which is none of {}",
                tag.name,
                words.join(", ")
            ))
        })
    };
    match tag.shape {
        Shape::Text => Ok(vec![preferred(values)]),
        Shape::Code => Ok(vec![preferred(values).to_ascii_uppercase()]),
        Shape::Url => {
            let address = preferred(values);
            Ok(vec![if address.contains("://") { address } else { format!("http://{address}") }])
        }
        Shape::List => Ok(all()),
        Shape::Word(words) => Ok(vec![word(&preferred(values), words)?]),
        Shape::Words(words) => {
            all().into_iter().map(|text| if text == "-" { Ok(text) } else { word(&text, words) }).collect()
        }
    }
}

/// The text for every language, else the first that is not empty.
fn preferred(values: &[Value]) -> String {
    let filled = || values.iter().filter(|value| !value.text.is_empty());
    let default = filled().find(|value| value.language.as_deref() == Some("x-default"));
    default.or_else(|| filled().next()).map(|value| value.text.clone()).unwrap_or_default()
}
