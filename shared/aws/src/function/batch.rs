//! The messages of a queue.

use std::{collections::HashSet, convert::Infallible, time::Duration};

use skyfeed_pipeline::id::ImageId;
use skyfeed_ports::chain;
use tracing::{error, warn};

use super::{Call, Function, Handler, Invocation, answer::is_retried, delay, images::once_each, log::Log};
use crate::{
    events::{BatchResponse, Message},
    sqs::{Hidden, Queue},
    telemetry::Metrics,
};

/// How long messages stay invisible at a time while they are worked on. The visibility timeout of the queue is far longer, as Lambda demands; with it, the
/// messages of a function that was killed would come back after an hour or more.
const HIDDEN_SECONDS: i32 = 30;
const HIDE_EVERY: Duration = Duration::from_secs(10);

/// A message that can be worked on.
struct Job {
    message: Message,
    ids: Vec<ImageId>,
    catch_up: bool,
}

impl<H: Handler> Function<H> {
    /// Does the work of messages and answers which of them are to come again.
    pub(super) async fn batch(
        &self,
        messages: Vec<Message>,
        invocation: &Invocation,
        metrics: &mut Metrics,
    ) -> BatchResponse {
        let (readable, unreadable): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| message.request.is_ok());
        unreadable.iter().for_each(|message| tell_unreadable(message, metrics));
        let jobs: Vec<Job> = readable.into_iter().filter_map(|message| self.job(message, metrics)).collect();
        let receipts: Vec<String> = jobs.iter().map(|job| job.message.receipt_handle.clone()).collect();
        let failed = match receipts.as_slice() {
            [] => Vec::new(),
            receipts => tokio::select! {
                failed = self.work_off(jobs, invocation, metrics) => failed,
                never = self.keep_hidden(receipts) => match never {},
            },
        };
        self.give_back(&failed, &unreadable).await;
        let failed = failed.into_iter().map(|job| job.message.id);
        BatchResponse::failed(failed.chain(unreadable.into_iter().map(|message| message.id)))
    }

    /// Works on messages and answers those that are to come again.
    async fn work_off(&self, jobs: Vec<Job>, invocation: &Invocation, metrics: &mut Metrics) -> Vec<Job> {
        let ids = once_each(jobs.iter().flat_map(|job| &job.ids));
        let env = match self.environment(invocation).await {
            Ok(env) => env,
            Err(error) => {
                error!(causes = chain(&error).join(": "), "nothing can be worked on");
                metrics.count("FailedTransient", jobs.len());
                return jobs;
            }
        };
        let events = if ids.is_empty() { Vec::new() } else { self.handler.work(&env, &ids, &Log).await };
        metrics.events(&events, is_retried);
        let again: HashSet<&str> =
            events.iter().filter(|event| is_retried(event)).map(|event| event.id.as_str()).collect();
        let mut not_caught_up = false;
        if jobs.iter().any(|job| job.catch_up) {
            let call = Call { env: &env, queues: &self.queues, observer: &Log, metrics };
            if let Err(error) = self.handler.catch_up(call).await {
                error!(causes = chain(&error).join(": "), "what was left stays so");
                metrics.count("FailedTransient", 1);
                not_caught_up = true;
            }
        }
        let comes_again =
            |job: &Job| (job.catch_up && not_caught_up) || job.ids.iter().any(|id| again.contains(id.as_str()));
        jobs.into_iter().filter(comes_again).collect()
    }

    /// What a message asks for; `None` if that is nothing.
    fn job(&self, message: Message, metrics: &mut Metrics) -> Option<Job> {
        let images = self.images(message.request.as_ref().ok()?);
        metrics.count_if_any("Unreadable", images.refused.len());
        let has_work = images.catch_up || !images.ids.is_empty();
        has_work.then_some(Job { message, ids: images.ids, catch_up: images.catch_up })
    }

    /// Lets messages come again, each the later the more often it came; at once those that cannot be read, so that they are soon among the dead letters.
    async fn give_back(&self, jobs: &[Job], unreadable: &[Message]) {
        let Some(queue) = &self.queues.own else { return };
        let jobs = jobs.iter().map(|job| (&job.message, delay::seconds(job.message.receive_count)));
        let hidden = jobs.chain(unreadable.iter().map(|message| (message, 0)));
        let hidden =
            hidden.map(|(message, seconds)| Hidden { receipt_handle: message.receipt_handle.clone(), seconds });
        hide(queue, &hidden.collect::<Vec<_>>()).await;
    }

    /// Keeps messages from others for as long as this is polled.
    async fn keep_hidden(&self, receipts: &[String]) -> Infallible {
        let Some(queue) = &self.queues.own else { return std::future::pending().await };
        let hidden = |receipt: &String| Hidden { receipt_handle: receipt.clone(), seconds: HIDDEN_SECONDS };
        let hidden: Vec<Hidden> = receipts.iter().map(hidden).collect();
        loop {
            hide(queue, &hidden).await;
            tokio::time::sleep(HIDE_EVERY).await;
        }
    }
}

/// Says what is known of a message that cannot be understood. It fails, so that it is kept among the dead letters as it is; it is told when it comes for the first time.
fn tell_unreadable(message: &Message, metrics: &mut Metrics) {
    let Some(problem) = message.request.as_ref().err() else { return };
    if message.receive_count > 1 {
        return;
    }
    let (causes, key, body) = (chain(problem).join(": "), message.key(), message.excerpt());
    error!(message_id = message.id, code = problem.code(), causes, key, body, "a message cannot be understood");
    metrics.count("Unreadable", 1);
}

/// A message whose visibility cannot be changed comes again all the same, only at another time.
async fn hide(queue: &Queue, hidden: &[Hidden]) {
    if let Err(error) = queue.hide(hidden).await {
        warn!(causes = chain(&error).join(": "), "the visibility of messages stays as it is");
    }
}
