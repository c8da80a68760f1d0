//! Metrics.

use jiff::{Timestamp, Unit};
use serde_json::{Map, Value, json};
use skyfeed_pipeline::{
    batch::{Ending, Event},
    refresh::Refreshed,
    standing::{Standing, Standings},
};
use skyfeed_ports::Remedy;

const NAMESPACE: &str = "Skyfeed";
const DIMENSION: &str = "FunctionName";

/// What one invocation did, in numbers. CloudWatch reads them off a line of the log (CloudWatch user guide, "Embedded metric format specification").
///
/// | metric | unit | what |
/// | --- | --- | --- |
/// | `Images` | count | images that passed the stage |
/// | `AlreadyDone`, `Waiting` | count | images that had passed it, or may not yet |
/// | `Busy`, `Unusable` | count | images that somebody else worked on, that cannot be put on the sky |
/// | `FailedTransient`, `FailedPermanent` | count | images that failed and are tried again, or for which a person is needed |
/// | `FailedForNow` | count | images that the source did not give, and that are tried again in hours |
/// | `Unreadable` | count | messages that could not be understood, or name what is no image |
/// | `Tiles`, `Bytes`, `Megapixels` | count, bytes, none | of the pyramids that were made |
/// | `Seconds` | seconds | how long the stage took |
/// | `Refreshes` | count | 1 if the source answered as it should, else 0 |
/// | `Offered`, `Due`, `PutOff` | count | images that the source offers, that are fetched now, and that failed and wait for their time |
/// | `Waiting` (of `fetch`) | count | images that wait for people |
/// | `OldestWaitingSeconds` | seconds | how long the first of them waits; 0 if none does |
/// | `SinceFetchedSeconds` | seconds | how long ago the newest image came into the inbox |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Names, units and values.
    values: Vec<(&'static str, &'static str, f64)>,
}

impl Metrics {
    /// Adds to a count.
    pub fn count(&mut self, name: &'static str, number: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a count of what one invocation did is far below 2^53")]
        self.add(name, "Count", number as f64);
    }

    /// Adds to a count that is not told if it stays zero.
    pub fn count_if_any(&mut self, name: &'static str, number: usize) {
        if number > 0 {
            self.count(name, number);
        }
    }

    /// Adds how long the stage took.
    pub fn seconds(&mut self, seconds: f64) {
        self.add("Seconds", "Seconds", seconds);
    }

    /// Counts how images passed a stage; `is_retried` tells which failures are tried again.
    pub fn events(&mut self, events: &[Event], is_retried: impl Fn(&Event) -> bool) {
        for event in events {
            let name = match &event.ending {
                Ending::Done { .. } => "Images",
                Ending::AlreadyDone { .. } => "AlreadyDone",
                Ending::Unusable { .. } => "Unusable",
                Ending::Waiting { .. } => "Waiting",
                Ending::Busy { .. } => "Busy",
                Ending::Failed(failure) if failure.remedy == Remedy::Wait => "FailedForNow",
                Ending::Failed(_) if is_retried(event) => "FailedTransient",
                Ending::Failed(_) => "FailedPermanent",
            };
            self.count(name, 1);
            if let Some(figures) = event.figures {
                #[expect(clippy::cast_precision_loss, reason = "metrics are rounded anyway")]
                let [tiles, bytes, pixels] = [figures.tiles, figures.bytes, figures.pixels].map(|figure| figure as f64);
                self.add("Tiles", "Count", tiles);
                self.add("Bytes", "Bytes", bytes);
                self.add("Megapixels", "None", pixels / 1e6);
            }
        }
    }

    /// Tells what asking the source brought.
    pub fn refreshed(&mut self, found: &Refreshed) {
        self.count("Refreshes", usize::from(found.source_failure().is_none()));
        self.count("Offered", found.offered);
        self.count("Due", found.due.len());
        self.count("PutOff", found.put_off);
    }

    /// Tells how far the images of the feed are.
    pub fn standings(&mut self, standings: &Standings, now: Timestamp) {
        let seconds = |since: Timestamp| (now - since).total(Unit::Second).unwrap_or_default().max(0.0);
        let waiting: Vec<Timestamp> = standings.iter().filter_map(Standing::waits_since).collect();
        self.count("Waiting", waiting.len());
        self.add("OldestWaitingSeconds", "Seconds", waiting.iter().min().map_or(0.0, |since| seconds(*since)));
        let images = standings.inbox().values().flat_map(|inbox| inbox.objects().map(|object| object.modified));
        if let Some(newest) = images.max() {
            self.add("SinceFetchedSeconds", "Seconds", seconds(newest));
        }
    }

    fn add(&mut self, name: &'static str, unit: &'static str, value: f64) {
        match self.values.iter_mut().find(|(other, ..)| *other == name) {
            Some((_, _, sum)) => *sum += value,
            None => self.values.push((name, unit, value)),
        }
    }

    /// The line for the log, or `None` if there is nothing to tell.
    ///
    /// ```
    /// use skyfeed_aws::telemetry::Metrics;
    ///
    /// let mut metrics = Metrics::default();
    /// metrics.count("Images", 2);
    /// let line = metrics.line("my-feed-tile", "8f4a", 1_760_000_000_000).unwrap();
    /// assert!(line.starts_with(r#"{"_aws":{"Timestamp":1760000000000,"CloudWatchMetrics":[{"Namespace":"Skyfeed","#));
    /// assert!(line.ends_with(r#""FunctionName":"my-feed-tile","request_id":"8f4a","Images":2.0}"#));
    /// ```
    pub fn line(&self, function: &str, request_id: &str, now_ms: i64) -> Option<String> {
        if self.values.is_empty() {
            return None;
        }
        let names: Vec<Value> = self.values.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
        let directive = json!([{"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": names}]);
        let mut line = Map::new();
        line.insert("_aws".to_owned(), json!({"Timestamp": now_ms, "CloudWatchMetrics": directive}));
        line.insert(DIMENSION.to_owned(), function.into());
        line.insert("request_id".to_owned(), request_id.into());
        line.extend(self.values.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
        Some(Value::Object(line).to_string())
    }
}
