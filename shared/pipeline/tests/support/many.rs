//! A feed of many published images behind stores and a ledger that count what they are asked.

#![allow(dead_code, reason = "the benches and the tests take what they need")]

use std::{sync::Arc, time::Duration};

use skyfeed_pipeline::{
    environment::Environment,
    walk::{Walk, walk},
};
use skyfeed_ports::{
    counted::{CountedLedger, CountedStore, Counters},
    ledger::Ledger,
    store::Store,
};

use super::feed::{Drawn, Feed, person};

/// A feed whose requests are counted.
pub(crate) struct Many {
    pub(crate) feed: Feed,
    pub(crate) counters: Arc<Counters>,
    count: usize,
    dated: bool,
    delay: Duration,
}

impl Many {
    /// A feed with `count` images, nothing done yet. Each request takes `delay`.
    pub(crate) fn new(count: usize, dated: bool, delay: Duration) -> Self {
        Self { feed: Feed::new(""), counters: Arc::default(), count, dated, delay }
    }

    /// The same, all published.
    pub(crate) async fn published(count: usize, dated: bool, delay: Duration) -> Self {
        let many = Self::new(count, dated, delay);
        let uncounted = Environment { source: Arc::new(Drawn::many(count, dated)), ..many.feed.environment() };
        let command = Walk { refresh: true, approve_all: Some(person("anna")) };
        let walked = walk(&uncounted, &command, &()).await.unwrap();
        assert_eq!((walked.failures, walked.reindexed.unwrap().images), (vec![], count));
        many
    }

    /// An environment as a new process would have it, whose requests are counted from 0.
    pub(crate) fn environment(&mut self) -> Environment {
        self.counters = Arc::new(Counters::default().with_delay(self.delay).recording_keys());
        let count = |store: Arc<dyn Store>| Arc::new(CountedStore::new(store, &self.counters)) as Arc<dyn Store>;
        let ledger: Arc<dyn Ledger> = self.feed.ledger.clone();
        Environment {
            work: count(self.feed.work.clone()),
            site: count(self.feed.site.clone()),
            ledger: Arc::new(CountedLedger::new(ledger, &self.counters)),
            source: Arc::new(Drawn::many(self.count, self.dated)),
            ..self.feed.environment()
        }
    }
}
