//! Waiting for what others do.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longer than anything takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Asks again and again until there is an answer.
///
/// # Errors
/// Asking fails, or there is no answer in three minutes.
pub async fn poll<T>(what: &str, ask: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bail!("waited in vain for {what}")
}
