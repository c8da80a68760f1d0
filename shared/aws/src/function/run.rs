//! The life of a function's process.

use std::process::ExitCode;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use skyfeed_ports::chain;
use tracing::error;

use super::{Function, Handler, Invocation, Settings, StartError};
use crate::telemetry;

/// Serves a function until Lambda ends it. The environment is read here and nowhere else.
pub async fn run<H: Handler>(handler: H) -> ExitCode {
    let function = match start(handler).await {
        Ok(function) => function,
        Err(error) => {
            // Before the settings are read nothing can be logged, so this is for both.
            eprintln!("{} cannot start: {}", H::NAME, chain(&error).join(": "));
            return ExitCode::FAILURE;
        }
    };
    let served = lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| serve(&function, event).await)).await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(%error, "the function ended");
            ExitCode::FAILURE
        }
    }
}

async fn start<H: Handler>(handler: H) -> Result<Function<H>, StartError> {
    let settings = Settings::read(std::env::vars())?;
    telemetry::start(settings.log.as_deref())?;
    Function::start(handler, &settings).await
}

async fn serve<H: Handler>(function: &Function<H>, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let LambdaEvent { payload, context } = event;
    let now_ms = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default();
    let invocation = Invocation::new(&context.request_id, context.deadline, now_ms);
    let answer = function.answer(&payload, &invocation).await;
    answer.map_err(|error| Diagnostic {
        error_type: "InvocationError".to_owned(),
        error_message: chain(&error).join(": "),
    })
}
