//! Moving messages back to the queue that they came from.

use std::time::Duration;

use aws_sdk_sqs::types::ListMessageMoveTasksResultEntry;

use super::{DeadLetterError, DeadLetters};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a task that was started may be missing in the list of tasks.
const MOST_LOOKS: u32 = 60;

/// What SQS calls a task that is still at it.
const AT_IT: [&str; 2] = ["RUNNING", "CANCELLING"];

impl DeadLetters {
    /// Moves the messages back to where they came from, and waits until that is done; a task that somebody else started is waited for instead.
    /// Answers about how many were moved. A message that somebody looks at meanwhile stays.
    ///
    /// # Errors
    /// A request failed, or SQS gave up, for instance because the credentials may not send to the queue that the messages came from.
    pub async fn move_back(&self) -> Result<u64, DeadLetterError> {
        let before = self.newest().await?;
        let running = before.as_ref().is_some_and(is_running);
        if !running {
            let start = self.client.start_message_move_task().source_arn(&self.arn).send();
            start.await.map_err(|error| self.refused("move the messages of", error))?;
        }
        let mut missing = 0;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let newest = self.newest().await?;
            let ours = |task: &ListMessageMoveTasksResultEntry| {
                running || before.as_ref().is_none_or(|before| task.started_timestamp > before.started_timestamp)
            };
            match newest.filter(ours) {
                Some(task) if is_running(&task) => {}
                Some(task) => return self.moved(&task),
                None if missing < MOST_LOOKS => missing += 1,
                None => return Err(self.incomplete("follow the messages of", "the task that was started")),
            }
        }
    }

    async fn newest(&self) -> Result<Option<ListMessageMoveTasksResultEntry>, DeadLetterError> {
        // The newest comes first, and is all that is asked for.
        let request = self.client.list_message_move_tasks().source_arn(&self.arn).max_results(1);
        let answer = request.send().await.map_err(|error| self.refused("follow the messages of", error))?;
        Ok(answer.results.unwrap_or_default().into_iter().next())
    }

    fn moved(&self, task: &ListMessageMoveTasksResultEntry) -> Result<u64, DeadLetterError> {
        if task.status() == Some("COMPLETED") {
            return Ok(u64::try_from(task.approximate_number_of_messages_moved).unwrap_or(0));
        }
        Err(DeadLetterError::NotMoved {
            name: self.name.to_string(),
            status: task.status().unwrap_or("unknown").to_owned(),
            reason: task.failure_reason().unwrap_or("no reason is given").to_owned(),
        })
    }
}

fn is_running(task: &ListMessageMoveTasksResultEntry) -> bool {
    task.status().is_some_and(|status| AT_IT.contains(&status))
}
