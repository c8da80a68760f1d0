//! `skyfeed redrive`.

use std::{collections::HashMap, fs};

use aws_sdk_sqs::types::QueueAttributeName::{QueueArn, RedrivePolicy};
use skyfeed_tests_aws::{Emulator, LocalStack, Moto, poll};
use tempfile::TempDir;

use crate::{aws::signed_in, support::Ran};

const FUNCTIONS: [&str; 4] = ["fetch", "tile", "publish", "reindex"];

fn redrive(aws: &impl Emulator, arguments: &[&str]) -> Ran {
    let home = TempDir::new().unwrap();
    let mut command = signed_in(aws, home.path());
    Ran::from(command.args(["redrive", "--stack", "eso"]).args(arguments).output().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_shown_before_they_are_sent_back() {
    let moto = Moto::start().unwrap();
    let ran = redrive(&moto, &[]).exits(1);
    assert!(ran.stderr.contains("there is no queue `eso-fetch-dead`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("AWS_REGION"), "{}", ran.stderr);

    let queue = moto.sqs().create_queue().queue_name("eso-tile-dead").send().await.unwrap();
    let event = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/events/tile/object-created.json")).unwrap();
    for body in [event.as_str(), "no event"] {
        let url = queue.queue_url().unwrap();
        moto.sqs().send_message().queue_url(url).message_body(body).send().await.unwrap();
    }
    let told = redrive(&moto, &["--dry-run", "tile"]).exits(0).stdout;
    assert!(told.starts_with("eso-tile-dead: 2 messages\n"), "{told}");
    assert!(told.contains("/inbox/") && told.contains("cannot be read, and comes back here if it is moved"), "{told}");
    assert!(told.contains("it says no event, first tried "), "{told}");
    assert!(told.ends_with("skyfeed history ID\n"), "{told}");
    // They are still there.
    let json = redrive(&moto, &["--dry-run", "tile", "--json"]).exits(0).json();
    assert_eq!(json["queues"][0]["messages"], 2, "{json}");
    let letters = json["queues"][0]["letters"].as_array().unwrap();
    assert_eq!(letters.iter().filter(|letter| letter["problem"].is_null()).count(), 1, "{json}");
    assert_eq!(letters.len(), 2, "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_back_is_in_its_own_queue_again() {
    let aws = LocalStack::start(&[]).unwrap();
    let sqs = aws.sqs();
    let mut queues = HashMap::new();
    for function in FUNCTIONS {
        let dead = sqs.create_queue().queue_name(format!("eso-{function}-dead")).send().await.unwrap();
        let dead = dead.queue_url().unwrap().to_owned();
        let arn = sqs.get_queue_attributes().queue_url(&dead).attribute_names(QueueArn).send().await.unwrap();
        let arn = arn.attributes().unwrap()[&QueueArn].clone();
        let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"1"}}"#);
        let source = sqs.create_queue().queue_name(format!("eso-{function}")).attributes(RedrivePolicy, policy);
        queues.insert(function, (source.send().await.unwrap().queue_url().unwrap().to_owned(), dead));
    }
    let receive = async |url: &str| {
        let request = sqs.receive_message().queue_url(url).visibility_timeout(0).max_number_of_messages(10);
        let received = request.send().await.unwrap().messages.unwrap_or_default();
        let mut bodies: Vec<String> = received.into_iter().filter_map(|message| message.body).collect();
        bodies.sort();
        bodies
    };
    for (function, ids) in [("tile", &["eso1", "eso2"][..]), ("publish", &["eso3"])] {
        let (source, dead) = &queues[function];
        for id in ids {
            let body = format!(r#"{{"image":"{id}"}}"#);
            sqs.send_message().queue_url(source).message_body(body).send().await.unwrap();
        }
        // Received once in vain, and once more to find out that it is too often.
        poll("dead letters", async || {
            receive(source).await;
            Ok((receive(dead).await.len() == ids.len()).then_some(()))
        })
        .await
        .unwrap();
    }

    let told = redrive(&aws, &["tile", "fetch"]).exits(0).stdout;
    assert!(told.contains("eso-fetch-dead: had 0 messages, 0 moved back\n"), "{told}");
    assert!(told.contains("eso-tile-dead: had 2 messages, 2 moved back\n"), "{told}");
    assert_eq!(receive(&queues["tile"].0).await, [r#"{"image":"eso1"}"#, r#"{"image":"eso2"}"#]);
    assert!(receive(&queues["fetch"].1).await.is_empty());
    assert_eq!(receive(&queues["publish"].1).await, [r#"{"image":"eso3"}"#]);

    // Without names, of all functions; and as often as there is something.
    let json = redrive(&aws, &["--json"]).exits(0).json();
    let moved: Vec<_> = json["queues"].as_array().unwrap().iter().map(|queue| queue["moved"].as_u64()).collect();
    assert_eq!(moved, [Some(0), Some(0), Some(1), Some(0)], "{json}");
    assert_eq!(receive(&queues["publish"].0).await, [r#"{"image":"eso3"}"#]);
}
