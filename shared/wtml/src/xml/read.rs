//! From bytes to a tree, within limits.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};

use super::Element;
use crate::error::WtmlError;

/// Some 25,000 images: twice what the largest observatory archives hold.
const MAX_BYTES: usize = 64 << 20;
/// Elements and attributes together. A real document of [`MAX_BYTES`] has fewer; one made to fill the memory has more.
const MAX_NODES: usize = 2_000_000;
/// Folders in folders. Deeper documents could exhaust the stack.
const MAX_DEPTH: usize = 100;
/// Attributes of one element. WTML has at most 38 that are not metadata.
const MAX_ATTRIBUTES: usize = 500;

/// Reads a whole document. A document type is skipped and what it defines is never expanded; so are comments and instructions.
pub(crate) fn read(document: &[u8]) -> Result<Element, WtmlError> {
    within(document.len(), MAX_BYTES, "bytes")?;
    let text = std::str::from_utf8(document)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);

    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut lines = Lines { text, position: 0, line: 1 };
    let mut nodes = 0;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let line = lines.at(reader.buffer_position());
        let malformed = |source| WtmlError::Malformed { line, source };
        match reader.read_event().map_err(malformed)? {
            Event::Start(_) if root.is_some() => return Err(WtmlError::OutsideRoot { line }),
            Event::Start(start) => {
                let element = element(&start, line)?;
                nodes += 1 + element.attributes.len();
                within(nodes, MAX_NODES, "elements and attributes")?;
                open.push(element);
                within(open.len(), MAX_DEPTH, "levels of elements")?;
            }
            Event::End(_) => {
                let closed = open.pop();
                match open.last_mut() {
                    Some(parent) => parent.children.extend(closed),
                    None => root = closed,
                }
            }
            Event::Text(text) => add_text(&mut open, &text.xml10_content(), line)?,
            Event::CData(text) => add_text(&mut open, &text.xml10_content(), line)?,
            Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(malformed)? {
                Some(character) => add_text(&mut open, character.encode_utf8(&mut [0; 4]), line)?,
                None => match escape::resolve_predefined_entity(&reference) {
                    Some(text) => add_text(&mut open, text, line)?,
                    None => return Err(WtmlError::UnknownEntity { line, name: reference.into_inner().into_owned() }),
                },
            },
            Event::Eof => break,
            Event::Decl(_) | Event::DocType(_) | Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
        }
    }
    match open.pop() {
        Some(Element { tag, line, .. }) => Err(WtmlError::CutOff { line, element: tag }),
        None => root.ok_or(WtmlError::Empty),
    }
}

fn element(start: &BytesStart<'_>, line: usize) -> Result<Element, WtmlError> {
    let malformed = |source| WtmlError::Malformed { line, source };
    let mut element = Element { line, ..Element::new(start.name().as_ref()) };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|source| malformed(source.into()))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(malformed)?;
        element.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        within(element.attributes.len(), MAX_ATTRIBUTES, "attributes in one element")?;
    }
    Ok(element)
}

fn add_text(open: &mut [Element], text: &str, line: usize) -> Result<(), WtmlError> {
    match open.last_mut() {
        Some(element) if element.children.is_empty() => element.text.push_str(text),
        Some(_) => {}
        None if text.trim().is_empty() => {}
        None => return Err(WtmlError::OutsideRoot { line }),
    }
    Ok(())
}

fn within(count: usize, limit: usize, unit: &'static str) -> Result<(), WtmlError> {
    if count > limit { Err(WtmlError::TooLarge { limit, unit }) } else { Ok(()) }
}

/// Counts lines on the way through a text, so that all of it is looked at once.
struct Lines<'a> {
    text: &'a str,
    position: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line at a byte position, which is not before the last one asked for.
    fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.position..position).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.position = position;
        self.line
    }
}
