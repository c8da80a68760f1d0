//! What was done.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use skyfeed_ports::ledger::{Attempt, AttemptOutcome, LedgerError};

use super::{
    BY_STATE, DynamoLedger,
    item::{Reader, text},
    keys::ATTEMPTS,
};
use crate::sdk::Failure;

/// Items of an answer where only the newest matter.
const PAGE: i32 = 50;

/// Every attempt for an image, oldest first: the order of the keys.
pub(super) async fn of_image(ledger: &DynamoLedger, image: &str) -> Result<Vec<Attempt>, LedgerError> {
    let query = ledger
        .client
        .query()
        .table_name(&ledger.table)
        .consistent_read(true)
        .key_condition_expression("pk = :pk AND begins_with(sk, :attempts)")
        .expression_attribute_values(":pk", ledger.pk(image))
        .expression_attribute_values(":attempts", text(ATTEMPTS));
    attempts("read a history", query).await
}

/// The last attempt of this stage for an image that was done. The newest are read first, so what is not too long ago is in the first answer.
pub(super) async fn last_done(ledger: &DynamoLedger, image: &str, stage: &str) -> Result<Option<Attempt>, LedgerError> {
    let action = "read a history";
    let query = ledger
        .client
        .query()
        .table_name(&ledger.table)
        .consistent_read(true)
        .scan_index_forward(false)
        .limit(PAGE)
        .key_condition_expression("pk = :pk AND begins_with(sk, :attempts)")
        .filter_expression("#stage = :stage AND begins_with(#outcome, :done)")
        .expression_attribute_names("#stage", "stage")
        .expression_attribute_names("#outcome", "outcome")
        .expression_attribute_values(":pk", ledger.pk(image))
        .expression_attribute_values(":attempts", text(ATTEMPTS))
        .expression_attribute_values(":stage", text(stage))
        .expression_attribute_values(":done", text(r#"{"outcome":"done""#));
    let first = query.into_paginator().items().send().next().await;
    let item = first.transpose().map_err(|error| Failure::from(error).of_ledger(action))?;
    item.map(|item| Reader { item: &item, action }.attempt()).transpose()
}

/// The last attempt of each image and stage, if it failed or has not ended, oldest first.
pub(super) async fn open(ledger: &DynamoLedger) -> Result<Vec<Attempt>, LedgerError> {
    let failed = AttemptOutcome::Failed { class: String::new(), chain: Vec::new() };
    let mut open = Vec::new();
    for outcome in [None, Some(&failed)] {
        let query = ledger
            .client
            .query()
            .table_name(&ledger.table)
            .index_name(BY_STATE)
            .key_condition_expression("#state = :state")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", ledger.state(outcome));
        open.extend(attempts("list open attempts", query).await?);
    }
    open.sort_by_key(|attempt| attempt.started);
    Ok(open)
}

async fn attempts(action: &'static str, query: QueryFluentBuilder) -> Result<Vec<Attempt>, LedgerError> {
    let mut items = query.into_paginator().items().send();
    let mut attempts = Vec::new();
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| Failure::from(error).of_ledger(action))?;
        attempts.push(Reader { item: &item, action }.attempt()?);
    }
    Ok(attempts)
}
