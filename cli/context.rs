//! What every command works with.

use skyfeed_pipeline::names::Person;

use crate::{error::UsageError, feed::FeedOptions, interrupt::Interrupt, output::Output};

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) output: Output,
    pub(crate) interrupt: Interrupt,
    pub(crate) feed: FeedOptions,
    /// The person at the keyboard, as the system knows them.
    pub(crate) user: Option<String>,
}

impl Context {
    /// The same for another feed.
    pub(crate) fn of(&self, feed: FeedOptions) -> Self {
        Self { output: self.output, interrupt: self.interrupt.clone(), feed, user: self.user.clone() }
    }

    /// Who takes a decision.
    ///
    /// # Errors
    /// Neither the person nor the system says so, or nobody can have such a name.
    pub(crate) fn deciding_person(&self, named: Option<&str>) -> Result<Person, UsageError> {
        let name = named.or(self.user.as_deref()).map(str::trim).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| UsageError("this needs the name of who decides: --by NAME".to_owned()))?;
        Person::new(name).map_err(|error| UsageError(format!("`{}`: {error}", name.escape_debug())))
    }
}
