//! Fields of an event by their paths.

use serde_json::Value;

use super::EventError;

/// A value of an event and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    path: String,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// A value that stands for itself, by the name of what it is.
    pub(super) fn named(value: &'a Value, name: &str) -> Self {
        Self { value, path: name.to_owned() }
    }

    /// The field of an object; null if it is missing.
    pub(super) fn field(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { value: self.value.get(name).unwrap_or(&Value::Null), path }
    }

    /// The elements of an array.
    pub(super) fn elements(&self) -> Result<Vec<Self>, EventError> {
        let elements = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        let element = |(at, value)| Self { value, path: format!("{}[{at}]", self.path) };
        Ok(elements.iter().enumerate().map(element).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str, EventError> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    /// A text with something in it.
    pub(super) fn name(&self) -> Result<&'a str, EventError> {
        match self.text()? {
            "" => Err(EventError::Field { path: self.path.clone(), found: "empty", expected: "a text" }),
            text => Ok(text),
        }
    }

    /// A text that may be missing or empty.
    pub(super) fn optional_text(&self) -> Result<Option<String>, EventError> {
        match self.value {
            Value::Null => Ok(None),
            _ => self.text().map(|text| (!text.is_empty()).then(|| text.to_owned())),
        }
    }

    pub(super) fn path(&self) -> String {
        self.path.clone()
    }

    pub(super) fn wrong(&self, expected: &'static str) -> EventError {
        EventError::Field { path: self.path.clone(), found: kind(self.value), expected }
    }
}

/// What sort of JSON this is.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "missing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
