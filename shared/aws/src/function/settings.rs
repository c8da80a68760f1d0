//! What the environment of a function says.

use std::collections::BTreeMap;

use skyfeed_ports::Remedy;

/// The settings of a function, from its environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `SKYFEED_WORK`: the URL of the private store.
    pub work: String,
    /// `SKYFEED_SITE`: the URL of the public store.
    pub site: String,
    /// `SKYFEED_LEDGER`: the URL of the ledger.
    pub ledger: String,
    /// `SKYFEED_QUEUE`: the URL of the queue that feeds this function; `None` if the variable is `none`.
    pub queue: Option<String>,
    /// `SKYFEED_TILE_QUEUE`, `SKYFEED_PUBLISH_QUEUE` and `SKYFEED_REINDEX_QUEUE`: the URLs of the queues of the other stages, for a function that looks after what they have left.
    pub stages: StageQueues<String>,
    /// `SKYFEED_CATCH_UP_SECONDS`: how long an image rests before a stage until its event counts as lost.
    pub catch_up_seconds: Option<u32>,
    /// `SKYFEED_LOG`: what to log.
    pub log: Option<String>,
    /// `SKYFEED_DISK_MB`: local disk for an image, its tiles and their archive.
    pub disk_mb: Option<u32>,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    pub name: String,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, which Lambda sets, in MB.
    pub memory_mb: Option<u32>,
}

/// The queues of the stages that are set off by objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageQueues<Q> {
    /// Of `tile`.
    pub tile: Option<Q>,
    /// Of `publish`.
    pub publish: Option<Q>,
    /// Of `reindex`.
    pub reindex: Option<Q>,
}

impl<Q> Default for StageQueues<Q> {
    /// None.
    fn default() -> Self {
        Self { tile: None, publish: None, reindex: None }
    }
}

/// Settings that a function cannot start with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Variables are not set or empty. Code `settings-missing`.
    #[error("the environment lacks {}", names.join(", "))]
    Missing {
        /// Their names.
        names: Vec<&'static str>,
    },
    /// Variables have our prefix and mean nothing. Code `settings-unknown`.
    #[error("the environment has {}, which mean nothing here; what is known: {}", names.join(", "), KNOWN.join(", "))]
    Unknown {
        /// Their names.
        names: Vec<String>,
    },
    /// A variable that is no whole number. Code `settings-number`.
    #[error("{name} is `{value}`, which is no whole number")]
    NotANumber {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: String,
    },
}

impl SettingsError {
    /// What cures it: a person.
    pub fn remedy(&self) -> Remedy {
        Remedy::Person
    }

    /// Names the kind of error for machines, in words that stay as they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "settings-missing",
            Self::Unknown { .. } => "settings-unknown",
            Self::NotANumber { .. } => "settings-number",
        }
    }
}

const PREFIX: &str = "SKYFEED_";
const WORK: &str = "SKYFEED_WORK";
const SITE: &str = "SKYFEED_SITE";
const LEDGER: &str = "SKYFEED_LEDGER";
const QUEUE: &str = "SKYFEED_QUEUE";
const LOG: &str = "SKYFEED_LOG";
const DISK: &str = "SKYFEED_DISK_MB";
const TILE_QUEUE: &str = "SKYFEED_TILE_QUEUE";
const PUBLISH_QUEUE: &str = "SKYFEED_PUBLISH_QUEUE";
const REINDEX_QUEUE: &str = "SKYFEED_REINDEX_QUEUE";
const CATCH_UP: &str = "SKYFEED_CATCH_UP_SECONDS";
const KNOWN: [&str; 10] = [WORK, SITE, LEDGER, QUEUE, TILE_QUEUE, PUBLISH_QUEUE, REINDEX_QUEUE, CATCH_UP, LOG, DISK];
const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
/// What stands in place of a queue where there is none.
const NO_QUEUE: &str = "none";

