//! Why a text is no configuration.

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is too long to be a configuration.
    #[error("the configuration has {size_bytes} bytes: at most {max_bytes} are read")]
    Size {
        /// The size of the text.
        size_bytes: usize,
        /// The largest size that is read.
        max_bytes: usize,
    },
    /// It is not YAML, or asks the parser for too much.
    #[error("the configuration is not usable YAML")]
    Syntax(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is YAML, but has no keys.
    #[error("the configuration has no keys: write lines such as `source_type: astropix`")]
    NoKeys,
    /// A key has no meaning.
    #[error("{}unknown key `{key}`{}", at(*line), .nearest.as_ref().map(|near| format!(": did you mean `{near}`?")).unwrap_or_default())]
    UnknownKey {
        /// The key, with the section it stands in.
        key: String,
        /// Where it stands, from 1.
        line: Option<u64>,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// A key that is needed is not there.
    #[error("the key `{key}` is missing: {remedy}")]
    MissingKey {
        /// The key, with the section it belongs to.
        key: &'static str,
        /// What to write.
        remedy: &'static str,
    },
    /// A value cannot be used.
    #[error("{}`{key}` {problem}", at(*line))]
    Value {
        /// The key, with the section it stands in.
        key: String,
        /// Where it stands, from 1.
        line: Option<u64>,
        /// What is wrong, and what to write.
        problem: String,
    },
}

fn at(line: Option<u64>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}
