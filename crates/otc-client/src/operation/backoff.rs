//! Pauses that grow.

use std::time::Duration;

use crate::csbs::ApiError;

/// Pauses that begin short and grow by half, up to a longest one.
#[derive(Debug, Clone)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// For a job of minutes: 1 s at first, 10 s at last.
    pub fn polling() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(10))
    }

    /// For an object that is busy with another job: 5 s at first, 30 s at last.
    pub fn busy() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(30))
    }

    /// Pauses from `first` to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            next: first.min(longest),
            longest,
        }
    }

    /// Returns the next pause.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait + wait / 2).min(self.longest);
        wait
    }

    /// Returns the next pause after a refusal: not shorter than the service asks for.
    pub(super) fn wait_after(&mut self, error: &ApiError) -> Duration {
        self.next_wait().max(error.retry_after().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_one() {
        let mut backoff = Backoff::new(Duration::from_secs(4), Duration::from_secs(10));
        let waits: Vec<_> = (0..4).map(|_| backoff.next_wait().as_secs()).collect();
        assert_eq!(waits, [4, 6, 9, 10]);
    }

    #[test]
    fn a_pause_after_a_refusal_is_not_shorter_than_the_service_asks() {
        let refusal = |seconds: Option<u64>| {
            ApiError::Service(Box::new(crate::csbs::ServiceError {
                operation: "update_policy",
                status: 429,
                code: None,
                message: String::new(),
                request_id: None,
                retry_after: seconds.map(Duration::from_secs),
                write: true,
                form: crate::csbs::ErrorForm::Empty,
            }))
        };
        let mut backoff = Backoff::new(Duration::from_secs(4), Duration::from_secs(10));
        assert_eq!(backoff.wait_after(&refusal(Some(60))).as_secs(), 60);
        assert_eq!(backoff.wait_after(&refusal(Some(1))).as_secs(), 6);
        assert_eq!(backoff.wait_after(&refusal(None)).as_secs(), 9);
    }
}
