//! Reading the AVM properties of an XMP packet, whichever way its RDF is written.
//!
//! A property may be an attribute of `rdf:Description`, an element with text, or an element with a `Bag`, `Seq` or `Alt` of `li`; there
//! may be several `rdf:Description`, and contact details may be in a structure of their own. Entities are never expanded, except the
//! five of XML.

use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
    name::{QName, ResolveResult},
    reader::NsReader,
};

use super::tags::{self, Namespace, Tag};

/// Real packets are some ten deep.
const MAX_DEPTH: usize = 100;

/// Real packets have some hundred values.
const MAX_VALUES: usize = 10_000;

/// One text of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) language: Option<String>,
    pub(super) text: String,
}

/// A property that is an AVM tag.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) tag: &'static Tag,
    pub(super) values: Vec<Value>,
}

/// What was read, up to the end or to where the packet can no longer be read.
#[derive(Debug, Default)]
pub(super) struct Rdf {
    /// Whether there was an `rdf:RDF` element.
    pub(super) found: bool,
    pub(super) properties: Vec<Property>,
    pub(super) damage: Option<Damage>,
}

/// Why reading stopped early.
#[derive(Debug)]
pub(super) enum Damage {
    Xml(quick_xml::Error),
    Limit(&'static str),
}

/// What an open element is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    /// Around `rdf:RDF`.
    Outside,
    /// `rdf:RDF`.
    Root,
    /// `rdf:Description`, or a structure whose properties are as good as its own.
    Resource,
    /// The element of a property.
    Property,
    /// `rdf:Bag`, `rdf:Seq` or `rdf:Alt`, or the `rdf:Description` of a value with qualifiers.
    Container,
    /// `rdf:li` or `rdf:value`.
    Item,
    /// Anything else within a property: its text belongs to the property.
    Inside,
    /// An unknown property and all within.
    Ignored,
}

struct Open {
    name: String,
    node: Node,
}

#[derive(Default)]
struct Walk {
    rdf: Rdf,
    open: Vec<Open>,
    values: usize,
    /// The property that is open.
    property: Option<Property>,
    item: Value,
}

pub(super) fn read(text: &str) -> Rdf {
    let mut reader = NsReader::from_str(text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.allow_dangling_amp = true;
    // Elements are matched by `Walk::close`, which forgives an unclosed `<br>` in a description.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;

    let mut walk = Walk::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => walk.start(&reader, &element),
            Ok(Event::End(element)) => walk.end(element.name().as_ref()),
            Ok(Event::Text(text)) => walk.item.text += &text.xml10_content(),
            Ok(Event::CData(text)) => walk.item.text += &text.xml10_content(),
            Ok(Event::GeneralRef(reference)) => walk.reference(&reference),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                walk.rdf.damage = Some(Damage::Xml(error));
                break;
            }
        }
        if walk.open.len() > MAX_DEPTH {
            walk.rdf.damage = Some(Damage::Limit("it is nested more than 100 deep"));
        } else if walk.values > MAX_VALUES {
            walk.rdf.damage = Some(Damage::Limit("it has more than 10000 values"));
        }
        if walk.rdf.damage.is_some() {
            break;
        }
    }
    walk.rdf
}

impl Walk {
    fn start(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) {
        let (namespace, local) = resolve(reader, element.name(), true);
        let tag = namespace.and_then(|namespace| tags::find(namespace, local));
        let rdf = |name: &str| namespace == Some(Namespace::Rdf) && local == name;
        let node = match self.open.last().map_or(Node::Outside, |open| open.node) {
            Node::Outside if rdf("RDF") => {
                self.rdf.found = true;
                Node::Root
            }
            Node::Outside => Node::Outside,
            Node::Root => Node::Resource,
            Node::Resource if tag.is_some() => Node::Property,
            Node::Resource if rdf("Description") || local == "CreatorContactInfo" => Node::Resource,
            Node::Resource | Node::Ignored => Node::Ignored,
            Node::Property | Node::Container if rdf("li") || rdf("value") => Node::Item,
            Node::Property | Node::Container if namespace == Some(Namespace::Rdf) => Node::Container,
            Node::Property | Node::Container | Node::Item | Node::Inside => Node::Inside,
        };
        match node {
            Node::Resource => self.attributes(reader, element),
            Node::Property => {
                self.item = Value::default();
                self.property = tag.map(|tag| Property { tag, values: Vec::new() });
                if let Some(address) = attribute(element, "resource") {
                    self.item.text = address;
                }
            }
            Node::Item => self.item = Value { language: attribute(element, "lang"), text: String::new() },
            _ => {}
        }
        self.open.push(Open { name: element.name().as_ref().to_owned(), node });
    }

    /// Closes the innermost element of this name and all that were left open in it.
    fn end(&mut self, name: &str) {
        let Some(depth) = self.open.iter().rposition(|open| open.name == name) else { return };
        while self.open.len() > depth {
            match self.open.pop().map(|open| open.node) {
                Some(Node::Item) => self.add_item(),
                Some(Node::Property) => self.add_property(),
                _ => {}
            }
        }
    }

    fn add_item(&mut self) {
        let item = std::mem::take(&mut self.item);
        if let Some(property) = &mut self.property {
            property.values.push(Value { text: item.text.trim().to_owned(), ..item });
            self.values += 1;
        }
    }

    fn add_property(&mut self) {
        if self.property.as_ref().is_some_and(|property| property.values.is_empty()) {
            self.add_item();
        }
        self.rdf.properties.extend(self.property.take());
    }

    fn attributes(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) {
        for attribute in element.attributes().with_checks(false).flatten() {
            let (namespace, local) = resolve(reader, attribute.key, false);
            let Some(tag) = namespace.and_then(|namespace| tags::find(namespace, local)) else { continue };
            let text = unescaped(&attribute).trim().to_owned();
            self.rdf.properties.push(Property { tag, values: vec![Value { language: None, text }] });
            self.values += 1;
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        let name: &str = reference;
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            self.item.text.push(character);
        } else if let Some(text) = resolve_predefined_entity(name) {
            self.item.text += text;
        } else {
            self.item.text += &format!("&{name};");
        }
    }
}

fn resolve<'n>(reader: &NsReader<&[u8]>, name: QName<'n>, element: bool) -> (Option<Namespace>, &'n str) {
    let (resolved, local) = reader.resolver().resolve(name, element);
    let namespace = match resolved {
        ResolveResult::Bound(uri) => Namespace::of_uri(uri.0),
        ResolveResult::Unknown(prefix) => Namespace::of_usual_prefix(&prefix),
        ResolveResult::Unbound => None,
    };
    (namespace, local.into_inner())
}

/// The attribute of this local name, in whichever namespace.
fn attribute(element: &BytesStart<'_>, local: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|found| found.key.local_name().as_ref() == local)?;
    Some(unescaped(&found).into_owned())
}

fn unescaped<'a>(attribute: &quick_xml::events::attributes::Attribute<'a>) -> std::borrow::Cow<'a, str> {
    attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_else(|_| attribute.value.clone())
}
