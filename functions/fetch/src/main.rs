//! The Lambda function `fetch`.

use std::process::ExitCode;

use skyfeed_function_fetch::Fetch;

#[tokio::main]
async fn main() -> ExitCode {
    skyfeed_aws::function::run(Fetch).await
}
