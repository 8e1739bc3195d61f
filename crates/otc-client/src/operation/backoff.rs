//! When to look again.

use std::time::Duration;

/// Waits that begin short and grow by half, up to a longest one.
#[derive(Debug, Clone)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// For a job of minutes: after one second first, every ten seconds at last.
    #[must_use]
    pub fn polling() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(10))
    }

    /// For something that somebody else holds: after five seconds first, every thirty seconds at last.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(30))
    }

    /// From `first` to `longest`.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            next: first.min(longest),
            longest,
        }
    }

    /// The next wait.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait + wait / 2).min(self.longest);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_longest_and_stays() {
        let mut backoff = Backoff::new(Duration::from_secs(4), Duration::from_secs(10));
        let waits: Vec<_> = (0..4).map(|_| backoff.next_wait().as_secs()).collect();
        assert_eq!(waits, [4, 6, 9, 10]);
    }
}
