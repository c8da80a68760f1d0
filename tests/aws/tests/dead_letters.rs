//! What lies in a queue of dead letters. Moto cannot move messages back.

use std::collections::BTreeSet;

use anyhow::Result;
use skyfeed_aws::dead_letters::{DeadLetterError, DeadLetters};
use skyfeed_tests_aws::{Emulator, Moto};

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_dead_letters_shows_all_and_takes_none() -> Result<()> {
    let moto = Moto::start()?;
    let url = moto.sqs().create_queue().queue_name("eso-tile-dead").send().await?.queue_url.unwrap_or_default();
    let wanted: BTreeSet<String> = (0..23).map(|number| format!("eso{number}")).collect();
    for id in &wanted {
        moto.sqs().send_message().queue_url(&url).message_body(format!(r#"{{"image":"{id}"}}"#)).send().await?;
    }
    let queue = DeadLetters::find("eso-tile-dead", &moto.config()).await?;
    for _ in 0..2 {
        assert_eq!(queue.count().await?, 23);
        let letters = queue.peek(100).await?;
        let asked: BTreeSet<String> = letters.iter().flat_map(|letter| letter.asks_for().unwrap_or_default()).collect();
        assert_eq!((letters.len(), &asked), (23, &wanted));
    }
    assert_eq!(queue.peek(3).await?.len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_does_not_exist_is_named() -> Result<()> {
    let moto = Moto::start()?;
    let found = DeadLetters::find("no-tile-dead", &moto.config()).await;
    assert!(matches!(found, Err(DeadLetterError::Missing { name }) if name == "no-tile-dead"));
    Ok(())
}
