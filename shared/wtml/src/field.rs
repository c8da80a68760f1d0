//! How the fields of a struct live in an XML element: one description, for reading and for writing.

use crate::error::WtmlError;
use crate::value::Value;
use crate::xml::Element;

/// A struct that has an element of its own.
pub(crate) trait Node: Sized {
    const TAG: &'static str;

    fn read(element: &Element) -> Result<Self, WtmlError>;
    fn write(&self) -> Element;
}

/// Declares a struct together with its element.
///
/// Each line reads `field: type = default => where it is kept`, and may end in `, if condition`: the field is then written only when
/// the condition holds for the struct. The order of the lines is the order in the document.
macro_rules! element {
    (
        $(#[$about:meta])*
        pub struct $node:ident($tag:literal) {
            $(
                $(#[$about_field:meta])*
                pub $field:ident: $type:ty = $default:expr => $kept:expr $(, if $condition:expr)?;
            )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $node {
            $($(#[$about_field])* pub $field: $type,)*
        }

        impl Default for $node {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::field::Node for $node {
            const TAG: &'static str = $tag;

            fn read(element: &$crate::xml::Element) -> Result<Self, $crate::WtmlError> {
                use $crate::field::Kept;
                let mut node = Self::default();
                $($kept.read::<Self>(element, &mut node.$field)?;)*
                Ok(node)
            }

            fn write(&self) -> $crate::xml::Element {
                use $crate::field::Kept;
                let mut element = $crate::xml::Element::new($tag);
                $(if true $(&& $condition(self))? {
                    $kept.write(&self.$field, &mut element);
                })*
                element
            }
        }
    };
}
pub(crate) use element;

/// Where and how a field of type `T` is kept in its struct's element.
pub(crate) trait Kept<T> {
    /// Takes the value from the element; the field keeps its default if the element does not say.
    fn read<N: Node>(&self, element: &Element, field: &mut T) -> Result<(), WtmlError>;
    fn write(&self, field: &T, element: &mut Element);
}

/// When a value is written.
enum Presence {
    UnlessEmpty,
    UnlessZero,
    Always,
}

impl Presence {
    fn admits(&self, text: &str) -> bool {
        match self {
            Self::UnlessEmpty => !text.is_empty(),
            Self::UnlessZero => !matches!(text, "" | "0" | "-0"),
            Self::Always => true,
        }
    }
}

/// A field that is an attribute.
pub(crate) struct Attribute(&'static str, Presence);

/// Kept in an attribute, which is absent if its text is empty.
pub(crate) fn attribute(name: &'static str) -> Attribute {
    Attribute(name, Presence::UnlessEmpty)
}

impl Attribute {
    pub(crate) fn unless_zero(self) -> Self {
        Self(self.0, Presence::UnlessZero)
    }

    pub(crate) fn even_if_empty(self) -> Self {
        Self(self.0, Presence::Always)
    }
}

impl<T: Value> Kept<T> for Attribute {
    fn read<N: Node>(&self, element: &Element, field: &mut T) -> Result<(), WtmlError> {
        if let Some(text) = element.attribute(self.0) {
            *field = T::parse(text).ok_or_else(|| WtmlError::Value {
                line: element.line,
                element: N::TAG,
                attribute: self.0,
                value: text.to_owned(),
                expected: T::EXPECTED,
            })?;
        }
        Ok(())
    }

    fn write(&self, field: &T, element: &mut Element) {
        let text = field.to_text();
        if self.1.admits(&text) {
            element.set_attribute(self.0, text);
        }
    }
}

/// A field that is all attributes with a common prefix.
pub(crate) struct Prefixed(&'static str);

/// Kept in attributes whose names begin with a prefix, as pairs of the rest of the name and the value.
pub(crate) fn prefixed(prefix: &'static str) -> Prefixed {
    Prefixed(prefix)
}

impl Kept<Vec<(String, String)>> for Prefixed {
    fn read<N: Node>(&self, element: &Element, field: &mut Vec<(String, String)>) -> Result<(), WtmlError> {
        for (name, value) in &element.attributes {
            if let Some(name) = name.strip_prefix(self.0).filter(|name| name.chars().all(may_be_in_name)) {
                field.push((name.to_owned(), value.clone()));
            }
        }
        Ok(())
    }

    fn write(&self, field: &Vec<(String, String)>, element: &mut Element) {
        for (name, value) in field {
            let name = self.0.chars().chain(name.chars().filter(|c| may_be_in_name(*c))).collect::<String>();
            element.set_attribute(&name, value.to_text());
        }
    }
}

/// The part of XML's name characters that every reader takes. No colon: a namespace would have to be declared.
fn may_be_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// A field that is the text of a child.
pub(crate) struct Text(&'static str, Presence);

/// Kept in the text of a child, which is absent if the text is empty.
pub(crate) fn text(tag: &'static str) -> Text {
    Text(tag, Presence::UnlessEmpty)
}

impl Text {
    pub(crate) fn even_if_empty(self) -> Self {
        Self(self.0, Presence::Always)
    }
}

impl Kept<String> for Text {
    fn read<N: Node>(&self, element: &Element, field: &mut String) -> Result<(), WtmlError> {
        if let Some(child) = element.child(self.0) {
            field.clone_from(&child.text);
        }
        Ok(())
    }

    fn write(&self, field: &String, element: &mut Element) {
        let text = field.to_text();
        if self.1.admits(&text) {
            element.children.push(Element { text, ..Element::new(self.0) });
        }
    }
}

/// A field that is a child element.
pub(crate) struct Child;

/// Kept in the first child of the field's own kind.
pub(crate) fn child() -> Child {
    Child
}

impl<C: Node> Kept<Option<C>> for Child {
    fn read<N: Node>(&self, element: &Element, field: &mut Option<C>) -> Result<(), WtmlError> {
        *field = element.child(C::TAG).map(C::read).transpose()?;
        Ok(())
    }

    fn write(&self, field: &Option<C>, element: &mut Element) {
        element.children.extend(field.as_ref().map(C::write));
    }
}

/// A field that is an only grandchild.
pub(crate) struct Wrapped(&'static str);

/// Kept in a child of this name as its only child.
pub(crate) fn wrapped(tag: &'static str) -> Wrapped {
    Wrapped(tag)
}

impl<C: Node> Kept<Option<C>> for Wrapped {
    fn read<N: Node>(&self, element: &Element, field: &mut Option<C>) -> Result<(), WtmlError> {
        match element.child(self.0) {
            Some(wrapper) => child().read::<N>(wrapper, field),
            None => Ok(()),
        }
    }

    fn write(&self, field: &Option<C>, element: &mut Element) {
        if field.is_some() {
            let mut wrapper = Element::new(self.0);
            child().write(field, &mut wrapper);
            element.children.push(wrapper);
        }
    }
}
