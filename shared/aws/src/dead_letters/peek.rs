//! Looking at messages without taking them.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName::ApproximateFirstReceiveTimestamp,
};
use jiff::Timestamp;

use skyfeed_ports::chain;

use super::{DeadLetterError, DeadLetters};
use crate::events::{Request, excerpt};

/// As many messages as SQS gives or takes in one request.
const BATCH: usize = 10;
/// How long a message that is being looked at stays hidden if this is killed, in seconds.
const HIDDEN_SECONDS: i32 = 20;
/// How long a request waits for messages, in seconds; with that, SQS asks all the machines that may have some.
const WAIT_SECONDS: i32 = 1;

/// A message that could not be dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The id that SQS gave the message.
    pub message_id: String,
    /// When it was received for the first time.
    pub first_received: Option<Timestamp>,
    /// Its text.
    pub body: String,
}

impl Letter {
    /// What it asks for: image ids, and objects as `s3://bucket/key`.
    ///
    /// # Errors
    /// No function understands it, and none will when it is sent again; why.
    ///
    /// ```
    /// use skyfeed_aws::dead_letters::Letter;
    ///
    /// let letter = |body: &str| Letter { message_id: "1".to_owned(), first_received: None, body: body.to_owned() };
    /// assert_eq!(letter(r#"{"image": "eso1907a"}"#).asks_for().unwrap(), ["eso1907a"]);
    /// assert!(letter(r#"{"picture": 1}"#).asks_for().unwrap_err().contains("none of the known forms"));
    /// ```
    pub fn asks_for(&self) -> Result<Vec<String>, String> {
        match Request::of_body(&self.body) {
            Ok(Request::Image(id)) => Ok(vec![id.to_string()]),
            Ok(Request::Objects(changes)) => {
                Ok(changes.into_iter().map(|change| format!("s3://{}/{}", change.bucket, change.key)).collect())
            }
            Ok(Request::CatchUp) => Ok(vec!["what was left".to_owned()]),
            Ok(Request::Schedule(_) | Request::Test { .. }) => Ok(Vec::new()),
            Err(problem) => Err(chain(&problem).join(": ")),
        }
    }

    /// The beginning of its text, for people.
    pub fn excerpt(&self) -> String {
        excerpt(&self.body)
    }
}

impl DeadLetters {
    /// Looks at messages, up to `most` of them, and leaves them where they are. SQS counts it as a receipt of each, which a queue of dead letters
    /// does not care about.
    ///
    /// # Errors
    /// A request failed; what was received shows up again by itself within 20 seconds.
    pub async fn peek(&self, most: usize) -> Result<Vec<Letter>, DeadLetterError> {
        let mut letters = BTreeMap::new();
        let mut receipts = BTreeMap::new();
        while letters.len() < most {
            let received = self.receive(most - letters.len()).await?;
            let before = letters.len();
            for message in received {
                let (Some(id), Some(body)) = (message.message_id.clone(), message.body.clone()) else { continue };
                receipts.extend(message.receipt_handle.clone().map(|receipt| (id.clone(), receipt)));
                let first_received = first_received(&message);
                letters.insert(id.clone(), Letter { message_id: id, first_received, body });
            }
            if letters.len() == before {
                break;
            }
        }
        self.show_again(receipts.into_values().collect()).await?;
        let mut letters: Vec<_> = letters.into_values().collect();
        letters.sort_by_key(|letter| letter.first_received);
        Ok(letters)
    }

    async fn receive(&self, most: usize) -> Result<Vec<Message>, DeadLetterError> {
        let most = i32::try_from(most.min(BATCH)).unwrap_or(1);
        let request = self.client.receive_message().queue_url(&self.url).max_number_of_messages(most);
        let request = request.visibility_timeout(HIDDEN_SECONDS).wait_time_seconds(WAIT_SECONDS);
        let request = request.message_system_attribute_names(ApproximateFirstReceiveTimestamp);
        let answer = request.send().await.map_err(|error| self.refused("look into", error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn show_again(&self, receipts: Vec<String>) -> Result<(), DeadLetterError> {
        for batch in receipts.chunks(BATCH) {
            let mut request = self.client.change_message_visibility_batch().queue_url(&self.url);
            for (number, receipt) in batch.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(number.to_string());
                let entry = entry.receipt_handle(receipt).visibility_timeout(0).build();
                request = request.entries(entry.map_err(|_| self.incomplete("look into", "the receipt of a message"))?);
            }
            // What is not shown again now shows itself again soon.
            request.send().await.map_err(|error| self.refused("look into", error))?;
        }
        Ok(())
    }
}

fn first_received(message: &Message) -> Option<Timestamp> {
    let milliseconds = message.attributes()?.get(&ApproximateFirstReceiveTimestamp)?.parse().ok()?;
    Timestamp::from_millisecond(milliseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::Letter;

    #[test]
    fn a_letter_of_an_unknown_form_says_why() {
        let letter = |body: &str| Letter { message_id: "1".into(), first_received: None, body: body.into() };
        for body in ["", "hello", "{}", r#"{"image": 3}"#] {
            assert!(!letter(body).asks_for().unwrap_err().is_empty(), "{body}");
        }
        assert_eq!(letter(r#"{"Event": "s3:TestEvent", "Bucket": "b"}"#).asks_for(), Ok(Vec::new()));
    }
}
