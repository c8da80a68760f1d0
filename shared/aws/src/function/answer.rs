//! From an event to its answer.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};
use skyfeed_pipeline::batch::{Ending, Event};
use skyfeed_ports::{Remedy, chain};
use tracing::{Instrument, error, info_span};

use super::{Call, Function, Handler, Invocation, InvocationError, images::once_each, log::Log};
use crate::{
    events::{self, Request, excerpt, key_in},
    telemetry::Metrics,
};

impl<H: Handler> Function<H> {
    /// Does what an event asks for, and answers: to messages of a queue which of them are to come again, else what happened to each image.
    ///
    /// # Errors
    /// The event cannot be understood, or what it asks for failed and may pass. Messages of a queue fail one by one, in the answer.
    pub async fn answer(&self, event: &Value, invocation: &Invocation) -> Result<Value, InvocationError> {
        let span = info_span!("invocation", request_id = invocation.request_id);
        self.answer_within(event, invocation).instrument(span).await
    }

    async fn answer_within(&self, event: &Value, invocation: &Invocation) -> Result<Value, InvocationError> {
        let started = Instant::now();
        let mut metrics = Metrics::default();
        let answer = match events::Event::read(event) {
            Ok(events::Event::Direct(request)) => self.direct(&request, invocation, &mut metrics).await,
            Ok(events::Event::Queue(messages)) => Ok(json!(self.batch(messages, invocation, &mut metrics).await)),
            Err(problem) => {
                metrics.count("Unreadable", 1);
                let body = event.to_string();
                error!(
                    code = problem.code(),
                    key = key_in(&body),
                    body = excerpt(&body),
                    "the event cannot be understood"
                );
                Err(problem.into())
            }
        };
        if let Err(error) = &answer {
            error!(causes = chain(error).join(": "), "the invocation failed");
        }
        metrics.seconds(started.elapsed().as_secs_f64());
        if let Some(line) = metrics.line(&self.name, &invocation.request_id, Timestamp::now().as_millisecond()) {
            println!("{line}");
        }
        answer
    }

    async fn direct(
        &self,
        request: &Request,
        invocation: &Invocation,
        metrics: &mut Metrics,
    ) -> Result<Value, InvocationError> {
        if matches!(request, Request::Schedule(_) | Request::CatchUp) {
            let env = self.environment(invocation).await?;
            let call = Call { env: &env, queues: &self.queues, observer: &Log, metrics };
            return match request {
                Request::CatchUp => self.handler.catch_up(call).await,
                _ => self.handler.scheduled(call).await,
            };
        }
        let images = self.images(request);
        metrics.count_if_any("Unreadable", images.refused.len());
        let ids = once_each(&images.ids);
        let mut events = Vec::new();
        if !ids.is_empty() {
            let env = self.environment(invocation).await?;
            events = self.handler.work(&env, &ids, &Log).await;
            metrics.events(&events, is_retried);
        }
        match events.iter().find(|event| is_retried(event)).map(|event| &event.ending) {
            Some(Ending::Failed(failure)) => Err(InvocationError::Item(failure.clone())),
            _ => match events.iter().find(|event| matches!(event.ending, Ending::Busy { .. })) {
                Some(event) => Err(InvocationError::Busy(event.id.clone())),
                None => Ok(json!({"events": events, "refused": images.refused})),
            },
        }
    }
}

/// Whether an image is to be tried again. What a store or the ledger refused is too, and what is too large for this function, although that does not pass by itself: nothing was
/// said of the image, and what could not be done must not be forgotten. What was put off is not: the schedule finds it when its time has come.
pub(super) fn is_retried(event: &Event) -> bool {
    match &event.ending {
        Ending::Busy { .. } => true,
        Ending::Failed(failure) => matches!(failure.remedy, Remedy::Retry | Remedy::Requeue),
        Ending::Done { .. } | Ending::AlreadyDone { .. } | Ending::Unusable { .. } | Ending::Waiting { .. } => false,
    }
}
