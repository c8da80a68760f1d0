//! WTML as trees.

use std::{collections::BTreeMap, fmt::Write, str::FromStr};

use anyhow::{Context, Result, bail, ensure};
use quick_xml::{Reader, XmlVersion, escape::resolve_xml_entity, events::BytesStart, events::Event};

/// Numbers may differ by this, absolutely or relatively: some of toasty's went through a FITS header with 13 digits.
const NUMBER_TOLERANCE: f64 = 1e-9;

/// An element of an XML document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The name.
    pub name: String,
    /// The attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// The elements inside, in their order.
    pub children: Vec<Element>,
    /// The text inside, without white space at its ends.
    pub text: String,
}

impl FromStr for Element {
    type Err = anyhow::Error;

    fn from_str(document: &str) -> Result<Self> {
        let mut reader = Reader::from_str(document.trim_start_matches('\u{feff}'));
        let mut open = vec![Self::default()];
        loop {
            let event = reader.read_event()?;
            let current = open.last_mut().context("more elements are closed than opened")?;
            match event {
                Event::Start(start) => open.push(Self::begin(&start)?),
                Event::Empty(start) => current.children.push(Self::begin(&start)?),
                Event::Text(text) => current.text.push_str(&text.xml10_content()),
                Event::CData(text) => current.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                    Some(character) => current.text.push(character),
                    None => current.text.push_str(
                        resolve_xml_entity(&reference).with_context(|| format!("unknown entity &{};", &*reference))?,
                    ),
                },
                Event::End(_) => {
                    let mut closed = open.pop().context("more elements are closed than opened")?;
                    closed.text = closed.text.trim().to_owned();
                    open.last_mut().context("more elements are closed than opened")?.children.push(closed);
                }
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
            }
        }
        ensure!(open.len() == 1, "the document ends inside an element");
        match open.remove(0).children.as_mut_slice() {
            [root] => Ok(std::mem::take(root)),
            roots => bail!("the document has {} root elements", roots.len()),
        }
    }
}

impl Element {
    fn begin(start: &BytesStart<'_>) -> Result<Self> {
        let mut element = Self { name: start.name().as_ref().to_owned(), ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute?;
            let value = attribute.normalized_value(XmlVersion::Explicit1_0)?.into_owned();
            element.attributes.insert(attribute.key.as_ref().to_owned(), value);
        }
        Ok(element)
    }

    /// Sets an attribute of every element of that name, here and below.
    pub fn set(&mut self, element: &str, attribute: &str, value: &str) {
        if self.name == element {
            self.attributes.insert(attribute.to_owned(), value.to_owned());
        }
        for child in &mut self.children {
            child.set(element, attribute, value);
        }
    }
}

/// Compares two documents as trees: the same elements in the same order, the same attributes in any order, numbers within 1e-9.
///
/// What `ignored` names is skipped on both sides: an element by its name (`Credits`), an attribute with an at sign (`@XLastUpdated`).
///
/// # Errors
/// They differ; the error lists all differences.
pub fn same_wtml(expected: &Element, actual: &Element, ignored: &[&str]) -> Result<()> {
    let mut differences = String::new();
    compare(expected, actual, ignored, &expected.name, &mut differences)?;
    ensure!(differences.is_empty(), "the documents differ:\n{differences}");
    Ok(())
}

