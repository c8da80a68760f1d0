//! The tags of the Astronomy Visualization Metadata standard (AVM 1.2), in its order, and where XMP keeps each.

use Namespace::{Avm, Contact, DublinCore, Photoshop, Rights};
use Shape::{Code, List, Text, Url, Word, Words};

/// The XML namespaces of the properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    Avm,
    Contact,
    DublinCore,
    Photoshop,
    Rdf,
    Rights,
}

impl Namespace {
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        match uri {
            "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" => Some(Contact),
            "http://purl.org/dc/elements/1.1/" => Some(DublinCore),
            "http://ns.adobe.com/photoshop/1.0/" => Some(Photoshop),
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Some(Self::Rdf),
            "http://ns.adobe.com/xap/1.0/rights/" => Some(Rights),
            // Later versions of the standard kept 1.0; some writers did not.
            _ => uri.starts_with("http://www.communicatingastronomy.org/avm/").then_some(Avm),
        }
    }

    /// The namespace that a prefix usually stands for, for packets that forgot to declare it.
    pub(super) fn of_usual_prefix(prefix: &str) -> Option<Self> {
        match prefix {
            "avm" => Some(Avm),
            "Iptc4xmpCore" => Some(Contact),
            "dc" => Some(DublinCore),
            "photoshop" => Some(Photoshop),
            "rdf" => Some(Self::Rdf),
            "xapRights" | "xmpRights" => Some(Rights),
            _ => None,
        }
    }
}

/// What the value of a tag looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// One text, perhaps in several languages.
    Text,
    /// One text that is the address of a page.
    Url,
    /// One text, in upper case.
    Code,
    /// Any number of texts, or a fixed number of numbers.
    List,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any number of these words.
    Words(&'static [&'static str]),
}

#[derive(Debug)]
pub(super) struct Tag {
    /// The name in the standard.
    pub(super) name: &'static str,
    pub(super) namespace: Namespace,
    /// The name in XMP.
    pub(super) property: &'static str,
    pub(super) shape: Shape,
}

const TYPES: &[&str] = &["Observation", "Artwork", "Photographic", "Planetary", "Simulation", "Collage", "Chart"];
const QUALITIES: &[&str] = &["Good", "Moderate", "Poor"];
const COLORS: &[&str] = &[
    "Purple",
    "Blue",
    "Cyan",
    "Green",
    "Yellow",
    "Orange",
    "Red",
    "Magenta",
    "Grayscale",
    "Pseudocolor",
    "Luminosity",
];
const BANDS: &[&str] = &["Radio", "Millimeter", "Infrared", "Optical", "Ultraviolet", "X-ray", "Gamma-ray"];
const SPATIAL_QUALITIES: &[&str] = &["Full", "Position"];

/// A tag that XMP keeps under the name it has in the standard.
const fn avm(name: &'static str, shape: Shape) -> Tag {
    Tag { name, namespace: Avm, property: name, shape }
}

const fn tag(name: &'static str, namespace: Namespace, property: &'static str, shape: Shape) -> Tag {
    Tag { name, namespace, property, shape }
}

pub(super) static TAGS: &[Tag] = &[
    tag("Creator", Photoshop, "Source", Text),
    tag("CreatorURL", Contact, "CiUrlWork", Url),
    tag("Contact.Name", DublinCore, "creator", List),
    tag("Contact.Email", Contact, "CiEmailWork", Text),
    tag("Contact.Address", Contact, "CiAdrExtadr", Text),
    tag("Contact.Telephone", Contact, "CiTelWork", Text),
    tag("Contact.City", Contact, "CiAdrCity", Text),
    tag("Contact.StateProvince", Contact, "CiAdrRegion", Text),
    tag("Contact.PostalCode", Contact, "CiAdrPcode", Text),
    tag("Contact.Country", Contact, "CiAdrCtry", Text),
    tag("Rights", Rights, "UsageTerms", Text),
    tag("Title", DublinCore, "title", Text),
    tag("Headline", Photoshop, "Headline", Text),
    tag("Description", DublinCore, "description", Text),
    avm("Subject.Category", List),
    tag("Subject.Name", DublinCore, "subject", List),
    avm("Distance", List),
    avm("Distance.Notes", Text),
    avm("ReferenceURL", Url),
    tag("Credit", Photoshop, "Credit", Text),
    tag("Date", Photoshop, "DateCreated", Text),
    avm("ID", Text),
    avm("Type", Word(TYPES)),
    avm("Image.ProductQuality", Word(QUALITIES)),
    avm("PublicationID", List),
    avm("ProposalID", List),
    avm("Facility", List),
    avm("Instrument", List),
    avm("Spectral.ColorAssignment", Words(COLORS)),
    avm("Spectral.Band", Words(BANDS)),
    avm("Spectral.Bandpass", List),
    avm("Spectral.CentralWavelength", List),
    avm("Spectral.Notes", Text),
    avm("Temporal.StartTime", List),
    avm("Temporal.IntegrationTime", List),
    avm("DatasetID", List),
    // The words of the next two decide where the image goes: an unknown one must be told, not dropped.
    avm("Spatial.CoordinateFrame", Code),
    avm("Spatial.Equinox", Text),
    avm("Spatial.ReferenceValue", List),
    avm("Spatial.ReferenceDimension", List),
    avm("Spatial.ReferencePixel", List),
    avm("Spatial.Scale", List),
    avm("Spatial.Rotation", Text),
    avm("Spatial.CoordsystemProjection", Code),
    avm("Spatial.Quality", Word(SPATIAL_QUALITIES)),
    avm("Spatial.Notes", Text),
    avm("Spatial.FITSheader", Text),
    avm("Spatial.CDMatrix", List),
    avm("Publisher", Text),
    avm("PublisherID", Text),
    avm("ResourceID", Text),
    avm("ResourceURL", Url),
    avm("RelatedResources", List),
    avm("MetadataDate", Text),
    avm("MetadataVersion", Text),
    avm("FL.BackgroundLevel", List),
    avm("FL.BlackLevel", List),
    avm("FL.ScaledPeakLevel", List),
    avm("FL.PeakLevel", List),
    avm("FL.WhiteLevel", List),
    avm("FL.ScaledBackgroundLevel", List),
    avm("FL.StretchFunction", List),
];

/// The tag that a property is, if it is one.
pub(super) fn find(namespace: Namespace, property: &str) -> Option<&'static Tag> {
    TAGS.iter().find(|tag| tag.namespace == namespace && tag.property == property)
}
