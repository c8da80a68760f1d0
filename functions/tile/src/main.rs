//! The Lambda function `tile`.

use std::process::ExitCode;

use skyfeed_function_tile::Tile;

#[tokio::main]
async fn main() -> ExitCode {
    skyfeed_aws::function::run(Tile).await
}