fn compare(expected: &Element, actual: &Element, ignored: &[&str], path: &str, differences: &mut String) -> Result<()> {
    if expected.name != actual.name {
        writeln!(differences, "{path}: found an element {}", actual.name)?;
        return Ok(());
    }
    let names =
        expected.attributes.keys().chain(actual.attributes.keys().filter(|n| !expected.attributes.contains_key(*n)));
    for name in names.filter(|name| !ignored.contains(&format!("@{name}").as_str())) {
        let (wanted, found) = (expected.attributes.get(name), actual.attributes.get(name));
        if !matches!((wanted, found), (Some(wanted), Some(found)) if same_value(wanted, found)) {
            writeln!(differences, "{path}@{name}: expected {wanted:?}, found {found:?}")?;
        }
    }
    if !same_value(&expected.text, &actual.text) {
        writeln!(differences, "{path}: expected the text {:?}, found {:?}", expected.text, actual.text)?;
    }
    let kept =
        |element: &Element| element.children.iter().filter(|c| !ignored.contains(&c.name.as_str())).cloned().collect();
    let (wanted, found): (Vec<_>, Vec<_>) = (kept(expected), kept(actual));
    for (index, (wanted, found)) in wanted.iter().zip(&found).enumerate() {
        compare(wanted, found, ignored, &format!("{path}/{}[{index}]", wanted.name), differences)?;
    }
    for missing in wanted.iter().skip(found.len()) {
        writeln!(differences, "{path}: the element {} is missing", missing.name)?;
    }
    for surplus in found.iter().skip(wanted.len()) {
        writeln!(differences, "{path}: the element {} is too much", surplus.name)?;
    }
    Ok(())
}

fn same_value(expected: &str, actual: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    match (number(expected), number(actual)) {
        (Some(a), Some(b)) => (a - b).abs() <= NUMBER_TOLERANCE * a.abs().max(b.abs()).max(1.0),
        _ => expected == actual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<Folder Name=\"a &amp; b\">\n  <Place RA=\"1.5\" Dec=\"-2\">\
        <Credits>x &lt;b&gt; &#65;</Credits></Place>\n  <Place Name=\"second\" />\n</Folder>\n";

    fn compared_with(changed: &str, ignored: &[&str]) -> Result<()> {
        same_wtml(&DOCUMENT.parse()?, &changed.parse()?, ignored)
    }

    #[test]
    fn a_document_is_read_as_it_is() -> Result<()> {
        let root: Element = DOCUMENT.parse()?;
        assert_eq!(root.attributes["Name"], "a & b");
        assert_eq!(root.children[0].children[0].text, "x <b> A");
        assert_eq!(root.children[1].attributes["Name"], "second");
        Ok(())
    }

    #[test]
    fn broken_documents_are_errors() {
        for text in ["", "<Folder>", "<a /><b />", "<a></b>", "<a>&nope;</a>", "<a b=c />"] {
            assert!(text.parse::<Element>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn layout_and_the_order_of_attributes_do_not_matter() -> Result<()> {
        compared_with(
            &DOCUMENT.replace("\n  ", "").replace("RA=\"1.5\" Dec=\"-2\"", "Dec=\"-2.0\" RA=\"1.5000000001\""),
            &[],
        )
    }

    #[test]
    fn every_kind_of_difference_is_found_and_named() {
        for (from, to, message) in [
            ("1.5", "1.50000001", "Folder/Place[0]@RA: expected Some(\"1.5\"), found Some(\"1.50000001\")"),
            (" Dec=\"-2\"", "", "Folder/Place[0]@Dec: expected Some(\"-2\"), found None"),
            ("<Folder ", "<Folder Url=\"\" ", "Folder@Url: expected None, found Some(\"\")"),
            ("a &amp; b", "a", "Folder@Name: expected Some(\"a & b\"), found Some(\"a\")"),
            ("x &lt;", "y &lt;", "the text \"x <b> A\", found \"y <b> A\""),
            ("<Place Name=\"second\" />", "", "Folder: the element Place is missing"),
            ("</Folder>", "<Place /></Folder>", "Folder: the element Place is too much"),
            ("<Place Name=\"second\" />", "<Folder />", "Folder/Place[1]: found an element Folder"),
        ] {
            let error = compared_with(&DOCUMENT.replace(from, to), &[]).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn only_what_is_named_is_ignored() -> Result<()> {
        let changed = DOCUMENT.replace("x &lt;", "y &lt;").replace("1.5", "7");
        compared_with(&changed, &["Credits", "@RA"])?;
        assert!(compared_with(&changed, &["Credits", "RA"]).is_err());
        assert!(compared_with(&changed, &["@Credits", "@RA"]).is_err());
        Ok(())
    }

    #[test]
    fn words_that_look_like_numbers_are_words() {
        assert!(!same_value("inf", "infinity"));
        assert!(!same_value("1", ""));
        assert!(same_value("1e-05", "0.00001"));
    }
}
