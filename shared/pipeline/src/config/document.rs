//! YAML as a flat table of known keys.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{Location, Spanned, options::MergeKeyPolicy};

use super::{ConfigError, keys};

/// The largest text that is parsed.
const MAX_BYTES: usize = 1_000_000;

/// The values of a configuration by their keys, such as `astropix.json_query_url`. All keys are known; keys without a value are left out.
#[derive(Debug, Default)]
pub(super) struct Document {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    line: Option<u64>,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Nothing,
    Bool(bool),
    Integer(i128),
    Text(String),
    Section(Vec<(Spanned<String>, Value)>),
    /// A fraction or a list: of no use for any key.
    Other,
}

impl Document {
    /// Parses a text and checks its keys.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.len() > MAX_BYTES {
            return Err(ConfigError::Size { size_bytes: text.len(), max_bytes: MAX_BYTES });
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: 16, max_nodes: 100_000 },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
            merge_keys: MergeKeyPolicy::AsOrdinary,
            with_snippet: false,
        };
        let root =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| ConfigError::Syntax(Box::new(error)))?;
        let mut document = Self::default();
        match root {
            Value::Section(entries) => document.add("", entries)?,
            Value::Nothing => {}
            _ => {
                return Err(ConfigError::NoKeys);
            }
        }
        Ok(document)
    }

    fn add(&mut self, section: &str, entries: Vec<(Spanned<String>, Value)>) -> Result<(), ConfigError> {
        for (name, value) in entries {
            let key = format!("{section}{}", name.value);
            let line = line(name.referenced);
            match value {
                Value::Section(entries) if keys::is_section(&key) => self.add(&format!("{key}."), entries)?,
                Value::Nothing if keys::is_section(&key) || keys::is_key(&key) => {}
                value if keys::is_key(&key) => {
                    self.entries.insert(key, Entry { line, value });
                }
                _ if keys::is_section(&key) => {
                    let problem = "is a section: write its keys indented on the lines below it".to_owned();
                    return Err(ConfigError::Value { key, line, problem });
                }
                _ => {
                    let nearest = keys::nearest(&key).map(str::to_owned);
                    return Err(ConfigError::UnknownKey { key: key.escape_debug().to_string(), line, nearest });
                }
            }
        }
        Ok(())
    }

    /// A value that is text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, ConfigError> {
        self.entry(key, |value| match value {
            Value::Text(text) => Ok(text.as_str()),
            Value::Bool(_) | Value::Integer(_) | Value::Other => {
                Err("must be text: put the value in quotes".to_owned())
            }
            Value::Section(_) | Value::Nothing => Err("must be text".to_owned()),
        })
    }

    /// A value that is yes or no.
    pub(super) fn switch(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        self.entry(key, |value| match value {
            Value::Bool(switch) => Ok(*switch),
            _ => Err("must be `true` or `false`".to_owned()),
        })
    }

    /// A whole number of at least 1 that fits its type.
    pub(super) fn number<T: TryFrom<i128>>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        self.entry(key, |value| match value {
            Value::Integer(number) if *number < 1 => Err("must be at least 1".to_owned()),
            Value::Integer(number) => T::try_from(*number).map_err(|_| format!("is too large: {number}")),
            _ => Err("must be a whole number, without unit".to_owned()),
        })
    }

    /// A value that is one of some words.
    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Result<Option<T>, ConfigError> {
        self.text(key)?.map_or(Ok(None), |text| match choices.iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let words: Vec<String> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
                Err(self.problem(key, format!("is `{}`, which is none of {}", text.escape_debug(), words.join(", "))))
            }
        })
    }

    /// The error of a key whose value cannot be used.
    pub(super) fn problem(&self, key: &str, problem: String) -> ConfigError {
        ConfigError::Value { key: key.to_owned(), line: self.entries.get(key).and_then(|entry| entry.line), problem }
    }

    fn entry<'a, T>(
        &'a self,
        key: &str,
        read: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let value = self.entries.get(key).map(|entry| read(&entry.value));
        value.transpose().map_err(|problem| self.problem(key, problem))
    }
}

fn line(location: Location) -> Option<u64> {
    (location != Location::UNKNOWN).then(|| location.line())
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(i128::try_from(value).map_or(Value::Other, Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Section(entries))
    }
}
