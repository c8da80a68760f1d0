//! Trying again what may pass.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::{HttpError, HttpOptions};

/// Runs `attempt` until it succeeds, fails for good, or has been tried often enough.
pub(super) async fn retrying<T, F>(options: &HttpOptions, mut attempt: impl FnMut() -> F) -> Result<T, HttpError>
where
    F: Future<Output = Result<T, HttpError>>,
{
    let mut tried = 0;
    loop {
        tried += 1;
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        pause(options, tried, error).await?;
    }
}

/// Waits before the next attempt, or gives the error of the `tried`th back if there is to be none.
pub(super) async fn pause(options: &HttpOptions, tried: u32, error: HttpError) -> Result<(), HttpError> {
    let asked = match &error {
        HttpError::Status { retry_after, .. } => *retry_after,
        _ => None,
    };
    let pause = asked.unwrap_or_else(|| backoff(options, tried));
    if tried >= options.attempts || !error.is_transient() || pause > options.max_pause {
        return Err(error);
    }
    tracing::debug!(%error, tried, pause_ms = pause.as_millis(), "trying again");
    tokio::time::sleep(pause).await;
    Ok(())
}

/// The pause after the `tried`th attempt: doubling, and shortened by up to half at random, so that many clients do not come back at once.
fn backoff(options: &HttpOptions, tried: u32) -> Duration {
    let doubled = 2_u32.checked_pow(tried.saturating_sub(1)).and_then(|factor| options.backoff.checked_mul(factor));
    let longest = doubled.unwrap_or(options.max_pause).min(options.max_pause);
    let random = f64::from(RandomState::new().hash_one(tried) as u32) / f64::from(u32::MAX);
    longest.mul_f64(1.0 - random / 2.0)
}

/// `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). What cannot be read is as if it were not there.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::{backoff, retry_after};
    use crate::http::HttpOptions;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_at_most_halved() {
        let options =
            HttpOptions { backoff: Duration::from_secs(1), max_pause: Duration::from_secs(5), ..Default::default() };
        for (tried, longest_s) in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (40, 5.0), (u32::MAX, 5.0)] {
            let pause_s = backoff(&options, tried).as_secs_f64();
            assert!((longest_s / 2.0..=longest_s).contains(&pause_s), "{pause_s} s after attempt {tried}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now: Timestamp = "2026-10-21T07:28:00Z".parse().unwrap();
        let read = |text: &'static str| {
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]), now)
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Wed, 21 Oct 2026 07:28:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("Wed, 21 Oct 2020 07:28:30 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-3"), None);
    }
}
