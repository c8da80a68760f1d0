//! The table itself.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    client::Waiters,
    error::BuildError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, TimeToLiveSpecification,
    },
};
use aws_types::SdkConfig;
use skyfeed_ports::ledger::LedgerError;

use super::{BY_STATE, client, error::failed};
use crate::sdk::Failure;

const ACTION: &str = "create its table";
/// How long a new table may take until it can be used.
const PATIENCE: Duration = Duration::from_secs(300);

/// Makes a table for ledgers, which is paid by request, and waits until it can be used. A stack's template does this in production; this is for trials
/// and tests.
///
/// # Errors
/// There is a table of this name already, or it cannot be made.
pub async fn create_table(name: &str, config: &SdkConfig) -> Result<(), LedgerError> {
    let client = client(config);
    let malformed = |error: BuildError| failed(ACTION, false, error);
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for attribute in ["pk", "sk", "state", "since"] {
        let text = AttributeDefinition::builder().attribute_name(attribute).attribute_type(ScalarAttributeType::S);
        request = request.attribute_definitions(text.build().map_err(malformed)?);
    }
    let index = GlobalSecondaryIndex::builder()
        .index_name(BY_STATE)
        .set_key_schema(Some(schema("state", "since").map_err(malformed)?))
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    let request = request
        .set_key_schema(Some(schema("pk", "sk").map_err(malformed)?))
        .global_secondary_indexes(index.build().map_err(malformed)?);
    request.send().await.map_err(|error| Failure::from(error).of_ledger(ACTION))?;

    let ready = client.wait_until_table_exists().table_name(name).wait(PATIENCE).await;
    ready.map_err(|error| failed(ACTION, true, error))?;
    expire(&client, name).await
}

/// Lets DynamoDB forget claims by their attribute `expires`.
async fn expire(client: &Client, name: &str) -> Result<(), LedgerError> {
    let expires = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build();
    let expires = expires.map_err(|error| failed(ACTION, false, error))?;
    let request = client.update_time_to_live().table_name(name).time_to_live_specification(expires);
    request.send().await.map(drop).map_err(|error| Failure::from(error).of_ledger(ACTION))
}

fn schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![key(hash, KeyType::Hash)?, key(range, KeyType::Range)?])
}
