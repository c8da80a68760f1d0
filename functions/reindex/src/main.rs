//! The Lambda function `reindex`.

use std::process::ExitCode;

use skyfeed_function_reindex::Reindexer;

#[tokio::main]
async fn main() -> ExitCode {
    skyfeed_aws::function::run(Reindexer).await
}
