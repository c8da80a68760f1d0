//! A ledger in DynamoDB keeps the contract of all ledgers, and what else it promises.

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use skyfeed_aws::{
    DynamoLedger,
    dynamodb::{KEPT, create_table},
};
use skyfeed_ports::ledger::{AttemptOutcome, Claim, Context, Ledger, Work, contract};
use skyfeed_tests_aws::{Emulator, Moto};

const LEASE: Duration = Duration::from_secs(60);

fn work(image: &str) -> Work {
    Work { kind: "tile".to_owned(), subject: image.to_owned(), input: "etag".to_owned(), turn: None }
}

fn context() -> Context {
    Context { trigger: "event".to_owned(), software: "0".to_owned(), config_sha256: String::new() }
}

async fn ledger(moto: &Moto, url: &str) -> Result<DynamoLedger> {
    Ok(DynamoLedger::from_url(url, &moto.config())?)
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_keeps_the_contract() -> Result<()> {
    let moto = Moto::start()?;
    create_table("skyfeed", &moto.config()).await?;
    Ok(contract(&ledger(&moto, "dynamodb://skyfeed").await?).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_share_a_table_without_seeing_each_other() -> Result<()> {
    let moto = Moto::start()?;
    create_table("skyfeed", &moto.config()).await?;
    let now = Timestamp::now();
    for url in ["dynamodb://skyfeed", "dynamodb://skyfeed/eso", "dynamodb://skyfeed/eso/press"] {
        let ledger = ledger(&moto, url).await?;
        assert_eq!(ledger.open_attempts().await?, [], "{url}");
        assert!(matches!(ledger.claim(&work("eso1907a"), &context(), now, LEASE).await?, Claim::Acquired(_)), "{url}");
        assert_eq!(ledger.history("eso1907a").await?.len(), 1, "{url}");
        assert_eq!(ledger.open_attempts().await?.len(), 1, "{url}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_settled_expires_and_receipts_and_history_do_not() -> Result<()> {
    let moto = Moto::start()?;
    create_table("skyfeed", &moto.config()).await?;
    let ledger = ledger(&moto, "dynamodb://skyfeed").await?;
    let now = Timestamp::now();
    let Claim::Acquired(ticket) = ledger.claim(&work("a"), &context(), now, LEASE).await? else { panic!("not free") };
    let ended = now + SignedDuration::from_secs(30);
    ledger.end(&ticket, AttemptOutcome::Done { receipt: "r".to_owned() }, ended).await?;
    let Claim::Acquired(ticket) = ledger.claim(&work("b"), &context(), now, LEASE).await? else { panic!("not free") };
    ledger.end(&ticket, AttemptOutcome::Released, ended).await?;

    let settings = moto.dynamodb().describe_time_to_live().table_name("skyfeed").send().await?;
    let settings = settings.time_to_live_description.expect("no time to live");
    assert_eq!(settings.attribute_name(), Some("expires"));
    let mut seen = Vec::new();
    for item in moto.dynamodb().scan().table_name("skyfeed").send().await?.items() {
        let sk = item["sk"].as_s().expect("no text").clone();
        let expires = item.get("expires").map(|value| value.as_n().expect("no number").clone());
        assert_eq!(expires.is_some(), sk.starts_with("claim#") && !item.contains_key("receipt"), "{sk}");
        if let Some(expires) = expires {
            assert_eq!(expires, (ended.as_second() as u64 + KEPT.as_secs()).to_string());
        }
        seen.push(sk);
    }
    // Of each, where it stands, its attempt, and the last of its kind.
    assert_eq!(seen.len(), 6, "{seen:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_is_a_permanent_error_that_says_so() -> Result<()> {
    let moto = Moto::start()?;
    let ledger = ledger(&moto, "dynamodb://missing").await?;
    let error = ledger.claim(&work("a"), &context(), Timestamp::now(), LEASE).await.expect_err("claimed");
    let cause = std::error::Error::source(&error).expect("no cause").to_string();
    assert!(!error.is_transient() && cause.contains("ResourceNotFoundException"), "{error}: {cause}");
    Ok(())
}
