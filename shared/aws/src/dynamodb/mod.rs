//! Claims and history in a DynamoDB table.
//!
//! One table, with the keys `pk` and `sk` (texts), holds three kinds of items. `pk` is always `FEED/IMAGE`: everything of one image lies together, and a feed
//! without a name begins with `/`.
//!
//! | `sk` | what it is | attributes |
//! | --- | --- | --- |
//! | `claim#STAGE#SHA256` of the input; a stage that takes a turn has the name of that | where a piece of work stands | `input`, `attempt`, `token`; `held_until` while it is held, `receipt` when it is settled; `expires` |
//! | `attempt#STARTED#STAGE#ATTEMPT#RANDOM` | one line of the history | those of an attempt; `ended` and `outcome` when it has ended |
//! | `last#STAGE` | a copy of the last attempt of this image and stage | the same; `token`, `state`, `since` |
//!
//! - What follows `attempt#` is the token of the attempt's ticket.
//! - Times are texts in UTC with nine decimals, which sort like the times; `outcome` is JSON; `attempt` is a number.
//! - `expires` (seconds since 1970) is the time to live of claims that are not settled, and of turns: [`KEPT`] after the last change. Receipts, history and
//!   last attempts stay.
//! - The index `by-state` has the keys `state`, which is `FEED/` and one of `running`, `failed`, `done`, `unusable`, `released`, and `since`, when
//!   that attempt started: it answers what is in which state since when. Only last attempts are in it. It follows the table within a moment, so
//!   [`open_attempts`](skyfeed_ports::ledger::Ledger::open_attempts) may miss what just happened; all else is read and written consistently.
//! - Claiming and ending write all three items in one transaction, on the condition that nobody came between.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Builder},
};
use aws_types::SdkConfig;
use jiff::Timestamp;
use skyfeed_ports::ledger::{Attempt, AttemptOutcome, Claim, Context, Ledger, LedgerError, Ticket, Work, lease_end};

mod claim;
mod end;
mod error;
mod history;
mod item;
mod keys;
mod note;
mod renew;
mod table;
mod transaction;
mod url;

pub use table::create_table;
pub use url::DynamoUrlError;

/// How long a claim that is not settled is kept after its last change: 90 days.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// The index of last attempts by their state.
pub const BY_STATE: &str = "by-state";

/// A ledger in a DynamoDB table, for many machines. The module describes the table; [`create_table`] makes it.
#[derive(Clone, Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
    /// What stands before every image and state: the feed's name, or nothing, and `/`.
    feed: String,
}

impl DynamoLedger {
    /// The ledger at `dynamodb://table`, or `dynamodb://table/feed` if several feeds share a table; nothing is asked of the table yet.
    ///
    /// # Errors
    /// The URL is not of this form.
    ///
    /// ```
    /// use aws_types::{SdkConfig, region::Region};
    /// use skyfeed_aws::DynamoLedger;
    ///
    /// // A program takes it from `aws_config`.
    /// let config = SdkConfig::builder().region(Region::new("eu-central-1")).build();
    /// let ledger = DynamoLedger::from_url("dynamodb://skyfeed/eso", &config)?;
    /// assert_eq!(ledger.table(), "skyfeed");
    /// # Ok::<(), skyfeed_aws::dynamodb::DynamoUrlError>(())
    /// ```
    pub fn from_url(url: &str, config: &SdkConfig) -> Result<Self, DynamoUrlError> {
        let (table, feed) = url::parse(url)?;
        Ok(Self { client: client(config), table, feed })
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }
}

fn client(config: &SdkConfig) -> Client {
    let mut builder = Builder::from(config);
    if config.behavior_version().is_none() {
        builder.set_behavior_version(Some(BehaviorVersion::latest()));
    }
    Client::from_conf(builder.build())
}

#[async_trait]
impl Ledger for DynamoLedger {
    async fn claim(
        &self,
        work: &Work,
        context: &Context,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claim, LedgerError> {
        claim::claim(self, work, context, now, lease).await
    }

    async fn renew(&self, ticket: &Ticket, now: Timestamp, lease: Duration) -> Result<(), LedgerError> {
        renew::renew(self, ticket, lease_end(now, lease)).await
    }

    async fn end(&self, ticket: &Ticket, outcome: AttemptOutcome, now: Timestamp) -> Result<(), LedgerError> {
        end::end(self, ticket, &outcome, now).await
    }

    async fn reopen(&self, work: &Work) -> Result<(), LedgerError> {
        renew::reopen(self, work).await
    }

    async fn receipt(&self, work: &Work) -> Result<Option<String>, LedgerError> {
        claim::receipt(self, work).await
    }

    async fn note(&self, attempt: &Attempt) -> Result<(), LedgerError> {
        note::note(self, attempt).await
    }

    async fn last_done(&self, subject: &str, kind: &str) -> Result<Option<Attempt>, LedgerError> {
        history::last_done(self, subject, kind).await
    }

    async fn history(&self, image: &str) -> Result<Vec<Attempt>, LedgerError> {
        history::of_image(self, image).await
    }

    async fn open_attempts(&self) -> Result<Vec<Attempt>, LedgerError> {
        history::open(self).await
    }
}
