//! From a tree to text, byte for byte as Python's `ElementTree` writes it after `wwt_data_formats` has indented it.

use super::Element;

/// The whole document: declaration, root element, and a final line end if the root has children.
pub(crate) fn write(root: &Element) -> String {
    let mut out = String::from("<?xml version='1.0' encoding='UTF-8'?>\n");
    write_element(root, "\n", &mut out);
    if !root.children.is_empty() {
        out.push('\n');
    }
    out
}

/// `indent` is the line end with the spaces before this element.
fn write_element(element: &Element, indent: &str, out: &mut String) {
    out.extend(["<", &element.tag]);
    for (name, value) in &element.attributes {
        out.extend([" ", name, "=\""]);
        escape(value, attribute_escape, out);
        out.push('"');
    }
    if element.children.is_empty() && element.text.is_empty() {
        out.push_str(" />");
        return;
    }
    out.push('>');
    if element.children.is_empty() {
        escape(&element.text, text_escape, out);
    } else {
        let child_indent = [indent, "  "].concat();
        for child in &element.children {
            out.push_str(&child_indent);
            write_element(child, &child_indent, out);
        }
        out.push_str(indent);
    }
    out.extend(["</", &element.tag, ">"]);
}

fn escape(text: &str, escape_of: fn(char) -> Option<&'static str>, out: &mut String) {
    for c in text.chars() {
        match escape_of(c) {
            Some(escaped) => out.push_str(escaped),
            None => out.push(c),
        }
    }
}

fn attribute_escape(c: char) -> Option<&'static str> {
    match c {
        '"' => Some("&quot;"),
        '\r' => Some("&#13;"),
        '\n' => Some("&#10;"),
        '\t' => Some("&#09;"),
        _ => text_escape(c),
    }
}

fn text_escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}
