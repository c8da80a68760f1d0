//! What a function is told beside the event.

use std::time::Duration;

use tokio::time::Instant;

/// Time to release claims and to answer, at most; of a short invocation it is a tenth.
const RESERVE: Duration = Duration::from_secs(10);

/// One call of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Names the call in the logs.
    pub request_id: String,
    /// When to stop working, some time before the function would be killed.
    pub deadline: Option<Instant>,
    /// How long that was at the start.
    pub time: Option<Duration>,
}

impl Invocation {
    /// A call that ends `until_ms`, both in milliseconds since 1970. What lies in the past is no deadline: emulators send such.
    pub fn new(request_id: &str, until_ms: u64, now_ms: u64) -> Self {
        let left = Duration::from_millis(until_ms.saturating_sub(now_ms));
        let usable = left.saturating_sub(RESERVE.min(left / 10));
        let time = (!usable.is_zero()).then_some(usable);
        let deadline = time.and_then(|time| Instant::now().checked_add(time));
        Self { request_id: request_id.to_owned(), deadline, time }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Invocation;

    #[test]
    fn work_ends_before_the_function_is_killed() {
        for (timeout_ms, usable) in [(900_000, 890), (30_000, 27), (10_000, 9)] {
            let before = Instant::now();
            let deadline = Invocation::new("id", 1_000_000 + timeout_ms, 1_000_000).deadline.unwrap();
            let usable = Duration::from_secs(usable);
            assert!(deadline >= before + usable && deadline <= Instant::now() + usable, "{timeout_ms}");
        }
    }

    #[test]
    fn a_deadline_in_the_past_is_none() {
        assert_eq!(Invocation::new("id", 600_000, 1_700_000_000_000).deadline, None);
    }
}
