//! XML as a tree: what is common to reading and writing.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

/// An element with its attributes in order. Text is kept up to the first child only: in WTML an element has either text or children.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) tag: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
    /// Where the element begins in the document that it was read from.
    pub(crate) line: usize,
}

impl Element {
    pub(crate) fn new(tag: &str) -> Self {
        Self { tag: tag.to_owned(), ..Self::default() }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets an attribute; one of the same name keeps its place, because no element may have two.
    pub(crate) fn set_attribute(&mut self, name: &str, value: String) {
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name.to_owned(), value)),
        }
    }

    /// The first child of that name.
    pub(crate) fn child(&self, tag: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.tag == tag)
    }
}
