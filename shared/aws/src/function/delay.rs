//! How long to leave a message alone after an attempt.

const FIRST_SECONDS: i32 = 15;
const LONGEST_SECONDS: i32 = 900;

/// Seconds until the next attempt, after a message was received so many times: they double from attempt to attempt.
pub(super) fn seconds(receive_count: u32) -> i32 {
    let doublings = receive_count.saturating_sub(1).min(10);
    (FIRST_SECONDS << doublings).min(LONGEST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn attempts_come_sooner_than_any_visibility_timeout_and_grow_apart() {
        assert_eq!([0, 1, 2, 3, 6, 7, 8, u32::MAX].map(seconds), [15, 15, 30, 60, 480, 900, 900, 900]);
    }
}
