//! LocalStack does what the tests of the functions rest on.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use skyfeed_ports::store::contract;
use skyfeed_tests_aws::{Emulator, LocalStack, poll};

const BUCKET: &str = "events-bucket";
const FUNCTION: &str = "events-function";

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_contract_here_too() -> Result<()> {
    let aws = LocalStack::start(&[])?;
    Ok(contract(&aws.store("whole-bucket", "").await?).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_run_as_processes_that_events_set_off() -> Result<()> {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/localstack/bin/python");
    let aws = LocalStack::start(&[("EXTRA", "more"), ("PYTHON", python)])?;
    aws.deploy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/localstack/template.yaml")), "events", &[])
        .await?;

    for name in ["works-1", "fails", "works-2"] {
        put(&aws, name).await?;
    }
    for name in ["works-1", "works-2"] {
        let did = did(&aws, name, 1).await?;
        assert_eq!(did["extra"], "more");
        let left = did["seconds_left"].as_f64().context("no number")?;
        assert!((0.0..6.0).contains(&left), "{left} s are left of 6");
    }

    // What a function hides for a second comes back after it, and goes to the dead letters when its attempts are used up.
    did(&aws, "fails", 2).await?;
    let dead = poll("a dead letter", async || Ok(messages(&aws, "events-dead")?.filter(|count| count == "1"))).await?;
    assert_eq!(dead, "1");
    assert_eq!(messages(&aws, "events-queue")?.as_deref(), Some("0"));

    // The message of a process that was killed comes back when the time is over that the process hid it for.
    put(&aws, "hangs").await?;
    did(&aws, "hangs", 1).await?;
    let began = Instant::now();
    poll("a process to kill", async || Ok((aws.kill(FUNCTION)? > 0).then_some(()))).await?;
    did(&aws, "hangs", 2).await?;
    assert!(began.elapsed() < Duration::from_secs(60), "it came back after {:?}", began.elapsed());

    for (event, kind) in [("end", "Runtime.ExitError"), ("sleep", "Sandbox.Timedout")] {
        let error = aws.invoke(FUNCTION, &json!(event)).await.expect_err("it answered").to_string();
        assert!(error.contains(kind), "{error}");
    }
    assert!(aws.output_of(FUNCTION)?.contains("hangs, attempt 2"));
    Ok(())
}

async fn put(aws: &LocalStack, name: &str) -> Result<()> {
    aws.s3().put_object().bucket(BUCKET).key(format!("in/{name}")).send().await?;
    Ok(())
}

async fn did(aws: &LocalStack, name: &str, attempt: u32) -> Result<Value> {
    let key = format!("out/{name}.{attempt}");
    poll(&key, async || {
        let Ok(found) = aws.s3().get_object().bucket(BUCKET).key(&key).send().await else { return Ok(None) };
        Ok(Some(serde_json::from_slice(&found.body.collect().await?.into_bytes())?))
    })
    .await
}

fn messages(aws: &LocalStack, queue: &str) -> Result<Option<String>> {
    let url = aws.aws(&["sqs", "get-queue-url", "--queue-name", queue])?;
    let url = url["QueueUrl"].as_str().context("no URL")?;
    let answer = aws.aws(&["sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All"])?;
    Ok(answer["Attributes"]["ApproximateNumberOfMessages"].as_str().map(str::to_owned))
}