impl Settings {
    /// Reads environment variables.
    ///
    /// # Errors
    /// A variable is missing, one begins with `SKYFEED_` and is not known, or one is no number.
    ///
    /// ```
    /// use skyfeed_aws::function::Settings;
    ///
    /// let variables = [
    ///     ("SKYFEED_WORK", "s3://my-feed-work"),
    ///     ("SKYFEED_SITE", "s3://my-feed-site"),
    ///     ("SKYFEED_LEDGER", "dynamodb://my-feed-ledger"),
    ///     ("SKYFEED_QUEUE", "none"),
    /// ];
    /// let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    /// assert_eq!(Settings::read(variables.clone())?.queue, None);
    /// let error = Settings::read(variables.into_iter().skip(1)).unwrap_err();
    /// assert_eq!(error.to_string(), "the environment lacks SKYFEED_WORK");
    /// # Ok::<(), skyfeed_aws::function::SettingsError>(())
    /// ```
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        let mut variables: BTreeMap<String, String> =
            variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let unknown = |name: &&String| name.starts_with(PREFIX) && !KNOWN.contains(&name.as_str());
        let names: Vec<String> = variables.keys().filter(unknown).cloned().collect();
        if !names.is_empty() {
            return Err(SettingsError::Unknown { names });
        }
        let mut missing = Vec::new();
        let mut needed = |name: &'static str| {
            variables.remove(name).unwrap_or_else(|| {
                missing.push(name);
                String::new()
            })
        };
        let (work, site, queue, ledger) = (needed(WORK), needed(SITE), needed(QUEUE), needed(LEDGER));
        if !missing.is_empty() {
            return Err(SettingsError::Missing { names: missing });
        }
        let mut number = |name: &'static str| {
            let value = variables.remove(name);
            let parsed =
                value.map(|value| value.parse().map_err(|_| SettingsError::NotANumber { name, value: value.clone() }));
            parsed.transpose()
        };
        let (disk_mb, memory_mb, catch_up_seconds) = (number(DISK)?, number(MEMORY)?, number(CATCH_UP)?);
        let [tile, publish, reindex] = [TILE_QUEUE, PUBLISH_QUEUE, REINDEX_QUEUE].map(|name| variables.remove(name));
        Ok(Self {
            work,
            site,
            ledger,
            queue: (queue != NO_QUEUE).then_some(queue),
            stages: StageQueues { tile, publish, reindex },
            catch_up_seconds,
            log: variables.remove(LOG),
            disk_mb,
            name: variables.remove("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "local".to_owned()),
            memory_mb,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, SettingsError};

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let error = read(&[("SKYFEED_SITE", "s3://site"), ("SKYFEED_WORK", "")]).unwrap_err();
        assert_eq!(error, SettingsError::Missing { names: vec!["SKYFEED_WORK", "SKYFEED_QUEUE", "SKYFEED_LEDGER"] });
    }

    #[test]
    fn a_function_may_know_its_memory_and_its_disk() {
        let urls = [("SKYFEED_WORK", "w"), ("SKYFEED_SITE", "s"), ("SKYFEED_LEDGER", "l"), ("SKYFEED_QUEUE", "none")];
        assert_eq!(read(&urls).map(|settings| (settings.memory_mb, settings.disk_mb)), Ok((None, None)));
        let with = |memory, disk| {
            read(&[&urls[..], &[("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory), ("SKYFEED_DISK_MB", disk)]].concat())
        };
        assert_eq!(
            with("3008", "10240").map(|settings| (settings.memory_mb, settings.disk_mb)),
            Ok((Some(3008), Some(10240)))
        );
        assert_eq!(
            with("3008", "10 GB").unwrap_err().to_string(),
            "SKYFEED_DISK_MB is `10 GB`, which is no whole number"
        );
    }

    #[test]
    fn a_misspelled_variable_is_an_error_and_those_of_others_are_not() {
        let error = read(&[("SKYFEED_WROK", "s3://work"), ("PATH", "/bin")]).unwrap_err();
        assert_eq!(error, SettingsError::Unknown { names: vec!["SKYFEED_WROK".to_owned()] });
    }
}
