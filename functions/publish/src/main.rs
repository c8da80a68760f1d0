//! The Lambda function `publish`.

use std::process::ExitCode;

use skyfeed_function_publish::Publish;

#[tokio::main]
async fn main() -> ExitCode {
    skyfeed_aws::function::run(Publish).await
}
